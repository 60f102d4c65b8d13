"""Hallo3's parts as diffusers' modular blocks: the bits of `Hallo3Pipeline`, and parts of one's
own in the place of ours."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from diffusers import ModularPipeline, SequentialPipelineBlocks
from diffusers.utils import dynamic_modules_utils
from torch import Tensor

from model.conditions.features import TensorRows
from model.modular.blocks import Hallo3Blocks, load_with_blocks, save_with_blocks
from model.modular.nouns import NETWORKS
from model.modular.step import Hallo3SegmentStep, Hallo3Step
from model.pipeline import Hallo3Pipeline
from model.processing import HeardSpeech
from tests.model.golden_chain import FRAMES, golden_pipeline
from tests.model.test_pipeline import ELSEWHERE, arguments

TWO_SEGMENTS = FRAMES


@pytest.fixture(scope="module")
def whole() -> Hallo3Pipeline:
    return golden_pipeline()


@pytest.fixture(scope="module")
def modular(whole: Hallo3Pipeline) -> ModularPipeline:
    return with_components(Hallo3Blocks(), whole)


def with_components(blocks: Any, whole: Hallo3Pipeline) -> ModularPipeline:  # noqa: ANN401  theirs
    pipeline = blocks.init_pipeline()
    pipeline.update_components(**{name: getattr(whole, name) for name in NETWORKS})
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def asked(**others: Any) -> dict[str, Any]:  # noqa: ANN401  of the call
    return arguments(height=16, width=16, num_frames=TWO_SEGMENTS, num_inference_steps=1) | others


def frames(pipeline: ModularPipeline, **others: Any) -> Tensor:  # noqa: ANN401  of the call
    return pipeline(**asked(**others), output="frames")


@pytest.fixture(scope="module")
def plain(whole: Hallo3Pipeline) -> Tensor:
    clip: Tensor = whole(**asked()).frames
    return clip


def test_blocks_give_the_bits_of_the_whole_pipeline_over_two_segments(
    modular: ModularPipeline, plain: Tensor
) -> None:
    assert plain.shape == (1, TWO_SEGMENTS, 3, 16, 16)
    assert torch.equal(frames(modular), plain)


@pytest.mark.parametrize("output_type", ["np", "pil"])
def test_options_and_kinds_of_frames_are_those_of_the_whole_pipeline(
    modular: ModularPipeline, whole: Hallo3Pipeline, output_type: str
) -> None:
    def options() -> dict[str, Any]:
        return asked(
            image=np.full((20, 20, 3), 90, np.uint8),  # a square comes back square
            face_mask=None,
            width=32,
            num_frames=3,
            noise=None,
            generator=torch.Generator().manual_seed(5),
            guidance_scale=2.0,
            motion_noise_sigma=0.05,
            output_type=output_type,
        )

    made, wanted = modular(**options(), output="frames"), whole(**options()).frames
    assert np.asarray(made[0][0]).shape == (16, 16, 3)
    assert np.array_equal(np.stack(made[0]), np.stack(wanted[0]))


def test_what_is_asked_of_blocks_is_what_is_asked_of_the_whole_pipeline() -> None:
    asked_of_blocks = {
        each.name: inspect.Parameter.empty if each.required else each.default
        for each in Hallo3Blocks().inputs
    }
    call = inspect.signature(Hallo3Pipeline.__call__).parameters.values()
    of_whole = {each.name: each.default for each in call}
    for of_diffusers in ("self", "return_dict"):
        del of_whole[of_diffusers]
    for callback in ("callback_on_step_end", "callback_on_step_end_tensor_inputs"):
        del of_whole[callback]
    assert asked_of_blocks.pop("on_step") is None  # what blocks have in place of the callback
    assert asked_of_blocks == of_whole


class LouderSpeech(Hallo3Step):
    """Features of a user's own."""

    takes = ("audio_features", "num_frames")
    gives = ("heard",)

    def fill(self, _components: Any, block: Any) -> None:  # noqa: ANN401  theirs
        block.heard = HeardSpeech(
            rows=TensorRows(block.audio_features * 2), frames=block.num_frames
        )


def test_a_block_of_ones_own_hears_in_place_of_ours(whole: Hallo3Pipeline, plain: Tensor) -> None:
    blocks = Hallo3Blocks()
    blocks.sub_blocks["speech"] = LouderSpeech()
    made = frames(with_components(blocks, whole))
    louder = asked()["audio_features"] * 2
    assert torch.equal(made, whole(**asked(audio_features=louder)).frames)
    assert not torch.equal(made, plain)


class Darkened(Hallo3SegmentStep):
    """Stands between the decoder and what is carried on."""

    takes = ("segment_frames",)
    gives = ("segment_frames",)

    def fill(self, _components: Any, block: Any) -> None:  # noqa: ANN401  theirs
        block.segment_frames = block.segment_frames / 2


def test_what_a_block_does_to_frames_goes_on_through_the_chain(
    whole: Hallo3Pipeline, plain: Tensor
) -> None:
    blocks = Hallo3Blocks()
    blocks.sub_blocks["segments"].sub_blocks.insert("darken", Darkened(), 4)
    pipeline = with_components(blocks, whole)
    state = pipeline(**asked())
    assert torch.equal(state.frames[:, :-1], plain[:, :-1] / 2)
    assert not torch.equal(state.frames[:, -1], plain[:, -1] / 2)
    assert state.chain_state.segment == 2
    assert torch.equal(state.chain_state.motion, state.segment_frames[-2:] * 2 - 1)


