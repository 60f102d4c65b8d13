"""The pipeline as diffusers' users call it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from transformers import Wav2Vec2Config, Wav2Vec2Model

from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Noise
from model.segments import SegmentShape
from tests.golden_tensors import golden
from tests.model.golden_chain import FRAMES, STEPS, chain_noise, golden_pipeline, portrait

ELSEWHERE = 1e-4
"""How far frames in 0..1 may lie from those of equal weights elsewhere in memory: as far as from
the original's."""


@pytest.fixture(scope="module")
def pipeline() -> Hallo3Pipeline:
    return golden_pipeline()


def arguments(**others: Any) -> dict[str, Any]:  # noqa: ANN401  of the call
    """A short clip on a small canvas: one segment, two steps."""
    recorded = golden("chain_two_segments")
    image, mask = portrait()
    return {
        "image": image.numpy(),
        "face_mask": mask.numpy(),
        "face_embedding": recorded["face_emb"],
        "audio_features": recorded["wav2vec_features"],
        "prompt_embeds": recorded["text_cond"],
        "num_frames": 5,
        "height": 32,
        "width": 48,
        "num_inference_steps": 2,
        "noise": Noise(seed=1, chunk="words"),
        "output_type": "pt",
    } | others


def frames(pipeline: Hallo3Pipeline, **others: Any) -> Tensor:  # noqa: ANN401  of the call
    return pipeline(**arguments(**others)).frames


@pytest.fixture(scope="module")
def plain(pipeline: Hallo3Pipeline) -> Tensor:
    return frames(pipeline)


def test_a_clip_of_two_segments_is_the_originals(pipeline: Hallo3Pipeline) -> None:
    canvas = {"height": None, "width": None}  # the transformer's own
    length = {"num_frames": FRAMES, "num_inference_steps": STEPS}
    video = frames(pipeline, noise=chain_noise(), **canvas, **length)
    assert (video - golden("chain_two_segments")["video"]).abs().max() <= 1e-4


def test_frames_come_as_tensors_arrays_and_truncated_pictures(
    pipeline: Hallo3Pipeline, plain: Tensor
) -> None:
    assert plain.shape == (1, 5, 3, 32, 48)
    array = pipeline(**arguments(output_type="np"), return_dict=False)[0]
    assert np.array_equal(array, plain.permute(0, 1, 3, 4, 2).numpy())
    (pictures,) = pipeline(
        **arguments(output_type="pil", image=Image.fromarray(portrait()[0].numpy()))
    ).frames
    assert np.array_equal(
        np.stack([np.array(p) for p in pictures]), (array[0] * 255).astype(np.uint8)
    )


def test_a_square_portrait_comes_back_square(pipeline: Hallo3Pipeline) -> None:
    square = np.full((50, 50, 3), 90, np.uint8)
    assert frames(pipeline, image=square, face_mask=None).shape == (1, 5, 3, 32, 32)


def test_another_canvas_can_be_asked_for(pipeline: Hallo3Pipeline) -> None:
    assert frames(pipeline, height=32, width=16).shape == (1, 5, 3, 32, 16)
    with pytest.raises(ValueError, match="multiples of 16"):
        frames(pipeline, height=50, width=32)


def test_every_argument_of_a_call_is_told_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs/pipeline.md").read_text(encoding="utf-8")
    asked = inspect.signature(Hallo3Pipeline.__call__).parameters
    assert [name for name in asked if name != "self" and f"`{name}`" not in page] == []


