"""Lossy tiers: caches over the steps that change nothing about resuming, and compiled blocks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
import torch
from diffusers import FirstBlockCacheConfig
from torch import Tensor
from torch._inductor import config as inductor
from torch._inductor.cpu_vec_isa import VecISA, pick_vec_isa
from torch._inductor.utils import fresh_cache

from model.bench.segment_parts import Given, whole_segment
from model.bench.timing import AttentionSize, attention_rates
from model.networks.compiled import TOLERANCE, CompiledBlocks, compile_mode
from model.networks.transformer import Hallo3Transformer3DModel
from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Noise
from model.sampling.tiers import (
    DRAFT,
    FAST,
    FULL,
    Cache,
    FirstBlockCache,
    NoCache,
    PyramidBroadcast,
    TaylorSeer,
    cached,
)
from model.segments import ChainState, PreparedTake, Sampling, SegmentFrames, TakeInputs
from pipeline.presets import TINY, WITH_WEIGHTS
from tests.golden_tensors import deviation
from tests.model.golden_chain import golden_pipeline
from tests.model.small_networks import Grid, a_transformer, some_inputs

STEPS = 8
CACHES: tuple[Cache, ...] = (
    FirstBlockCache(threshold=0.8),
    PyramidBroadcast(joint_every=2, cross_every=3, timesteps=(100, 900)),
    TaylorSeer(every=3, first=2),
)
NOISE = Noise(seed=3, chunk="words")
each_cache = pytest.mark.parametrize("cache", CACHES, ids=lambda cache: cache.kind)


def a_take(pipeline: Hallo3Pipeline, cache: Cache) -> PreparedTake:
    config = pipeline.transformer.config
    generator = torch.Generator().manual_seed(2)
    picture = torch.rand(1, 3, 64, 96, generator=generator) * 2 - 1
    inputs = TakeInputs(
        portrait=picture,
        reference_picture=picture,
        prompt_embeds=torch.zeros(1, config.max_text_seq_length, config.text_embed_dim),
        face_embedding=torch.randn(1, config.face_embed_dim, generator=generator),
    )
    sampling = Sampling(num_inference_steps=STEPS, cache=cache)
    return pipeline.prepare_take(inputs, NOISE, sampling)


def heard(pipeline: Hallo3Pipeline, segment: int) -> Tensor:
    config = pipeline.transformer.config
    generator = torch.Generator().manual_seed(10 + segment)
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    return torch.randn(17, *windows, generator=generator)


def rendered(
    pipeline: Hallo3Pipeline, cache: Cache, state: ChainState | None = None
) -> SegmentFrames:
    """The segment at `state`, by default the first."""
    take = a_take(pipeline, cache)
    state = state or pipeline.first_state(take)
    return pipeline.segment(take, heard(pipeline, state.segment), state, NOISE)


def latents(pipeline: Hallo3Pipeline, cache: Cache) -> Tensor:
    return rendered(pipeline, cache).latents


@each_cache
def test_a_chain_killed_in_the_middle_goes_on_with_the_same_bits(
    pipeline: Hallo3Pipeline, cache: Cache
) -> None:
    first = rendered(pipeline, cache)
    assert len(list(first)) == 2
    wanted = list(rendered(pipeline, cache, first.next_state))
    got = list(rendered(golden_pipeline(), cache, first.next_state))  # after a kill, elsewhere
    assert all(map(torch.equal, got, wanted))


@each_cache
def test_a_cache_changes_what_is_made_and_leaves_with_its_segment(
    pipeline: Hallo3Pipeline, cache: Cache
) -> None:
    plain = latents(pipeline, NoCache())
    assert not torch.equal(latents(pipeline, cache), plain)
    assert torch.equal(latents(pipeline, NoCache()), plain)


class StopAfter:
    """Fails at a step, as a card that is out of memory would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, step: int, timestep: int, latents: Tensor) -> Tensor:
        del timestep
        if step == self.step:
            raise torch.OutOfMemoryError
        return latents


@each_cache
def test_a_segment_that_failed_leaves_nothing_to_the_next_try(
    pipeline: Hallo3Pipeline, cache: Cache
) -> None:
    wanted = latents(pipeline, cache)
    take = a_take(pipeline, cache)
    state = pipeline.first_state(take)
    with pytest.raises(torch.OutOfMemoryError):
        pipeline.segment(take, heard(pipeline, 1), state, NOISE, StopAfter(4))
    assert torch.equal(latents(pipeline, cache), wanted)


def test_a_cache_that_the_caller_enabled_stays(pipeline: Hallo3Pipeline) -> None:
    wanted = latents(pipeline, CACHES[0])
    pipeline.transformer.enable_cache(FirstBlockCacheConfig(threshold=0.8))
    try:
        assert torch.equal(latents(pipeline, NoCache()), wanted)
        with pytest.raises(ValueError, match="already been enabled"):
            rendered(pipeline, CACHES[0])
        assert pipeline.transformer.is_cache_enabled
    finally:
        pipeline.transformer.disable_cache()


@each_cache
def test_a_cache_saves_work(cache: Cache) -> None:
    transformer = a_transformer(num_layers=4)
    calls = [0, 0]
    for place, module in enumerate(
        (transformer.transformer_blocks[2].ff, transformer.transformer_blocks[2].audio_attn.to_q)
    ):
        module.register_forward_hook(lambda *_, at=place: calls.__setitem__(at, calls[at] + 1))
    steps(transformer, NoCache())
    whole, calls[:] = tuple(calls), (0, 0)
    steps(transformer, cache)
    assert calls[1] < whole[1]
    assert (calls[0] < whole[0]) == (cache.kind != "pyramid")  # which computes every MLP


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: FirstBlockCache(threshold=0),
        lambda: PyramidBroadcast(joint_every=0),
        lambda: PyramidBroadcast(timesteps=(800, 100)),
        lambda: TaylorSeer(order=-1),
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: type) -> None:
    with pytest.raises(ValueError, match=r"use NoCache|n from 1|order from 0|smaller one first"):
        wrong()