def test_a_take_is_made_once_and_spoken_from_again(whole: Hallo3Pipeline, plain: Tensor) -> None:
    def some(*names: str) -> ModularPipeline:
        parts = {name: Hallo3Blocks().sub_blocks[name] for name in names}
        blocks = SequentialPipelineBlocks.from_blocks_dict(parts)
        pipeline = blocks.init_pipeline()
        there = {name: getattr(whole, name) for name in NETWORKS if name in blocks.component_names}
        pipeline.update_components(**there)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    names = {each.name for each in some("settings", "portrait", "prompt", "take").blocks.inputs}
    given = {name: value for name, value in asked().items() if name in names}
    ready = some("settings", "portrait", "prompt", "take")(**given)
    clip = some("speech", "segments", "clip")
    features = asked()["audio_features"]
    of_speech = {"num_frames": TWO_SEGMENTS, "output_type": "pt"}
    spoken = clip(state=ready, audio_features=features * 2, **of_speech)
    again = clip(state=spoken, audio_features=features, **of_speech)
    assert torch.equal(again.frames, plain)
    assert not torch.equal(spoken.frames, plain)


def test_steps_are_told_and_may_change_the_latents(modular: ModularPipeline, plain: Tensor) -> None:
    told = []

    def halved(step: int, timestep: int, latents: Tensor) -> Tensor:
        told.append((step, timestep))
        return latents / 2

    made = frames(modular, on_step=halved)
    assert told == [(0, 999), (0, 999)]
    assert not torch.equal(made, plain)


def test_a_folder_of_the_whole_pipeline_is_loaded_as_blocks(
    whole: Hallo3Pipeline, plain: Tensor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole.save_pretrained(tmp_path)
    loaded = load_with_blocks(tmp_path)
    loaded.set_progress_bar_config(disable=True)
    assert (frames(loaded) - plain).abs().max() <= ELSEWHERE
    assert "Failed" not in caplog.text  # of what the folder is without
    halved = load_with_blocks(tmp_path, dtype=torch.bfloat16)
    assert {halved.vae.dtype, halved.transformer.dtype} == {torch.bfloat16}


@pytest.fixture
def saved(modular: ModularPipeline, tmp_path: Path) -> Path:
    save_with_blocks(modular, tmp_path / "saved")
    return (tmp_path / "saved").rename(tmp_path / "moved")


def test_saved_blocks_load_again_wherever_their_folder_is(
    saved: Path, plain: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(saved / "cache"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    assert str(saved.parent) not in (saved / "modular_model_index.json").read_text()
    with pytest.raises(ValueError, match="trust_remote_code=True"):
        ModularPipeline.from_pretrained(saved)
    trusted = ModularPipeline.from_pretrained(saved, trust_remote_code=True)
    trusted.load_components()
    for loaded in (trusted, load_with_blocks(saved)):
        assert isinstance(loaded.blocks, Hallo3Blocks)
        loaded.set_progress_bar_config(disable=True)
        assert (frames(loaded) - plain).abs().max() <= ELSEWHERE


def test_networks_that_cannot_be_loaded_are_named(saved: Path) -> None:
    (saved / "transformer/config.json").unlink()
    with pytest.raises(ValueError, match=r"moved: transformer could not be loaded"):
        load_with_blocks(saved)


def test_blocks_without_networks_say_what_to_give() -> None:
    pipeline = Hallo3Blocks().init_pipeline()
    with pytest.raises(ValueError, match="has no vae, transformer, reference, scheduler: call `lo"):
        pipeline(**asked())


class Mood(Hallo3Step):
    """Gives what no block of ours knows."""

    takes = ("wish",)
    options: ClassVar[dict[str, object]] = {"strength": 2}
    gives = ("mood",)

    def fill(self, _components: Any, block: Any) -> None:  # noqa: ANN401  theirs
        block.mood = block.wish * block.strength


class Moody(Hallo3Step):
    """Takes it."""

    takes = ("mood",)
    gives = ("heard",)

    def fill(self, _components: Any, block: Any) -> None:  # noqa: ANN401  theirs
        block.heard = f"a {block.mood} voice"


def test_blocks_of_ones_own_hand_on_what_ours_do_not_know() -> None:
    blocks = SequentialPipelineBlocks.from_blocks_dict({"mood": Mood, "moody": Moody})
    assert [each.name for each in blocks.inputs] == ["wish", "strength"]
    assert blocks.init_pipeline()(wish="calm ", output="heard") == "a calm calm  voice"


def test_a_component_that_is_none_of_ours_asks_for_its_type() -> None:
    class Upscaled(Hallo3Step):
        uses = ("upscaler",)

    with pytest.raises(ValueError, match=r"`upscaler` is none of vae, .*: say its type in `expec"):
        _ = Upscaled().expected_components


@pytest.mark.parametrize("name", ["face_embedding", "audio_features", "prompt_embeds"])
def test_tensors_of_other_shapes_are_refused_as_the_whole_pipeline_refuses_them(
    modular: ModularPipeline, name: str
) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is "):
        modular(**asked(**{name: torch.zeros(2, 3)}))


def test_a_folder_that_is_not_there_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: no such folder"):
        load_with_blocks(tmp_path / "nowhere")