def test_the_same_generator_state_gives_the_same_clip(pipeline: Hallo3Pipeline) -> None:
    def made(seed: int) -> Tensor:
        return frames(pipeline, noise=None, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(made(5), made(5))
    assert not torch.equal(made(5), made(6))


def test_a_saved_pipeline_loads_and_makes_the_same(
    pipeline: Hallo3Pipeline, plain: Tensor, tmp_path: Path
) -> None:
    pipeline.save_pretrained(tmp_path)
    loaded = Hallo3Pipeline.from_pretrained(tmp_path)
    loaded.set_progress_bar_config(disable=True)
    # Weights that are mapped from a file lie elsewhere in memory: products may round otherwise.
    assert (frames(loaded) - plain).abs().max() <= ELSEWHERE
    assert torch.equal(frames(loaded), frames(loaded))


def test_a_cogvideox_lora_loads_and_is_heard(plain: Tensor) -> None:
    pytest.importorskip("peft")
    adapted = golden_pipeline()
    generator = torch.Generator().manual_seed(1)
    width = adapted.transformer.transformer_blocks[0].attn1.to_q.in_features
    layer = "transformer.transformer_blocks.0.attn1.to_q"
    adapted.load_lora_weights(
        {
            f"{layer}.lora_A.weight": torch.randn(4, width, generator=generator),
            f"{layer}.lora_B.weight": torch.randn(width, 4, generator=generator),
        }
    )
    assert (frames(adapted) - plain).abs().max() > 0.1  # 0.77
    adapted.unload_lora_weights()
    # Another pipeline's weights lie elsewhere in memory: products may round otherwise.
    assert (frames(adapted) - plain).abs().max() <= ELSEWHERE


def test_offloading_changes_no_bit(plain: Tensor) -> None:
    offloaded = golden_pipeline()
    offloaded.enable_model_cpu_offload(device="cpu")
    moved = []
    for name in ("vae", "transformer", "reference"):
        hook = getattr(offloaded, name)._hf_hook
        hook.pre_forward = _noted(hook.pre_forward, name, moved)
    assert torch.equal(frames(offloaded), plain)
    assert set(moved) == {"vae", "transformer", "reference"}
    assert moved[:3] == ["vae", "reference", "transformer"]  # what is constant for a take


def _noted(pre_forward: Any, name: str, moved: list[str]) -> Any:  # noqa: ANN401  accelerate's hook
    def noted(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        moved.append(name)
        return pre_forward(module, *args, **kwargs)

    return noted


def test_a_callback_sees_every_step_and_may_change_the_latents(
    pipeline: Hallo3Pipeline, plain: Tensor
) -> None:
    seen = []

    def watch(
        pipe: Hallo3Pipeline, step: int, timestep: int, given: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        seen.append((step, timestep, pipe.current_timestep))
        return {"latents": given["latents"] * 0.5}

    changed = frames(pipeline, callback_on_step_end=watch)
    assert seen == [(0, 999, 999), (1, 499, 499)]
    assert not torch.equal(changed, plain)
    assert pipeline.num_timesteps == 2


def test_a_callback_that_interrupts_ends_the_clip(pipeline: Hallo3Pipeline) -> None:
    steps = []

    def stop(
        pipe: Hallo3Pipeline, step: int, _timestep: int, given: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        steps.append(step)
        pipe._interrupt = len(steps) == 3
        return given

    clip = frames(pipeline, num_frames=FRAMES, num_inference_steps=4, callback_on_step_end=stop)
    assert steps == [0, 1, 2]
    assert clip.shape[1] == 15


@pytest.mark.parametrize(
    "option",
    [
        {"guidance_scale": 2.0},
        {"audio_guidance_scale": 5.0},
        {"motion_mask_rate": 0.5},
        {"motion_noise_sigma": 0.05},
        {"num_inference_steps": 3},
    ],
)
def test_every_option_is_heard(
    pipeline: Hallo3Pipeline, plain: Tensor, option: dict[str, float]
) -> None:
    assert not torch.equal(frames(pipeline, **option), plain)


def test_equal_scales_are_the_one_scale(pipeline: Hallo3Pipeline, plain: Tensor) -> None:
    assert torch.equal(frames(pipeline, audio_guidance_scale=3.5), plain)


def test_colours_are_matched_from_the_second_segment_on(pipeline: Hallo3Pipeline) -> None:
    matched = frames(pipeline, num_frames=FRAMES, colour_match=1.0)
    left = frames(pipeline, num_frames=FRAMES)
    assert torch.equal(matched[:, :15], left[:, :15])
    assert not torch.equal(matched[:, 15:], left[:, 15:])


@pytest.mark.parametrize(
    "switch", [{"later_conditions": "reference"}, {"predict_difference": True}]
)
def test_the_transformers_switches_change_what_is_made(
    plain: Tensor, switch: dict[str, object]
) -> None:
    switched = golden_pipeline()
    switched.transformer.register_to_config(**switch)
    assert not torch.equal(frames(switched), plain)


def test_a_clip_as_long_as_its_speech(pipeline: Hallo3Pipeline) -> None:
    pipeline.register_modules(speech_encoder=a_speech_encoder())
    try:
        speech = np.sin(np.arange(640 * 20, dtype=np.float32))
        made = frames(pipeline, speech=speech, audio_features=None, num_frames=None)
    finally:
        pipeline.register_modules(speech_encoder=None)
    assert made.shape[1] == 20


def a_speech_encoder() -> Wav2Vec2Model:
    config = Wav2Vec2Config(
        num_hidden_layers=3, hidden_size=16, num_attention_heads=2, intermediate_size=16,
        conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    return Wav2Vec2Model(config)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"audio_features": None}, "either `speech`"),
        ({"audio_features": None, "speech": np.zeros(640, np.float32)}, "speech_encoder"),
        ({"prompt": "a talk"}, "either `prompt`"),
        ({"prompt": "a talk", "prompt_embeds": None}, "text encoder"),
        ({"num_frames": 18}, "18 frames of the 17"),
        ({"num_frames": 0}, "0 frames"),
        ({"callback_on_step_end_tensor_inputs": ["noise"]}, "not \\['noise'\\]"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    pipeline: Hallo3Pipeline, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        frames(pipeline, **wrong)


def test_a_clip_costs_no_segment_beyond_its_length(pipeline: Hallo3Pipeline) -> None:
    shape = pipeline.segment_shape()
    assert (shape.frames, shape.new_frames) == (17, 15)
    assert [shape.segments_of(length) for length in (1, 15, 16, 30)] == [1, 1, 2, 2]


@pytest.mark.parametrize("latent_frames", [0, 1, 2, 4])
def test_a_segment_that_the_vae_cannot_decode_is_refused(latent_frames: int) -> None:
    with pytest.raises(ValueError, match="the VAE decodes 3, 5, 7"):
        SegmentShape(latent_frames=latent_frames, latent_height=2, latent_width=2)
