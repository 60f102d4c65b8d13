"""Keyed noise: the same numbers for the same name, whatever else was drawn."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.sampling.noise import Draw, Noise, Purpose

NORMAL = [1.944083, 0.075819, -0.099234]
UNIFORM = [0.906297, 0.173293, 0.264538]

DRAWS = st.builds(
    Draw, purpose=st.sampled_from(Purpose), segment=st.integers(0, 40), step=st.integers(0, 49)
)
NOISES = st.builds(Noise, seed=st.integers(-(2**63), 2**63 - 1), chunk=st.text(max_size=20))


@given(noise=NOISES, draw=DRAWS, others=st.lists(DRAWS, max_size=4))
def test_a_draw_does_not_depend_on_what_was_drawn_before(
    noise: Noise, draw: Draw, others: list[Draw]
) -> None:
    wanted = noise.normal(draw, (2, 3))
    for other in others:
        noise.uniform(other, (5,))
    again = Noise(seed=noise.seed, chunk=noise.chunk)
    assert torch.equal(again.normal(draw, (2, 3)), wanted)


@given(noises=st.lists(NOISES, min_size=2, max_size=2, unique=True), draw=DRAWS)
def test_another_seed_or_chunk_gives_other_numbers(noises: list[Noise], draw: Draw) -> None:
    one, other = (noise.normal(draw, (8,)) for noise in noises)
    assert not torch.equal(one, other)


def test_every_purpose_segment_and_step_gives_other_numbers() -> None:
    noise = Noise(seed=1, chunk="words")
    draws = [
        Draw(purpose=purpose, segment=segment, step=step)
        for purpose, segment, step in itertools.product(Purpose, range(3), range(3))
    ]
    assert len({noise.normal(draw, (4,)).numpy().tobytes() for draw in draws}) == len(draws)


def test_normal_draws_are_standard_and_uniform_ones_fill_the_unit_interval() -> None:
    noise = Noise(seed=1, chunk="words")
    normal = noise.normal(Draw(purpose=Purpose.INITIAL), (400, 500))
    uniform = noise.uniform(Draw(purpose=Purpose.MOTION_MASK), (400, 500))
    assert normal.dtype == uniform.dtype == torch.float32
    assert abs(normal.mean()) < 0.01
    assert abs(normal.std() - 1) < 0.01
    assert 0 <= uniform.min() < 0.001
    assert 0.999 < uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.005


def test_the_numbers_never_change_between_versions() -> None:
    draw = Draw(purpose=Purpose.STEP, segment=2, step=3)
    noise = Noise(seed=7, chunk="chunk")
    assert noise.normal(draw, (3,)).tolist() == pytest.approx(NORMAL, abs=1e-6)
    assert noise.uniform(draw, (3,)).tolist() == pytest.approx(UNIFORM, abs=1e-6)
