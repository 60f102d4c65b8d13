"""One chain on several accelerators: the same bits on one lane as on two or three."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from model.sampling.branch_parallel import Lanes
from model.sampling.guidance import Guidance
from model.sampling.noise import Noise
from model.segments import Sampling, TakeInputs
from tests.golden_tensors import deviation
from tests.model.golden_chain import golden_pipeline

CPU = torch.device("cpu")
NOISE = Noise(seed=3, chunk="words")


@cache
def rendered(copies: int | None, guidance: Guidance) -> Tensor:
    """Latents of the golden networks' first segment, from which its frames and the next segment
    come; None: all branches in one batch."""
    pipeline = golden_pipeline()
    if copies is not None:
        pipeline.lanes = Lanes.over(pipeline.transformer, [CPU] * copies)
    config, drawn = pipeline.transformer.config, torch.Generator().manual_seed(11)
    shape = pipeline.segment_shape()

    def random(*size: int) -> Tensor:
        return torch.randn(size, generator=drawn)

    inputs = TakeInputs(
        portrait=random(1, 3, shape.height, shape.width).clamp(-1, 1),
        reference_picture=random(1, 3, shape.height, shape.width).clamp(-1, 1),
        prompt_embeds=random(1, config.max_text_seq_length, config.text_embed_dim),
        face_embedding=random(1, config.face_embed_dim),
    )
    sampling = Sampling(num_inference_steps=2, guidance=guidance)
    with torch.no_grad():
        take = pipeline.prepare_take(inputs, NOISE, sampling)
        heard = random(
            shape.frames, config.audio_window, config.audio_blocks, config.audio_channels
        )
        return pipeline.segment(take, heard, pipeline.first_state(take), NOISE).latents


@pytest.mark.parametrize("guidance", [Guidance(), Guidance(text=3.5, audio=2.0)])
def test_one_lane_and_several_give_the_same_bits(guidance: Guidance) -> None:
    alone = rendered(0, guidance)
    assert all(torch.equal(rendered(copies, guidance), alone) for copies in (1, 2))


@pytest.mark.parametrize("guidance", [Guidance(), Guidance(text=1.0)])
def test_lanes_compute_what_the_batch_computes(guidance: Guidance) -> None:
    assert deviation(rendered(0, guidance), rendered(None, guidance)) <= 1e-5


def test_every_branch_has_a_lane_of_its_own_as_long_as_there_are_lanes() -> None:
    pipeline = golden_pipeline()
    lanes = Lanes.over(pipeline.transformer, [CPU])
    first, second = lanes.transformers
    assert first is pipeline.transformer
    assert second is not first
    calls: list[int] = []
    for index, lane in enumerate(lanes.transformers):
        lane.norm_out.register_forward_hook(lambda *_, index=index: calls.append(index))
    pipeline.lanes = lanes
    config = pipeline.transformer.config
    with torch.no_grad():
        take = pipeline.transformer.take_conditions(
            torch.zeros(2, config.max_text_seq_length, config.text_embed_dim),
            torch.zeros(1, config.face_embed_dim),
            [torch.zeros(1, 4, config.num_attention_heads * config.attention_head_dim)]
            * config.num_layers,
        )
        shape = pipeline.segment_shape()
        windows = (config.audio_window, config.audio_blocks, config.audio_channels)
        heard = pipeline.transformer.segment_conditions(torch.zeros(2, shape.frames, *windows))
        _, frames, _, height, width = shape.latents
        latents = torch.zeros(1, frames, config.in_channels, height, width)
        lanes.denoiser(take, heard)(latents, torch.tensor([500]))
    assert calls == [0, 1]
