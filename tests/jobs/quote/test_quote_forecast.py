"""What a night is foretold to take and what is advised, in numbers reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import hypot, sqrt

import numpy as np
import pytest

from jobs.quote import forecast as forecasting
from jobs.quote.advice import Cut, advice_for, cut_up, gain_s
from jobs.quote.forecast import (
    HOUR_S,
    NIGHTS,
    WorkerCounts,
    finish_of,
    finishes,
    forecast,
    night_of,
    simulated_chain_s,
    spread_of_cost,
)
from jobs.quote.lengths import Length
from jobs.quote.made import Made
from jobs.quote.workload import LoadBuilder
from pipeline.cutting.cuts import SplitParams
from pipeline.presets import ANIMATIC
from tests.jobs.commands.test_quote import COST
from tests.jobs.quote.quote_builders import (
    CERTAIN,
    PLAIN,
    SEGMENT_S,
    SPLIT,
    TINY,
    a_load,
    a_night,
)
from tests.noun_builders import a_job


def test_a_chain_takes_its_segments_its_take_and_what_is_wasted() -> None:
    night = a_night(a_load(1, 4, 2), replace(COST, waste=0.5, segment_spread=0.3))
    assert night.chain_s == pytest.approx(np.array([43.0, 23.0, 13.0]) * 1.5)
    assert night.order.tolist() == [1, 2, 0]
    assert night.spread == pytest.approx([0.3 / 2, 0.3 / sqrt(2), 0.3])
    assert (night.cold_s, night.desk_s, night.around_s) == (40.0, 0.0, 0.0)


def test_a_night_is_what_generators_or_desks_take_and_what_is_around_them() -> None:
    """Three takes of 7 segments: 3 x 6 s and 7 x 1 s of desks, a third of it around the night."""
    night = a_night(a_load(1, 4, 2), replace(COST, desk_take_s=6.0, desk_segment_s=1.0))
    assert (night.desk_s, night.around_s) == (25.0, pytest.approx(25 / 3))
    for workers, cpus, between_s in ((2, 9, 83.0), (1, 9, 119.0), (9, 1, 83.0)):
        counts = WorkerCounts(workers=workers, cpus=cpus)
        assert finish_of(night, night.chain_s, counts) == pytest.approx(25 / 3 + between_s)
    slow = replace(night, desk_s=1000.0)
    assert finish_of(slow, night.chain_s, WorkerCounts(workers=2, cpus=4)) == pytest.approx(
        25 / 3 + (1000 - 25 / 3) / 4
    )
    alone = replace(night, desk_s=25 / 3)
    assert finish_of(alone, np.array([1.0]), WorkerCounts(workers=1, cpus=1)) == pytest.approx(
        25 / 3 + 41
    ), "the desks of one take are not counted twice"


def test_takes_of_several_chunks_and_presets_cost_what_theirs_cost() -> None:
    builder = LoadBuilder(split=SPLIT)
    builder.add(a_job(job_id="cut"), ANIMATIC, Length(60.0, spread=0.2))
    builder.add(a_job(job_id="one", continuity="chain"), TINY, Length(SEGMENT_S, spread=0.1))
    load = builder.load()
    desks = replace(PLAIN, desk_take_s=6.0, desk_segment_s=1.0, cold_s=5.0, night_spread=0.3)
    tiny = replace(PLAIN, desk_take_s=100.0, segment_s=1000.0, cold_s=7.0)
    night = night_of(load, {"animatic": desks, "tiny": tiny, "unused": COST})
    assert night.chain_s.tolist() == [1000.0, 110.0, 110.0, 110.0]
    assert night.take.tolist() == [1, 0, 0, 0]
    assert night.length_spread == pytest.approx([0.2, 0.1])
    assert night.desk_s == 6.0 + 33 * 1.0 + 100.0
    assert night.around_s == night.desk_s / 2
    assert night.cold_s == 12.0
    assert night.night_spread == pytest.approx(0.3)
    told = forecast(load, night, WorkerCounts(workers=1, cpus=9))
    assert (told.takes, told.chunks, told.segments) == (2, 4, 34)


@pytest.mark.parametrize(
    ("runs", "segments", "spread"),
    [
        (0, 0, 0.3),
        (1, 0, 0.3 * sqrt(2)),
        (3, 0, 0.3 * sqrt(4 / 3)),
        (0, 4, hypot(0.3, 0.2)),
        (3, 16, hypot(0.3 * sqrt(4 / 3), 0.1)),
    ],
)
def test_what_few_nights_and_segments_taught_is_less_certain(
    runs: int, segments: int, spread: float
) -> None:
    cost = replace(PLAIN, runs=runs, segments=segments, night_spread=0.3, segment_spread=0.4)
    assert spread_of_cost(cost) == pytest.approx(spread)


def test_estimates_are_those_of_the_chains_together() -> None:
    """43 s, 23 s and 13 s, and 40 s for each of the workers that get one."""
    load = a_load(1, 4, 2)
    for workers, cold_s in ((1, 40.0), (2, 80.0), (3, 120.0), (9, 120.0)):
        told = forecast(load, a_night(load, COST), WorkerCounts(workers=workers, cpus=8))
        assert told.gpu_h * HOUR_S == pytest.approx(79.0 + cold_s)
        assert (told.takes, told.chunks, told.segments) == (3, 3, 7)
    assert (told.earliest_s, told.finish_s, told.latest_s) == pytest.approx((83.0,) * 3)


def test_an_interval_holds_nine_nights_of_ten() -> None:
    """Of 61 nights: a tenth of the way from the third to the fourth, and as far from the end."""
    load = a_load(3, 2, 2)
    night = a_night(load, replace(COST, night_spread=0.2, segment_spread=0.3))
    counts = WorkerCounts(workers=2, cpus=8)
    ends = finishes(night, counts)
    assert len(ends) == NIGHTS == 61
    assert all(first < second for first, second in pairwise(ends))
    told = forecast(load, night, counts)
    assert told.earliest_s == pytest.approx(ends[2] + 0.1 * (ends[3] - ends[2]))
    assert told.latest_s == pytest.approx(ends[57] + 0.9 * (ends[58] - ends[57]))
    assert told.finish_s == pytest.approx(ends[30])


def test_an_interval_is_as_wide_as_the_length_of_its_take_is_uncertain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One long take off by a deviation of 0.15: 90 % lie within e^(+-1.645 x 0.15). Thirty times
    the nights, so that the draws say it to a twentieth."""
    monkeypatch.setattr(forecasting, "NIGHTS", 30 * NIGHTS)
    load = a_load(300, spread=0.15)
    told = forecast(load, a_night(load), WorkerCounts(workers=1, cpus=8))
    assert told.finish_s == pytest.approx(3000.0, rel=0.02)
    wide = np.exp(1.645 * 0.15) - np.exp(-1.645 * 0.15)
    assert (told.latest_s - told.earliest_s) / told.finish_s == pytest.approx(wide, rel=0.05)


