"""A night of which something is drawn, and something only to be finished and delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.quote.forecast import WorkerCounts
from jobs.quote.lengths import Length
from jobs.quote.made import NOTHING_MADE, Made, made_by
from jobs.quote.quote import Asked, Quote, quote_of
from jobs.quote.render import in_words
from jobs.quote.workload import DrawnTake, LoadBuilder
from pipeline.delivery.finishing.finishers import Finishing, finishing_of
from pipeline.media.framing import Size
from pipeline.presets import ANIMATIC, TINY
from tests.jobs.commands.test_quote import a_try
from tests.jobs.quote.quote_builders import PLAIN, SEGMENT_S, SPLIT
from tests.noun_builders import a_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = finishing_of(1080, "animevideov3", sharpen=0, grain=0)
LARGER = replace(QUICK, lines=2160)
PACE = 4.0
"""Seconds for a million pixels."""

DRAWN = Made(drawn=True)
DESKS = replace(PLAIN, preset="tiny", desk_take_s=20.0, desk_segment_s=1.0, lead_share=0.25)


def a_quote(builder: LoadBuilder, *, cpus: int = 1, workers: int = 1) -> Quote:
    counts = WorkerCounts(workers=workers, cpus=cpus)
    asked = Asked(counts=counts, device="d", paces={QUICK.digest: PACE})
    return quote_of(builder.load(), [DESKS, PLAIN], asked)


def a_builder(*takes: tuple[int, Made], finishes: tuple[Finishing, ...] = ()) -> LoadBuilder:
    """Takes of one chain that `tiny` draws, of so many segments."""
    builder = LoadBuilder(split=SPLIT)
    for number, (segments, made) in enumerate(takes):
        job = a_job(job_id=f"job-{number}", continuity="chain")
        builder.add(job, TINY, Length(segments * SEGMENT_S), made, finishes)
    return builder


def test_what_only_has_to_be_finished_ends_when_it_is_finished() -> None:
    """100 segments of 47 frames of 128 x 128, and desks of 20 s and a second for each segment, a
    quarter of which came before the first segment."""
    quote = a_quote(a_builder((100, DRAWN), finishes=(QUICK,)))
    enlarging_s = 4700 * 128 * 128 / 1e6 * PACE
    assert quote.finishing[0].hours == pytest.approx(enlarging_s / 3600)
    assert quote.forecast.finish_s == pytest.approx(enlarging_s + 90, rel=0.01)
    assert (quote.forecast.takes, quote.forecast.segments, quote.forecast.gpu_h) == (1, 0, 0.0)
    lines = [*in_words(quote, NOW)]
    assert "Nothing is left to be rendered, but 1 take to be delivered." in lines
    assert any(line.startswith("finishing to 1080 lines by animevideov3") for line in lines)
    assert any(line.startswith("1 CPU slot: done in 6.6 min") for line in lines)


def test_takes_are_finished_beside_each_other_each_by_one_core() -> None:
    takes = a_builder(*[(10, DRAWN)] * 6)
    one_s = 0.75 * (20 + 10)
    for cpus, rounds in ((1, 6), (2, 3), (4, 2), (6, 1), (1000, 1)):
        told = a_quote(takes, cpus=cpus).forecast
        assert told.finish_s == pytest.approx(rounds * one_s, rel=0.01)


def test_the_end_of_what_is_left_is_as_uncertain_as_nights_are() -> None:
    slow = replace(DESKS, night_spread=0.2, runs=9)
    asked = Asked(counts=WorkerCounts(workers=1, cpus=1), device="d")
    told = quote_of(a_builder((10, DRAWN)).load(), [slow], asked).forecast
    assert told.latest_s / told.earliest_s == pytest.approx(np.exp(2 * 1.645 * 0.211), rel=0.15)


def test_a_take_whose_frames_are_enlarged_for_long_ends_the_night_after_it_is_drawn() -> None:
    """One of ten, and desks enough: the others do not share its hours."""
    builder = a_builder(*[(2, NOTHING_MADE)] * 9)
    long = a_job(job_id="long", continuity="chain")
    builder.add(long, TINY, Length(1000 * SEGMENT_S), NOTHING_MADE, (QUICK,))
    told = a_quote(builder, cpus=80, workers=10).forecast
    enlarging_s = 47_000 * 128 * 128 / 1e6 * PACE
    assert told.finish_s == pytest.approx(1000 * 10 + enlarging_s, rel=0.02)


def test_what_enlarges_is_as_uncertain_as_the_night() -> None:
    """It takes 1,540 s of 1,640, and nights differ by a fifth."""
    cost = replace(DESKS, night_spread=0.2, runs=9)
    asked = Asked(
        counts=WorkerCounts(workers=1, cpus=9), device="d", paces={QUICK.digest: 10 * PACE}
    )
    told = quote_of(a_builder((50, NOTHING_MADE), finishes=(QUICK,)).load(), [cost], asked).forecast
    assert told.latest_s / told.earliest_s == pytest.approx(np.exp(2 * 1.645 * 0.211), rel=0.2)


def test_a_network_has_still_to_see_what_is_not_stored_of_a_take() -> None:
    """Of two finishes by one network what is stored counts once."""
    whole = 470 * (64 * 64) / 1e6
    drawn = DrawnTake(
        frames=470, size=Size(width=64, height=64), seen={QUICK.digest: 1.25 * whole, "other": 9.0}
    )
    builder = LoadBuilder(split=SPLIT)
    builder.add(a_job(job_id="first"), TINY, Length(60.0), NOTHING_MADE)
    builder.add(a_job(), TINY, Length(60.0), DRAWN, (QUICK, LARGER), drawn)
    load = builder.load()
    assert load.finish[QUICK].tolist() == [0.0, 0.0]
    assert load.finish[LARGER] == pytest.approx([0.0, 0.75 * whole])
    assert load.seconds == 60.0 + 470 / 25, "its length is known by now"
    assert load.row_segments.tolist()[1] == 10


def test_only_presets_with_something_to_draw_start_cold_and_are_assumed() -> None:
    builder = LoadBuilder(split=SPLIT)
    builder.add(a_job(), ANIMATIC, Length(4 * SEGMENT_S))
    builder.add(a_job(), TINY, Length(60.0), DRAWN)
    asked = Asked(counts=WorkerCounts(workers=1, cpus=8), device="d")
    quote = quote_of(builder.load(), [replace(PLAIN, cold_s=7.0)], asked)
    assert quote.forecast.gpu_h * 3600 == pytest.approx(40.0 + 7.0)
    [assumed] = quote.assumed
    assert "no run of preset tiny on d is known, 5 s of a CPU for a take are assumed" in assumed


def test_no_more_workers_load_a_preset_than_it_has_chains() -> None:
    """Two chains of one and one of the other, with more workers than both have."""
    builder = LoadBuilder(split=SPLIT)
    for name, preset in (("a", ANIMATIC), ("b", ANIMATIC), ("c", TINY)):
        builder.add(a_job(job_id=name, continuity="chain"), preset, Length(SEGMENT_S))
    costs = [replace(PLAIN, cold_s=5.0), replace(DESKS, cold_s=100.0)]
    for workers, starts_s in ((1, 105.0), (2, 110.0), (1000, 110.0)):
        asked = Asked(counts=WorkerCounts(workers=workers, cpus=1), device="d")
        told = quote_of(builder.load(), costs, asked).forecast
        assert told.gpu_h * 3600 == pytest.approx(30.0 + starts_s)


def test_a_price_of_nothing_is_told_and_none_without_end_is_taken() -> None:
    asked = Asked(counts=WorkerCounts(workers=1, cpus=1), device="d", usd_per_gpu_hour=0.0)
    quote = quote_of(a_builder((9, NOTHING_MADE)).load(), [DESKS], asked)
    assert (quote.price_usd, quote.held_usd, quote.price_per_minute_usd) == (0.0, 0.0, 0.0)
    assert "0.00 USD for a delivered minute" in [*in_words(quote, NOW)]
    for price in ("inf", "nan", "-1"):
        told = CliRunner().invoke(app, ["quote", "night.csv", "--usd-per-gpu-hour", price])
        assert (told.exit_code, "--usd-per-gpu-hour" in told.output) == (2, True)


def test_the_ledger_tells_what_is_made_however_long_its_takes_turned_out() -> None:
    tries = [
        a_try(1, job="cut", chunk=0, segments_made=3, state="failed"),
        a_try(2, job="cut", chunk=0, segments_made=2),
        a_try(3, job="cut", chunk=1, segments_made=4, state="interrupted"),
        a_try(4, job="found", chunk=0, reused=True),
        a_try(5, job="drawn", stage="stitch", reused=True),
        a_try(6, job="ready", stage="prepare"),
    ]
    made = made_by(tries)
    assert made["cut"] == Made(segments={0: 5, 1: 4}, whole=frozenset({0}))
    assert [made["cut"].left(chunk, 9) for chunk in range(3)] == [0, 5, 9]
    assert made["found"] == Made(whole=frozenset({0}))
    assert made["drawn"].left(7, 9) == 0
    assert made.keys() == {"cut", "found", "drawn"}
    assert (NOTHING_MADE.begun, made["found"].begun, made["drawn"].begun) == (False, True, True)
