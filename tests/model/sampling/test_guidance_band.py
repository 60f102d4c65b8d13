"""Guidance in a band: which steps have two evaluations, and what the others are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from torch import Tensor

from jobs.engine.default_costs import unmeasured
from jobs.preset_settings import guided_in
from jobs.settings_file import load_config
from manifests.errors import BadInput, ManifestUnusable
from model.pipeline import Hallo3Pipeline
from model.sampling.branch_parallel import Lanes
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.sampling.noise import Noise
from model.sampling.step_graph import StepGraph
from model.sampling.tiers import FirstBlockCache, PyramidBroadcast, TaylorSeer
from model.segments import Sampling, TakeInputs
from pipeline.hallo3.load import sampling_of
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY

STEPS = 8
NOISE = Noise(seed=3, chunk="words")
MIDDLE = GuidanceBand(start=0.25, stop=0.75)
bands = st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda ends: ends[0] < ends[1])


def sampled(pipeline: Hallo3Pipeline, sampling: Sampling) -> Tensor:
    """The latents of a first segment."""
    config = pipeline.transformer.config
    generator = torch.Generator().manual_seed(2)
    picture = torch.rand(1, 3, 64, 96, generator=generator) * 2 - 1
    inputs = TakeInputs(
        portrait=picture,
        reference_picture=picture,
        prompt_embeds=torch.randn(
            1, config.max_text_seq_length, config.text_embed_dim, generator=generator
        ),
        face_embedding=torch.randn(1, config.face_embed_dim, generator=generator),
    )
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    audio = torch.randn(17, *windows, generator=generator)
    take = pipeline.prepare_take(inputs, NOISE, sampling)
    return pipeline.segment(take, audio, pipeline.first_state(take), NOISE).latents


def rows_at_each_step(pipeline: Hallo3Pipeline, run: Callable[[], Tensor]) -> list[int]:
    """How many rows of conditions the last projection saw at each call of the transformer."""
    rows: list[int] = []
    hook = pipeline.transformer.proj_out.register_forward_hook(
        lambda _, given, __: rows.append(len(given[0]))
    )
    try:
        run()
    finally:
        hook.remove()
    return rows


@given(ends=bands, steps=st.integers(1, 60), branches=st.integers(2, 3))
def test_evaluations_are_those_of_guided_steps_and_one_of_each_other(
    ends: tuple[int, int], steps: int, branches: int
) -> None:
    band = GuidanceBand(start=ends[0] / 100, stop=ends[1] / 100)
    guided = [step for step in range(steps) if band.guides(step, steps)]
    assert guided == list(range(guided[0], guided[-1] + 1)) if guided else True
    assert band.evaluations(steps, branches) == steps + len(guided) * (branches - 1)
    assert EVERY_STEP.evaluations(steps, branches) == steps * branches


@example(ends=(28, 56), steps=25, scale=100)
@example(ends=(55, 57), steps=100, scale=100)
@given(ends=bands, steps=st.integers(1, 1000), scale=st.sampled_from([100, 1000, 8]))
def test_the_guided_steps_are_those_whose_share_lies_in_the_band_as_it_is_written(
    ends: tuple[int, int], steps: int, scale: int
) -> None:
    start, stop = (Fraction(min(end, scale), scale) for end in ends)
    assume(start < stop)
    band = GuidanceBand(start=float(start), stop=float(stop))
    guided = [step for step in range(steps) if band.guides(step, steps)]
    assert guided == [step for step in range(steps) if start <= Fraction(step, steps) < stop]


@pytest.mark.parametrize(
    ("share", "steps", "step"),
    [(0.28, 25, 7), (0.56, 25, 14), (0.14, 50, 7), (0.28, 50, 14), (0.56, 50, 28), (0.55, 100, 55)],
)
@pytest.mark.parametrize("kind", [float, np.float64])
def test_a_step_exactly_at_a_bound_begins_a_band_and_ends_one(
    share: float, steps: int, step: int, kind: type[float]
) -> None:
    """Products of floats come out a little above these steps."""
    assert GuidanceBand(start=kind(share)).guides(step, steps)
    assert not GuidanceBand(start=kind(share)).guides(step - 1, steps)
    assert not GuidanceBand(stop=kind(share)).guides(step, steps)
    assert GuidanceBand(stop=kind(share)).guides(step - 1, steps)


@pytest.mark.parametrize(
    ("steps", "start", "stop", "evaluations"),
    [(50, 0.0, 1.0, 100), (50, 0.2, 0.8, 80), (50, 0.0, 0.5, 75), (16, 0.2, 0.8, 25),
     (16, 0.0, 0.5, 24), (8, 0.25, 0.75, 12)],
)  # fmt: skip
def test_the_evaluations_that_the_page_of_tiers_tells_are_the_bands(
    steps: int, start: float, stop: float, evaluations: int
) -> None:
    assert GuidanceBand(start=start, stop=stop).evaluations(steps, 2) == evaluations


@pytest.mark.parametrize("ends", [(-0.1, 1), (0, 1.1), (0.5, 0.5), (0.6, 0.4)])
def test_a_band_that_holds_nothing_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="band of guidance"):
        GuidanceBand(start=ends[0], stop=ends[1])


def test_outside_of_the_band_the_network_sees_one_row(pipeline: Hallo3Pipeline) -> None:
    sampling = Sampling(num_inference_steps=STEPS, guidance_band=MIDDLE)
    rows = rows_at_each_step(pipeline, lambda: sampled(pipeline, sampling))
    assert rows == [1, 1, 2, 2, 2, 2, 1, 1]
    assert sum(rows) == sampling.evaluations == 12


def test_three_branches_are_one_outside_of_the_band(pipeline: Hallo3Pipeline) -> None:
    guidance = Guidance(text=2, audio=4)
    sampling = Sampling(num_inference_steps=4, guidance=guidance, guidance_band=MIDDLE)
    rows = rows_at_each_step(pipeline, lambda: sampled(pipeline, sampling))
    assert rows == [1, 3, 3, 1]
    assert sum(rows) == sampling.evaluations


def test_a_band_that_no_step_falls_in_is_what_no_guidance_gives(pipeline: Hallo3Pipeline) -> None:
    nowhere = Sampling(num_inference_steps=4, guidance_band=GuidanceBand(start=0.9, stop=1.0))
    plain = Sampling(num_inference_steps=4, guidance=Guidance(text=1.0))
    torch.testing.assert_close(
        sampled(pipeline, nowhere), sampled(pipeline, plain), rtol=1e-4, atol=1e-4
    )  # one row of a batch of two, and a batch of one, may round apart


def test_the_whole_trajectory_has_the_bits_of_before(pipeline: Hallo3Pipeline) -> None:
    every = Sampling(num_inference_steps=4, guidance_band=GuidanceBand(start=0.0, stop=1.0))
    assert torch.equal(sampled(pipeline, every), sampled(pipeline, Sampling(num_inference_steps=4)))


def test_one_lane_after_the_other_draws_the_same_in_a_band(pipeline: Hallo3Pipeline) -> None:
    sampling = Sampling(num_inference_steps=4, guidance_band=MIDDLE)
    wanted = sampled(pipeline, sampling)
    pipeline.lanes = Lanes((pipeline.transformer,))
    try:
        torch.testing.assert_close(sampled(pipeline, sampling), wanted, rtol=1e-4, atol=1e-4)
    finally:
        pipeline.lanes = None


def test_a_step_graph_computes_the_guided_steps_of_a_band(pipeline: Hallo3Pipeline) -> None:
    sampling = Sampling(num_inference_steps=4, guidance_band=MIDDLE)
    wanted = sampled(pipeline, sampling)
    pipeline.step_graph = StepGraph(pipeline.transformer)
    try:
        assert torch.equal(sampled(pipeline, sampling), wanted)
        assert pipeline.step_graph.captures == 1
    finally:
        pipeline.step_graph = None


@pytest.mark.parametrize(
    "cache",
    [
        FirstBlockCache(threshold=0.8),
        PyramidBroadcast(joint_every=2, cross_every=3, timesteps=(100, 900)),
        TaylorSeer(every=3, first=2),
    ],
    ids=lambda cache: cache.kind,
)
def test_a_cache_begins_anew_where_the_rows_change(
    pipeline: Hallo3Pipeline, cache: FirstBlockCache | PyramidBroadcast | TaylorSeer
) -> None:
    sampling = Sampling(num_inference_steps=6, cache=cache, guidance_band=MIDDLE)
    made = sampled(pipeline, sampling)
    assert torch.isfinite(made).all()
    assert torch.equal(sampled(pipeline, sampling), made)


def test_a_band_is_in_names_only_where_it_is_asked_for() -> None:
    banded = replace(TINY, guidance_band=MIDDLE)
    other = replace(TINY, guidance_band=GuidanceBand(start=0.25))
    assert len({TINY.digest, banded.digest, other.digest}) == 3
    names = [sampling_of(preset).name for preset in (TINY, banded, other)]
    assert len(set(names)) == 3
    assert replace(TINY, guidance_band=EVERY_STEP).digest == TINY.digest


def test_a_preset_of_the_settings_is_guided_in_its_band(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text("[guidance_band]\ntiny = { start = 0.25, stop = 0.75 }\n")
    tiny = load_config(file).presets["tiny"]
    assert sampling_of(tiny).guidance_band == MIDDLE
    assert sampling_of(tiny).evaluations == 6


def test_a_quote_that_nothing_was_measured_for_follows_the_evaluations() -> None:
    banded = replace(HALLO3_5B, guidance_band=GuidanceBand(start=0.2, stop=0.6))
    assert banded.evaluated_share == pytest.approx(0.7)
    assert (HALLO3_5B.evaluated_share, ANIMATIC.evaluated_share) == (1.0, 1.0)
    whole, less = (unmeasured("hallo3-5b", "d", share).segment_s for share in (1.0, 0.7))
    assert less == pytest.approx(0.7 * whole)


@pytest.mark.parametrize("told", ["{ start = 0.8, stop = 0.2 }", "{ begin = 0.1 }", "[0.1, 2.0]"])
def test_a_wrong_band_is_refused_before_the_night(tmp_path: Path, told: str) -> None:
    file = tmp_path / "night.toml"
    file.write_text(f"[guidance_band]\ntiny = {told}\n")
    with pytest.raises((BadInput, ManifestUnusable), match="guidance_band"):
        load_config(file)


def test_a_preset_that_is_guided_nowhere_takes_no_band() -> None:
    with pytest.raises(ManifestUnusable, match="guided nowhere"):
        guided_in({"tiny": replace(TINY, guidance=1.0)}, {"tiny": MIDDLE})
    with pytest.raises(ManifestUnusable, match="animatic"):
        guided_in({"animatic": ANIMATIC}, {"animatic": MIDDLE})