def test_a_drawn_night_has_the_expected_mean_and_is_the_same_every_time() -> None:
    night = a_night(a_load(*[4] * 4000, spread=0.3), replace(CERTAIN, segment_spread=0.8))
    seconds = simulated_chain_s(night, 7)
    assert (seconds == simulated_chain_s(night, 7)).all()
    assert (seconds != simulated_chain_s(night, 8)).all()
    assert seconds.mean() == pytest.approx(40.0, rel=0.03)
    assert np.log(seconds / 40.0).std() == pytest.approx(hypot(0.4, 0.3), rel=0.03)


def test_a_night_is_slow_as_a_whole_and_a_take_in_all_its_chunks() -> None:
    slow = a_night(a_load(1, 2, 3), replace(PLAIN, night_spread=0.4))
    factors = [simulated_chain_s(slow, number) / slow.chain_s for number in range(400)]
    assert all(each == pytest.approx(each[0]) for each in factors)
    assert np.std([np.log(each[0]) for each in factors]) == pytest.approx(0.4, rel=0.1)
    assert np.mean([np.log(each[0]) for each in factors]) == pytest.approx(0.0, abs=0.06)
    builder = LoadBuilder(split=SPLIT)
    for name in "ab":
        builder.add(a_job(job_id=name), ANIMATIC, Length(60.0, spread=0.3))
    takes = a_night(builder.load())
    parts = simulated_chain_s(takes, 0) / takes.chain_s
    assert [len(set(parts[takes.take == take].round(9))) for take in (0, 1)] == [1, 1]
    assert len(set(parts.round(9))) == 2


def test_nothing_to_render_is_forecast_as_nothing() -> None:
    for load, costs in ((a_load(), {}), (a_load(), {"animatic": COST})):
        told = forecast(load, night_of(load, costs), WorkerCounts(workers=2, cpus=2))
        assert (told.gpu_h, told.finish_s, told.earliest_s, told.latest_s) == (0, 0, 0, 0)
        assert night_of(load, costs).night_spread == 0
    night = a_night(a_load(1))
    assert finish_of(night, np.array([]), WorkerCounts(workers=1, cpus=1)) == 0


