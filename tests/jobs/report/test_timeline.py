"""The lanes of workers: all of their time, and no more spans than a screen shows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.report.night import WorkerLane
from jobs.report.timeline import MOST_SPANS, worker_lanes
from manifests.ledger import Attempt
from tests.jobs.report.builders import an_attempt

TRIES = st.lists(
    st.tuples(
        st.sampled_from(["one", "two"]),
        st.integers(0, 500),
        st.integers(0, 90),
        st.sampled_from(["done", "failed", "interrupted"]),
    ),
    min_size=1,
    max_size=30,
)


def lanes_of_tries(attempts: list[Attempt]) -> list[WorkerLane]:
    return worker_lanes(attempts, "r")[1]


@given(TRIES)
def test_a_lane_is_the_whole_time_without_gaps(tries: list[tuple[str, int, int, str]]) -> None:
    attempts = [
        an_attempt(str(at), worker, start, start + long, state=state)
        for at, (worker, start, long, state) in enumerate(tries)
    ]
    begin = min(start for _, start, _, _ in tries)
    whole = max(start + long for _, start, long, _ in tries) - begin
    for lane in lanes_of_tries(attempts):
        assert all(one.stop_s == other.start_s for one, other in pairwise(lane.spans))
        sums = lane.work_s + lane.redone_s + lane.cold_s + lane.idle_s
        assert sums == pytest.approx(whole, abs=0.3)
        assert (lane.spans[0].start_s, lane.spans[-1].stop_s) == (0, whole)


def test_the_kinds_of_a_lane_are_told_apart() -> None:
    tries = [
        an_attempt("a", "other", 0, 30),
        an_attempt("a", "one", 10, 20),
        an_attempt("b", "one", 22, 25, state="failed"),
    ]
    lane = next(lane for lane in lanes_of_tries(tries) if lane.worker == "one")
    kinds = [(span.kind, span.start_s, span.stop_s) for span in lane.spans]
    assert kinds == [
        ("cold", 0, 10),
        ("work", 10, 20),
        ("idle", 20, 22),
        ("redone", 22, 25),
        ("idle", 25, 30),
    ]


def test_a_lane_of_a_long_night_has_as_many_spans_as_a_screen_shows() -> None:
    tries = [an_attempt(str(n), "one", 3 * n, 3 * n + 2) for n in range(3000)]
    (lane,) = lanes_of_tries(tries)
    assert len(lane.spans) <= 2 * MOST_SPANS + 1
    assert lane.work_s == pytest.approx(6000)


def test_another_run_than_the_last_one_is_no_part_of_it() -> None:
    tries = [an_attempt("a", "one", 0, 10, run_id="before"), an_attempt("a", "one", 90, 95)]
    (lane,) = lanes_of_tries(tries)
    assert lane.spans[-1].stop_s == 5
    assert worker_lanes(tries[:1], "r")[1][0].spans[-1].stop_s == 10
    assert worker_lanes([], "r") == (None, [])
