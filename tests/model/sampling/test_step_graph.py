"""Steps replayed as one graph, and a loop that never waits for the device."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from model.pipeline import Hallo3Pipeline
from model.sampling.guidance import Guidance
from model.sampling.noise import Noise
from model.sampling.step_graph import StepGraph
from model.sampling.tiers import FirstBlockCache
from model.segments import ChainState, PreparedTake, Sampling, TakeInputs
from model.tiny import untrained_tiny

SIDE, STEPS = 32, 3
NOISE = Noise(seed=3, chunk="words")


@pytest.fixture
def pipeline() -> Hallo3Pipeline:
    return untrained_tiny(
        SIDE, (8, 8, 8, 8), 2, num_layers=2, num_attention_heads=1, sample_frames=3
    )


def drawn(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def picture(seed: int) -> Tensor:
    return drawn(seed, 1, 3, SIDE, SIDE).clamp(-1, 1)


PLAIN = Sampling(num_inference_steps=STEPS)


def a_take(pipeline: Hallo3Pipeline, seed: int, sampling: Sampling = PLAIN) -> PreparedTake:
    config = pipeline.transformer.config
    inputs = TakeInputs(
        portrait=picture(seed),
        reference_picture=picture(seed),
        prompt_embeds=drawn(seed, 1, config.max_text_seq_length, config.text_embed_dim),
        face_embedding=drawn(seed, 1, config.face_embed_dim),
    )
    return pipeline.prepare_take(inputs, NOISE, sampling)


def rendered(pipeline: Hallo3Pipeline, take: PreparedTake, segment: int, portrait: int) -> Tensor:
    config = pipeline.transformer.config
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    heard = drawn(10 + segment, take.shape.frames, *windows)
    state = ChainState.first(picture(portrait))
    state = ChainState(segment=segment, motion=state.motion)
    return pipeline.segment(take, heard, state, NOISE).latents


def test_a_graph_gives_the_bits_of_single_steps_over_segments_and_takes(
    pipeline: Hallo3Pipeline,
) -> None:
    takes = [a_take(pipeline, seed) for seed in (1, 2)]
    asked = [(0, 0), (0, 1), (1, 0), (0, 0)]  # take, segment; at last the first one again
    wanted = [rendered(pipeline, takes[take], segment, take + 1) for take, segment in asked]
    assert not torch.equal(wanted[0], wanted[1])
    assert not torch.equal(wanted[0], wanted[2])
    graph = pipeline.step_graph = StepGraph(pipeline.transformer)
    got = [rendered(pipeline, takes[take], segment, take + 1) for take, segment in asked]
    assert all(map(torch.equal, got, wanted))
    assert graph.captures == 1


def test_another_number_of_branches_is_captured_anew(pipeline: Hallo3Pipeline) -> None:
    unguided = Sampling(num_inference_steps=STEPS, guidance=Guidance(text=1.0))
    takes = [a_take(pipeline, 1), a_take(pipeline, 1, unguided)]
    wanted = [rendered(pipeline, take, 0, 1) for take in takes]
    graph = pipeline.step_graph = StepGraph(pipeline.transformer)
    assert all(map(torch.equal, [rendered(pipeline, take, 0, 1) for take in takes], wanted))
    assert graph.captures == 2


def test_a_graph_beside_a_cache_is_refused(pipeline: Hallo3Pipeline) -> None:
    pipeline.step_graph = StepGraph(pipeline.transformer)
    cached = Sampling(num_inference_steps=STEPS, cache=FirstBlockCache())
    with pytest.raises(ValueError, match="leave one of them out"):
        rendered(pipeline, a_take(pipeline, 1, cached), 0, 1)


class Transfers(TorchDispatchMode):
    """Sizes of the tensors that come from the host to the device `meta`.

    Nothing can be read back from there: a step that looked at a number would end with an error.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        made = func(*args, **(kwargs or {}))
        came = [each for each in args if isinstance(each, Tensor) and each.device.type == "cpu"]
        if isinstance(made, Tensor) and made.device.type == "meta" and came:
            self.sizes.append(made.numel())
        return made


class Numbers(TorchFunctionMode):
    """Tensors made of numbers of the host, which a card would wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204
        self.made += func in {torch.tensor, torch.as_tensor}
        return func(*args, **(kwargs or {}))


def test_the_steps_bring_only_their_noise_to_the_device_and_read_nothing_back(
    pipeline: Hallo3Pipeline,
) -> None:
    steps = 5
    take = a_take(pipeline.to("meta"), 1, Sampling(num_inference_steps=steps))
    seen: list[tuple[int, int]] = []

    def on_step(step: int, timestep: int, latents: Tensor) -> Tensor:
        del step, timestep
        seen.append((len(transfers.sizes), numbers.made))
        return latents

    config = pipeline.transformer.config
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    heard = drawn(1, take.shape.frames, *windows)
    with Transfers() as transfers, Numbers() as numbers:
        pipeline.segment(take, heard, ChainState.first(picture(1)), NOISE, on_step)
    (first, made), (last, made_at_last) = seen[0], seen[-1]
    noise = torch.Size(take.shape.latents).numel()
    assert made == made_at_last
    assert transfers.sizes[first:last] == [noise] * (
        steps - 2
    )  # the first before, and the last step takes none