def test_a_pause_splits_a_chain_where_its_length_belongs() -> None:
    ordered = np.array([9.0, 5.0, 1.0])
    assert cut_up(ordered, [0], [0.5]).tolist() == [5.0, 4.5, 4.5, 1.0]
    assert cut_up(ordered, [0, 1], [0.25, 0.5]).tolist() == [6.75, 2.5, 2.5, 2.25, 1.0]
    equal = np.array([9.0, 5.0, 5.0])
    assert cut_up(equal, [0], [0.25]).tolist() == [6.75, 5.0, 5.0, 2.25]
    urgent = np.array([4.0, 1.0, 9.0, 2.0, 3.0])  # a night that priorities order
    assert cut_up(urgent, [2], [0.25]).tolist() == [4.0, 1.0, 2.25, 6.75, 2.0, 3.0]
    assert cut_up(urgent, [2, 0], [0.25, 0.25]).tolist() == [1, 3, 1, 2.25, 6.75, 2, 3]


def test_chains_are_judged_by_what_their_cut_gains_with_those_before_them_cut_too() -> None:
    """Four workers, 1000 s and 800 s: cut in halves the night ends at 800 s, then at 500 s."""
    load = a_load(1, 100, 80, 2)
    counts = WorkerCounts(workers=4, cpus=8)
    advice = advice_for(load, a_night(load), counts, {})
    told = [(c.job_id, c.segments, c.seconds, c.earlier_s, c.cut_s) for c in advice.chains]
    assert told == [
        ("job-1", 100, 1000.0, 200.0, None),
        ("job-2", 80, 800.0, 300.0, None),
        ("job-3", 2, 20.0, 0.0, None),
    ]
    assert [chain.critical for chain in advice.chains] == [True, True, False]
    cuts = {"job-1": Cut(at_s=47.0, share=0.25)}
    first = advice_for(load, a_night(load), counts, cuts).chains[0]
    assert (first.earlier_s, first.cut_s) == (200.0, 47.0)  # 750 s are not the longest any more
    alone = a_load(100)
    first = advice_for(alone, a_night(alone), counts, {"job-0": Cut(at_s=47.0, share=0.25)}).chains[
        0
    ]
    assert (first.earlier_s, first.cut_s) == (250.0, 47.0)


def test_a_chunk_is_named_by_its_take_and_number() -> None:
    builder = LoadBuilder(split=SPLIT)
    builder.add(a_job(job_id="a"), ANIMATIC, Length(60.0), Made(segments={0: 9, 1: 1}))
    builder.add(a_job(job_id="b", priority=1), ANIMATIC, Length(4 * SEGMENT_S))
    load = builder.load()
    chains = advice_for(load, a_night(load), WorkerCounts(workers=9, cpus=9), {}).chains
    assert [(c.job_id, c.chunk, c.segments) for c in chains] == [
        ("a", 2, 11),
        ("a", 1, 10),
        ("b", 0, 4),
    ]


@pytest.mark.parametrize(("workers", "one_more_s", "twice_s"), [(2, 20.0, 30.0), (3, 10.0, 20.0)])
def test_workers_are_worth_what_they_end_the_night_earlier(
    workers: int, one_more_s: float, twice_s: float
) -> None:
    """Twelve chains of 10 s."""
    load = a_load(*[1] * 12)
    advice = advice_for(load, a_night(load), WorkerCounts(workers=workers, cpus=9), {})
    assert (advice.one_more_s, advice.twice_s) == (one_more_s, twice_s)
    assert gain_s(10.0, 11.0) == 0.0


def test_the_chunks_of_one_take_are_long_or_short_together() -> None:
    """What a script is longer than told, all its chunks are: one long take is less certain than the
    same seconds in many takes."""

    def width(lengths_s: list[float]) -> float:
        builder = LoadBuilder(split=SplitParams())
        for index, seconds in enumerate(lengths_s):
            builder.add(a_job(job_id=f"job-{index}"), ANIMATIC, Length(seconds, spread=0.15))
        load = builder.load()
        told = forecast(load, night_of(load, {"animatic": COST}), WorkerCounts(workers=1, cpus=8))
        return (told.latest_s - told.earliest_s) / told.finish_s

    assert width([20.0] * 300) < width([6000.0]) / 5
