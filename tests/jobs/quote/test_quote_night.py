"""The load and the queue of a night in numbers reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.quote import forecast as nights
from jobs.quote.forecast import (
    WorkerCounts,
    filled,
    finish_of,
    hand_out,
    makespan_s,
)
from jobs.quote.lengths import Length
from jobs.quote.made import Made
from jobs.quote.workload import LoadBuilder, chain_segments, chains_of
from model.shapes import FPS
from pipeline.cutting.cuts import SplitParams
from pipeline.presets import ANIMATIC
from tests.jobs.commands.test_quote import NOW
from tests.jobs.quote.quote_builders import (
    SEGMENT_S,
    SPLIT,
    TINY,
    a_load,
    a_night,
)
from tests.noun_builders import a_job


def test_chunks_are_no_shorter_than_the_shortest() -> None:
    """The mean of window and longest would be 11 s."""
    split = SplitParams(longest_s=20.0, window_s=2.0, shortest_s=15.0)
    assert chains_of(60.0, "cut", 0.0, split) == 4
    assert chains_of(0.0, "cut", 0.0, split) == 1


def test_every_chunk_has_a_segment_however_short_its_take() -> None:
    assert chain_segments(0.0, 3) == chain_segments(1 / FPS, 3) == [1, 1, 1]
    assert chain_segments(4 * SEGMENT_S, 2) == [2, 2]
    assert chain_segments(5 * SEGMENT_S, 2) == [3, 3]
    assert chain_segments(10 * SEGMENT_S - 1e-9, 1) == [10]


def test_a_load_has_a_column_for_each_chain_that_is_left() -> None:
    builder = LoadBuilder(split=SPLIT)
    long = Length(60.0, spread=0.25)
    builder.add(a_job(job_id="a", priority=2), TINY, long, Made(segments={0: 3, 1: 11, 2: 99}))
    due = a_job(job_id="b", due=NOW + timedelta(seconds=5), continuity="chain")
    builder.add(due, ANIMATIC, Length(4 * SEGMENT_S), Made(segments={1: 9}))
    builder.add(a_job(job_id="c"), TINY, Length(SEGMENT_S))
    load = replace(
        builder.load(invalid=3, guessed=4, unvoiced={"fr", "de"}),
        finished=2,
        changed=5,
        cancelled=7,
    )
    assert chain_segments(60.0, 3) == [11, 11, 11]
    assert (list(load.names), list(load.presets)) == (["a", "b", "c"], ["tiny", "animatic"])
    assert load.row.tolist() == [0, 1, 2]
    assert load.chunk.tolist() == [0, 0, 0]
    assert load.segments.tolist() == [8, 4, 1]
    assert load.preset.tolist() == [0, 1, 0]
    assert load.priority.tolist() == [2, 0, 0]
    assert load.due.tolist() == [inf, (NOW + timedelta(seconds=5)).timestamp(), inf]
    assert load.spread.tolist() == [0.25, 0.0, 0.0]
    assert load.seconds == pytest.approx(60.0 + 5 * SEGMENT_S)
    assert (load.rows, load.finished, load.invalid) == (3 + 2 + 3 + 7, 2, 3)
    assert (load.guessed, list(load.unvoiced), load.changed) == (4, ["de", "fr"], 5)
    bare = builder.load()
    assert (bare.rows, bare.finished, bare.invalid, bare.guessed, bare.changed) == (3, 0, 0, 0, 0)


def test_chunks_of_a_take_are_numbered() -> None:
    builder = LoadBuilder(split=SPLIT)
    builder.add(a_job(), ANIMATIC, Length(60.0), Made(segments={1: 10}))
    load = builder.load()
    assert (load.row.tolist(), load.chunk.tolist()) == ([0, 0, 0], [0, 1, 2])
    assert load.segments.tolist() == [11, 1, 11]


def test_a_worker_that_is_free_first_gets_the_next_chain() -> None:
    assert hand_out([5.0, 1.0, 3.0], [1.0]) == 5.0
    assert hand_out([5.0, 1.0, 3.0], [1.0, 1.0, 3.0]) == 6.0
    assert makespan_s(np.array([5.0, 3.0, 3.0, 1.0]), 2, 7.0) == 13.0
    assert makespan_s(np.array([5.0]), 9, 7.0) == 12.0
    assert makespan_s(np.array([]), 9, 7.0) == 0.0


def test_only_what_lies_between_head_and_tail_of_a_long_queue_is_poured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two workers: the chain of 3 s between fills both to 2.5 s; one by one the end is at 3 s."""
    monkeypatch.setattr(nights, "ONE_BY_ONE", 1)
    assert makespan_s(np.array([2.0, 3.0]), 2, 0.0) == 3.0
    assert makespan_s(np.array([2.0, 3.0, 1.0]), 2, 0.0) == 3.5
    assert makespan_s(np.array([2.0, 3.0, 1.0]), 2, 7.0) == 10.5
    monkeypatch.setattr(nights, "ONE_BY_ONE", 2)
    assert makespan_s(np.array([2.0, 3.0, 1.0]), 2, 0.0) == 3.0
    assert makespan_s(np.array([5.0, 1.0, 3.0, 3.0, 2.0, 2.0]), 2, 0.0) == 8.0  # one by one: 9 s


@pytest.mark.parametrize(
    ("free", "work_s", "after"),
    [
        ([1.0, 2.0, 10.0], 5.0, [4.0, 4.0, 10.0]),
        ([10.0, 1.0, 2.0], 1.0, [2.0, 2.0, 10.0]),
        ([1.0, 2.0, 10.0], 20.0, [11.0, 11.0, 11.0]),
        ([3.0, 1.0], 0.0, [1.0, 3.0]),
        ([2.0], 0.5, [2.5]),
    ],
)
def test_poured_work_stands_level(free: list[float], work_s: float, after: list[float]) -> None:
    assert filled(np.array(free), work_s) == pytest.approx(after)


@given(st.lists(st.integers(1, 9), max_size=7), st.integers(1, 3))
def test_a_night_is_as_long_as_its_chains_handed_out_one_by_one(
    chains: list[int], workers: int
) -> None:
    """Longest first, each to whoever has the least, counted worker by worker."""
    night = a_night(a_load(*chains))
    ends = [0] * workers
    for seconds in sorted(chains, reverse=True):
        ends[ends.index(min(ends))] += 10 * seconds
    assert finish_of(night, night.chain_s, WorkerCounts(workers=workers, cpus=1)) == pytest.approx(
        max(ends)
    )
