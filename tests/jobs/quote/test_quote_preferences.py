"""What a quote prefers and how it learns: the order of a night, weights, usual chunks, advice."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.scheduler import Outlook, Slot, assign
from jobs.quote.advice import WORTH_S, advice_for, gain_s
from jobs.quote.cost_fit import fitted, least_squares
from jobs.quote.forecast import WorkerCounts, finish_of, night_of, queue_of
from jobs.quote.lengths import Length
from jobs.quote.made import Made
from jobs.quote.workload import LoadBuilder, chain_segments, chains_of
from manifests.job import Job
from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import SplitParams
from pipeline.presets import ANIMATIC
from tests.jobs.commands.test_quote import COST, NOW, a_load, a_try, seen_tries
from tests.noun_builders import a_generate_task, a_job, an_order

SPLIT = SplitParams()


def a_queue(jobs: list[Job], seconds: list[float]) -> list[str]:
    """The jobs in the order in which the quote hands their chains out."""
    builder = LoadBuilder(split=SPLIT)
    for job, long_s in zip(jobs, seconds, strict=True):
        builder.add(job, ANIMATIC, Length(long_s))
    load = builder.load()
    return [load.names[row] for row in load.row[queue_of(load, load.segments * 10.0)]]


rows = st.lists(
    st.tuples(st.integers(-1, 1), st.sampled_from([None, 1, 2]), st.integers(1, 5)),
    min_size=1,
    max_size=6,
)


@given(rows)
def test_the_quote_hands_chains_out_as_the_scheduler_does(
    given_rows: list[tuple[int, int | None, int]],
) -> None:
    """Priority, then due, then the longest chain, then the place in the manifest: one free worker
    takes the quote's first chain, then its second, ..."""
    jobs, tasks, lengths = [], [], []
    for number, (priority, due, segments) in enumerate(given_rows):
        when = None if due is None else NOW + timedelta(days=due)
        job_id = f"job-{number}"
        jobs.append(a_job(job_id=job_id, priority=priority, due=when, continuity="chain"))
        order = an_order(job_id, place=number, priority=priority, due=when)
        tasks.append(a_generate_task(order, segments * NEW_FRAMES))
        lengths.append(segments * NEW_FRAMES / FPS)
    outlook = Outlook(left=sum(task.remaining for task in tasks), generators=1, now=NOW)
    taken = []
    while tasks:
        ((task, _),) = assign(tasks, [Slot(worker="g", generates=True)], outlook)
        taken.append(task.order.request_id)
        tasks.remove(task)
    assert a_queue(jobs, lengths) == taken


def test_an_uncertain_equation_weighs_less() -> None:
    """A long chain scatters more: what it says counts by its share, so the two certain ones win."""
    terms = np.array([[1.0], [1.0], [100.0]])
    took = np.array([10.0, 10.0, 2000.0])
    plain = least_squares(terms, took, np.ones(3))[0]
    weighed = least_squares(terms, took, np.array([1.0, 1.0, 100.0]))[0]
    assert plain == pytest.approx(20.0, rel=0.01)
    assert weighed == pytest.approx((10 + 10 + 20) / 3)


def test_a_chain_counts_by_its_seconds_not_by_their_square() -> None:
    """Weighed by the root of its segments, so one slow chain of 100 segments lifts the cost of a
    segment to 3000 s / 200; without weights it would be 19.7 s."""
    short = [a_try(n, segments_made=1, gpu_s=10.0, worker="w") for n in range(20)]
    usual = [a_try(20 + n, segments_made=4, gpu_s=40.0, worker="w") for n in range(20)]
    slow = a_try(99, segments_made=100, gpu_s=2000.0, worker="w")
    (cost,) = fitted(seen_tries([*short, *usual, slow]))
    assert (cost.segment_s, cost.take_s, cost.cold_s) == pytest.approx((15.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("seconds", "chains"), [(10.0, 1), (28.0, 1), (31.0, 2), (42.0, 2), (60.0, 3), (105.0, 5)]
)
def test_usual_chunks_are_as_long_as_the_mean_of_window_and_longest(
    seconds: float, chains: int
) -> None:
    """The mean of 14 s and 28 s is 21 s; nothing is longer than 28 s."""
    assert chains_of(seconds, "cut", 0.0, SPLIT) == chains


def test_what_a_preset_holds_in_one_chain_is_not_cut() -> None:
    assert chains_of(60.0, "auto", 60.0, SPLIT) == 1
    assert chains_of(60.1, "auto", 60.0, SPLIT) == 3
    assert chains_of(999.0, "chain", 1.0, SPLIT) == 1
    assert chains_of(40.0, "cut", 60.0, SPLIT) == 2


def test_segments_of_equal_chunks_are_counted_from_their_frames() -> None:
    assert chain_segments(NEW_FRAMES / FPS, 1) == [1]
    assert chain_segments((NEW_FRAMES + 1) / FPS, 1) == [2]
    assert chain_segments(2 * NEW_FRAMES / FPS, 2) == [1, 1]
    assert chain_segments(0.0, 1) == [1]


def test_segments_that_exist_are_not_counted_again() -> None:
    builder = LoadBuilder(split=SPLIT)
    long = Length(4 * NEW_FRAMES / FPS)
    builder.add(a_job(job_id="half", continuity="chain"), ANIMATIC, long, Made(segments={0: 3}))
    builder.add(a_job(job_id="all", continuity="chain"), ANIMATIC, long, Made(segments={0: 4}))
    load = builder.load()
    assert load.segments.tolist() == [1]
    assert load.rows == 2


def test_a_chain_of_one_segment_is_never_advised_to_be_cut() -> None:
    """Its two halves would cost a segment each."""
    load = a_load([NEW_FRAMES / FPS], continuity="chain")
    counts = WorkerCounts(workers=2, cpus=9)
    (chain,) = advice_for(load, night_of(load, {"animatic": COST}), counts, {}).chains
    assert (chain.segments, chain.critical, chain.cut_s) == (1, False, None)
    longer = a_load([2 * NEW_FRAMES / FPS], continuity="chain")
    (chain,) = advice_for(longer, night_of(longer, {"animatic": COST}), counts, {}).chains
    assert (chain.segments, chain.critical) == (2, True)


@pytest.mark.parametrize(
    ("now_s", "then_s", "gained_s"),
    [(100.0, 99.0, 1.0), (100.0, 99.1, 0.0), (1000.0, 995.0, 5.0), (1000.0, 996.0, 0.0)],
)
def test_advice_gains_a_second_and_half_a_percent_at_least(
    now_s: float, then_s: float, gained_s: float
) -> None:
    assert gain_s(now_s, then_s) == pytest.approx(gained_s)
    assert WORTH_S == 1.0


def test_the_order_of_chains_is_the_longest_first_among_equals() -> None:
    jobs = [a_job(job_id=name, continuity="chain") for name in "abc"]
    for lengths in permutations([4.0, 8.0, 12.0]):
        longest = [name for _, name in sorted(zip(lengths, "abc", strict=True), reverse=True)]
        assert a_queue(jobs, list(lengths)) == longest


def test_a_night_without_chains_takes_no_time() -> None:
    load = a_load([])
    night = night_of(load, {"animatic": COST})
    assert finish_of(night, night.chain_s, WorkerCounts(workers=1, cpus=1)) == 0
