"""What attempts teach of costs, in numbers that were reckoned by hand."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.quote.cost_fit import (
    UNMEASURED_NIGHT_SPREAD,
    CostSample,
    cost_of,
    desk_work,
    first_of_workers,
    fitted,
    least_squares,
    night_spread,
    segment_spread,
    waste_of,
    with_desks,
)
from manifests import Attempt
from manifests.costs import Cost
from tests.jobs.commands.test_quote import a_try

PARTS = np.array([10.0, 3.0, 40.0])
"""A segment, a take and a cold start in seconds."""


def a_chain(number: int, segments: int, gpu_s: float, **fields: object) -> Attempt:
    return a_try(number, segments_made=segments, gpu_s=gpu_s, **fields)


def a_desk_try(number: int, stage: str, seconds: float, **fields: object) -> Attempt:
    return a_try(number, stage=stage, job="one", seconds=seconds, **fields)


def desk_cost(tries: list[Attempt]) -> tuple[float, float, float]:
    """A take and a segment in seconds, and the share before the first one; runs are of outputs of
    their own."""
    seen = [
        CostSample(attempt=attempt, preset="p", device="d", out=attempt.run_id) for attempt in tries
    ]
    nothing = Cost(preset="p", device="d", segment_s=0.0, take_s=0.0, cold_s=0.0)
    cost = with_desks(nothing, desk_work(seen), 0.0)
    return cost.desk_take_s, cost.desk_segment_s, cost.lead_share


def test_a_worker_is_cold_once_in_a_run() -> None:
    tries = [
        a_chain(1, 1, 1.0, worker="w", state="failed"),
        a_chain(2, 1, 1.0, worker="w"),
        a_chain(3, 1, 1.0, worker="w"),
        a_chain(4, 1, 1.0, worker="v"),
        a_chain(5, 1, 1.0, worker="w", run_id="next"),
    ]
    assert {attempt.task for attempt in first_of_workers(tries)} == {"task-2", "task-4", "task-5"}


def test_a_cold_start_is_that_of_the_earliest_try_whatever_the_order() -> None:
    tries = [
        a_chain(n, 1 + n % 4, 10.0 * (1 + n % 4) + 40.0 * (n == 0), worker="w") for n in range(9)
    ]
    cost = cost_of("animatic", "d", tries[::-1])
    assert (cost.segment_s, cost.take_s, cost.cold_s) == pytest.approx((10.0, 0.0, 40.0))


def test_parts_are_never_negative() -> None:
    terms = np.array([[1.0, 1.0], [2.0, 1.0], [3.0, 1.0]])
    assert least_squares(terms, np.array([1.0, 4.0, 7.0]), np.ones(3)).min() == 0.0


@pytest.mark.parametrize(
    ("failed", "waste_s"),
    [
        ([], 0.0),
        ([("input_gone", 1, 10.0)], 0.0),
        ([("input_gone", 1, 25.0)], 15.0),
        ([("input_gone", 2, 5.0)], 0.0),  # quicker than usual: nothing is won back
        ([("worker_lost", 1, 10.0)], 5.0 + 3.0 + 40.0),
        ([("preempted", 1, 25.0)], 15.0 + 5.0 + 3.0 + 40.0),
        ([("preempted", 0, 0.0), ("worker_lost", 0, 7.0)], 7.0 + 2 * 48.0),
    ],
)
def test_waste_is_what_failed_tries_took_and_half_a_segment_and_a_start_for_each_lost_worker(
    failed: list[tuple[str, int, float]], waste_s: float
) -> None:
    tries = [a_chain(1, 99, 9999.0)] + [
        a_chain(2 + n, made, gpu_s, state="failed", error_code=code)
        for n, (code, made, gpu_s) in enumerate(failed)
    ]
    assert waste_of(tries, PARTS, 1000.0) == pytest.approx(waste_s / 1000.0)
    assert waste_of(tries, PARTS, 0.5) == pytest.approx(waste_s / 0.5)
    assert waste_of(tries, PARTS, 0.0) == 0.0


def test_a_lost_worker_costs_its_share_of_the_good_work() -> None:
    """30 chains of 40 s and a segment are 1210 s; half a segment was lost, and no start costs
    anything here."""
    good = [a_chain(n, 4, 40.0, worker="w") for n in range(30)]
    lost = a_chain(99, 1, 10.0, state="failed", error_code="worker_lost")
    assert cost_of("animatic", "d", [*good, lost]).waste == pytest.approx(5 / 1210)


def test_a_long_chain_scatters_by_its_root_less() -> None:
    apart = np.array([exp(0.1), exp(-0.1), exp(0.05), exp(-0.05)])
    segments, foretold = np.array([1.0, 1.0, 4.0, 4.0]), np.array([10.0, 10.0, 40.0, 40.0])
    assert segment_spread(segments, foretold * apart, foretold) == pytest.approx(0.1)
    assert segment_spread(segments, foretold * 2, foretold) == pytest.approx(np.log(2) / 2)
    assert np.isfinite(segment_spread(np.ones(2), np.array([0.0, 1.0]), np.array([1.0, 0.0])))


def test_nights_scatter_by_their_sums() -> None:
    """Of three nights, each twice the one before, one was e^0.2 slower and one as much faster."""
    runs = [name for name in "abc" for _ in range(2)]
    foretold = np.array([6.0, 4.0, 12.0, 8.0, 24.0, 16.0])
    took = np.array([4.0, 6.0, 20 * exp(0.2) - 8.0, 8.0, 8.0, 40 * exp(-0.2) - 8.0])
    assert night_spread(runs, took, foretold) == pytest.approx(0.2)
    assert night_spread(runs[:4], took[:4], foretold[:4]) == UNMEASURED_NIGHT_SPREAD
    assert night_spread([], took[:0], foretold[:0]) == UNMEASURED_NIGHT_SPREAD


@given(st.integers(0, 20), st.integers(0, 5), st.lists(st.integers(1, 9), min_size=2, unique=True))
def test_desks_are_learned_per_take_and_per_segment(
    take_s: int, segment_s: int, segments: list[int]
) -> None:
    tries = []
    for job, made in enumerate(segments):
        tries.append(a_try(1, job=f"{job}", segments_made=made))
        tries.append(a_try(2, job=f"{job}", stage="master", seconds=take_s + segment_s * made))
    found = desk_cost([*tries, a_try(3, stage="master", job="never cut", seconds=1e6)])
    assert found[:2] == pytest.approx((take_s, segment_s), abs=1e-6)


def test_what_comes_before_the_first_segment_is_its_share_of_the_desks() -> None:
    made = a_chain(1, 2, 9.0, job="one")
    stages = {"prepare": 2.0, "split": 1.0, "stitch": 4.0, "master": 5.0, "publish": 0.0}
    tries = [made, *(a_desk_try(n, stage, s) for n, (stage, s) in enumerate(stages.items()))]
    reused = a_desk_try(9, "master", 99.0, reused=True)
    take_s, segment_s, lead_share = desk_cost([*tries, reused])
    assert take_s + 2 * segment_s == pytest.approx(12.0)
    assert lead_share == pytest.approx(0.25)


def test_failed_tries_of_desks_are_time_that_was_spent() -> None:
    made = a_chain(1, 2, 9.0, job="one")
    tries = [a_desk_try(2, "master", 6.0, state="failed"), a_desk_try(3, "master", 4.0)]
    take_s, segment_s, _ = desk_cost([made, *tries])
    assert take_s + 2 * segment_s == pytest.approx(10.0)


def test_segments_of_several_tries_of_a_job_are_counted_together_and_outputs_apart() -> None:
    chunks = [a_chain(n, 2, 9.0, job="one", chunk=n) for n in range(3)]
    other = [a_chain(n, 1, 9.0, job="one", chunk=0, run_id="other") for n in range(2)]
    desks = [a_desk_try(5, "master", 13.0), a_desk_try(6, "master", 5.0, run_id="other")]
    assert desk_cost([*chunks, *other, *desks])[:2] == pytest.approx((1.0, 2.0))


def test_without_a_take_that_was_made_desks_are_unknown() -> None:
    assert desk_cost([]) == (0.0, 0.0, 0.5)
    assert desk_cost([a_desk_try(1, "prepare", 9.0)]) == (0.0, 0.0, 0.5)


def test_what_was_seen_is_counted_by_preset_and_device() -> None:
    tries = [
        *(a_chain(n, 2, 20.0, run_id="a" if n < 5 else "b") for n in range(8)),
        a_chain(20, 3, 30.0, state="failed"),
        a_chain(21, 0, 1.0),  # found finished
        a_try(22, stage="master", segments_made=7, gpu_s=70.0),
    ]
    cost = cost_of("animatic", "d", tries)
    assert (cost.segments, cost.attempts, cost.runs) == (16, 8, 2)
    assert cost.measured
    nothing = cost_of("animatic", "d", tries[8:])
    assert (nothing.segment_s, nothing.take_s, nothing.cold_s, nothing.measured) == (0, 0, 0, False)
    where = [("tiny", "b"), ("animatic", "b"), ("tiny", "a"), ("none", "a")]
    seen = [
        CostSample(attempt=attempt, preset=preset, device=device)
        for preset, device in where
        for attempt in (tries[8:] if preset == "none" else tries)
    ]
    costs = fitted(seen)
    assert [(c.preset, c.device) for c in costs] == [
        ("animatic", "b"),
        ("tiny", "a"),
        ("tiny", "b"),
    ]
    assert {c.segments for c in costs} == {16}


def test_a_cost_says_how_far_its_nights_and_segments_lie_apart() -> None:
    """Three nights that took 8, 10 and 12 s a segment."""
    pace = {"a": 8.0, "b": 10.0, "c": 12.0}
    tries = [
        a_chain(n, 1, pace["abc"[n % 3]], run_id="abc"[n % 3], worker="w", job=f"{n}")
        for n in range(30)
    ]
    desks = [a_try(40, job="0", run_id="a", stage="master", seconds=6.0)]
    seen = [CostSample(attempt=each, preset="animatic", device="d") for each in [*tries, *desks]]
    [cost] = fitted(seen)
    assert cost.night_spread == pytest.approx(np.std(np.log([8, 10, 12]), ddof=1), rel=0.2)
    assert cost.segment_spread == pytest.approx(np.std(np.log([8, 10, 12])), rel=0.2)
    assert cost.desk_take_s + cost.desk_segment_s == pytest.approx(6.0)
    assert cost.lead_share == 0.0