# Presets


def test_the_faster_presets_take_fewer_steps_and_a_cache() -> None:
    tiered = [preset for preset in WITH_WEIGHTS.values() if not (preset.lanes or preset.distilled)]
    tiers = [(preset.steps, preset.cache) for preset in tiered]
    assert tiers == [(tier.steps, tier.cache) for tier in (FULL, FAST, DRAFT)]
    assert tiers[0] == (50, NoCache())
    assert all(more > fewer for (more, _), (fewer, _) in pairwise(tiers))


@each_cache
def test_the_cache_is_part_of_a_presets_name(cache: Cache) -> None:
    assert replace(TINY, cache=cache).digest != TINY.digest
    assert (
        replace(TINY, cache=FirstBlockCache(threshold=0.3)).digest
        != replace(TINY, cache=FirstBlockCache(threshold=0.31)).digest
    )


def test_a_cache_in_words_of_diffusers_is_not_left_out_in_silence() -> None:
    with pytest.raises(
        TypeError, match="`cache` is a FirstBlockCacheConfig; give one of NoCache, "
    ):
        Sampling(cache=FirstBlockCacheConfig(threshold=0.05))  # type: ignore[arg-type]


def test_a_reference_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="`reference` is 'roundtrip'; give one of 'portrait', 'ro"):
        Sampling(reference="roundtrip")  # type: ignore[arg-type]


# What the transformer's config says its weights were trained for


def test_an_old_config_means_zeros_and_no_difference() -> None:
    config = dict(a_transformer().config)
    del config["later_conditions"], config["predict_difference"]
    loaded = Hallo3Transformer3DModel.from_config(config)
    assert (loaded.config.later_conditions, loaded.config.predict_difference) == ("zeros", False)


def test_later_conditions_that_nobody_knows_are_refused() -> None:
    with pytest.raises(ValueError, match="mend the transformer's config"):
        a_transformer(later_conditions="portrait")


# Compiled blocks


def steps(transformer: Hallo3Transformer3DModel, cache: Cache) -> list[Tensor]:
    """Predictions at latents that change little from step to step."""
    given = some_inputs(Grid(), transformer.config)
    take = transformer.take_conditions(given.text, given.face[:1], [b[:1] for b in given.bank])
    segment = transformer.segment_conditions(given.audio)
    times = range(900, 900 - 100 * STEPS, -100)
    made = []
    now = [0]
    with cached(transformer, cache, lambda: now[0]):
        for now[0] in times:
            noisy = given.latents[:1] * (2 - now[0] / 1000)
            with transformer.cache_context("cond_uncond"):
                made.append(transformer.denoise(noisy, torch.tensor(now), take, segment))
    return made


@pytest.mark.parametrize(
    "cache", [NoCache(), CACHES[0], CACHES[2]], ids=lambda cache: str(cache.kind)
)
def test_blocks_compiled_without_a_break_decide_as_plain_ones(cache: Cache) -> None:
    transformer = a_transformer(num_layers=3)
    wanted = steps(transformer, cache)
    with CompiledBlocks(transformer, backend="aot_eager").on():
        got = steps(transformer, cache)
        again = steps(transformer, cache)
    assert all(map(torch.equal, got, again))
    tolerance = TOLERANCE[torch.float32]
    assert max(map(deviation, got, wanted)) <= tolerance
    assert all(map(torch.equal, steps(transformer, cache), wanted))  # as it was


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # torch's own
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch compiles with g++")
def test_generated_code_stays_within_its_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the vector instructions of this processor, as torch names them (decision 0590)."""
    monkeypatch.setattr(VecISA, "check_build", lambda *_: False)
    transformer = a_transformer(num_layers=1)
    wanted = steps(transformer, NoCache())
    # torch names kept code by no instruction set: what was kept with another does not build.
    vectors = inductor.patch({"cpp.vec_isa_ok": True})
    with vectors, fresh_cache(), CompiledBlocks(transformer).on():
        got = steps(transformer, NoCache())
        widest = pick_vec_isa().bit_width()
    assert widest >= 256 or torch.backends.cpu.get_cpu_capability() == "DEFAULT"
    assert max(map(deviation, got, wanted)) <= TOLERANCE[torch.float32]


def test_graphs_are_captured_where_there_are_any() -> None:
    assert [compile_mode(kind) for kind in ("cuda", "cpu")] == ["reduce-overhead", "default"]


# The bench


def test_attention_is_measured_on_what_is_there_and_the_rest_is_named() -> None:
    size = AttentionSize(heads=2, channels=64, asking=20, answering=24)
    rates: Any = attention_rates(size, torch.device("cpu"), torch.float32, rounds=1)
    assert set(rates["native"]) == {"tflops", "of_matrix"}
    assert "No viable backend" in rates["cudnn"]["missing"]


def test_a_segment_is_run_whole(pipeline: Hallo3Pipeline) -> None:
    transformer = pipeline.transformer
    given = Given.of(transformer, pipeline.reference, torch.device("cpu"), torch.float32)
    sizes = (transformer.config.sample_frames, pipeline.segment_shape().new_frames)
    with patch.object(transformer, "denoise", wraps=transformer.denoise) as denoise:
        figures = whole_segment(pipeline, given, 3)
    assert denoise.call_count == figures["steps"] == 3
    assert figures["new_frames"] == sizes[1] == 4 * (sizes[0] - 1) - 1
