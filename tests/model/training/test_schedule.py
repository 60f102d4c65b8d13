"""The learning rate over the steps, and how fast the mean of the weights forgets."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.training.loop import Ema, LearningRate

SCHEDULES = st.builds(
    LearningRate,
    steps=st.integers(1, 500),
    learning_rate=st.floats(1e-6, 1.0),
    warmup=st.integers(0, 600),
    final_rate=st.floats(0, 1),
)


def test_the_rate_climbs_in_a_line_and_ends_where_it_should() -> None:
    schedule = LearningRate(steps=110, learning_rate=2.0, warmup=10, final_rate=0.1)
    assert [schedule.rate(step) for step in range(3)] == pytest.approx([0.2, 0.4, 0.6])
    assert schedule.rate(9) == schedule.rate(10) == 2.0
    assert schedule.rate(60) == pytest.approx((2.0 + 0.2) / 2)
    assert schedule.rate(110) == pytest.approx(0.2)


@given(schedule=SCHEDULES)
def test_the_rate_only_climbs_in_the_warm_up_and_only_falls_after_it(
    schedule: LearningRate,
) -> None:
    rates = [schedule.rate(step) for step in range(schedule.steps)]
    climbing, falling = rates[: schedule.warmup], rates[schedule.warmup :]
    assert climbing == sorted(climbing)
    assert falling == sorted(falling, reverse=True)
    assert all(0 <= rate <= schedule.learning_rate * (1 + 1e-9) for rate in rates)
    assert all(rate >= schedule.learning_rate * schedule.final_rate * 0.999 for rate in falling)


def test_the_mean_forgets_its_start_and_then_moves_at_its_decay() -> None:
    parameters = {"a": torch.zeros(1)}
    ema = Ema(parameters, decay=0.9)
    parameters["a"] = torch.ones(1)
    ema.update(parameters, step=0)
    assert float(ema.means["a"]) == pytest.approx(1 - 1 / 10)
    ema.update(parameters, step=1)
    assert float(ema.means["a"]) == pytest.approx(1 - 1 / 10 * 2 / 11)
    ema.means["a"].zero_()
    ema.update(parameters, step=10_000)
    assert float(ema.means["a"]) == pytest.approx(0.1)


def test_the_mean_is_float32_and_does_not_share_the_parameters_memory() -> None:
    parameters = {"a": torch.ones(2, dtype=torch.bfloat16)}
    ema = Ema(parameters, decay=0.999)
    parameters["a"].zero_()
    assert ema.means["a"].dtype == torch.float32
    assert ema.means["a"].tolist() == [1, 1]
    ema.copy_to(parameters)
    assert parameters["a"].tolist() == [1, 1]
