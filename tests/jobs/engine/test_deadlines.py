"""A take is cut when its one chain would be late, and only then, and only as much as that needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig
from jobs.engine.attempts import RunCounters
from jobs.engine.deadlines import Deadlines, Rush, longest_in_time
from jobs.engine.phases import Prepared, Shooting
from jobs.engine.scheduler import Slot
from jobs.run import run
from manifests import Job
from tests.night import CUT_OFTEN, LONG, Media, a_manifest, results
from tests.noun_builders import a_chunk, a_shot, a_take, an_order
from tests.sketched import DrawsNothing

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def a_rush(**fields: float) -> Rush:
    usual: dict[str, float] = {
        "segments": 100,
        "left_s": 3600.0,
        "ahead_s": 0.0,
        "segment_s": 10.0,
        "after_s": 0.0,
        "generators": 8,
    }
    return Rush(**(usual | fields))  # type: ignore[arg-type]  # fields by name


def test_a_chain_that_is_on_time_is_not_cut() -> None:
    assert longest_in_time(a_rush(left_s=1200.0)) == 0


def test_a_chain_that_would_be_late_is_cut_to_what_the_time_allows() -> None:
    assert longest_in_time(a_rush(left_s=560.0)) == 50


def test_work_that_goes_first_takes_its_time() -> None:
    assert longest_in_time(a_rush(left_s=560.0, ahead_s=8 * 110.0)) == 40


def test_what_is_too_late_is_cut_into_a_share_for_each_generator_and_no_further() -> None:
    assert longest_in_time(a_rush(left_s=-500.0)) == 13


def test_on_one_generator_no_cut_helps() -> None:
    assert longest_in_time(a_rush(left_s=0.0, generators=1)) == 0


@given(
    segments=st.integers(1, 2000),
    left_s=st.floats(-1e4, 1e5),
    ahead_s=st.floats(0, 1e5),
    segment_s=st.floats(0.1, 200),
    generators=st.integers(1, 64),
)
def test_cutting_to_the_limit_is_on_time_or_as_early_as_can_be(
    segments: int, left_s: float, ahead_s: float, segment_s: float, generators: int
) -> None:
    rush = a_rush(
        segments=segments,
        left_s=left_s,
        ahead_s=ahead_s,
        segment_s=segment_s,
        generators=generators,
    )
    longest = longest_in_time(rush)
    begins_s = ahead_s / generators + segment_s
    if longest == 0:
        on_time = begins_s + segments * segment_s <= left_s + 1e-6 * abs(left_s)
        assert on_time or generators == 1 or segments == 1
    else:
        assert longest < segments
        on_time = begins_s + longest * segment_s <= left_s
        assert on_time or longest == -(-segments // generators)


def test_only_rows_that_are_due_and_leave_it_to_us_are_cut() -> None:
    late = NOW - timedelta(hours=1)
    take = a_take(47 * 50)
    for fields, cut in (
        ({"due": late}, True),
        ({}, False),
        ({"due": late, "continuity": "chain"}, False),
        ({"due": NOW + timedelta(days=1)}, False),
    ):
        phase = Prepared(order=an_order(**fields), take=take)
        assert bool(Deadlines(RunCounters()).longest(phase, [], 8, NOW)) == cut


def test_only_what_is_as_urgent_goes_first() -> None:
    due = NOW + timedelta(seconds=400)  # 50 segments take 250 s and a margin
    mine = Prepared(order=an_order("mine", due=due), take=a_take(47 * 50))

    def busy(asked: str, **fields: object) -> Shooting:
        order = an_order(asked, **fields)
        return Shooting(order=order, take=a_take(), shots=(a_shot(a_chunk(stop=47 * 500)),))

    later = busy("later", due=due + timedelta(hours=1))
    sooner = busy("sooner", due=due - timedelta(hours=1))
    assert Deadlines(RunCounters()).longest(mine, [mine, later], 8, NOW) == 0
    assert Deadlines(RunCounters()).longest(mine, [mine, later, sooner], 8, NOW) > 0


class Three(DrawsNothing):
    """Counts as three generators; what it is given runs one after the other."""

    def slots(self) -> tuple[Slot, ...]:
        names = ((f"generator-{n}", True) for n in range(3))
        return tuple(Slot(worker=w, generates=g) for w, g in (("cpu", False), *names))


class Standing(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


def test_a_night_cuts_the_take_that_would_be_late(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.engine.driver.datetime", Standing)
    due = NOW + timedelta(seconds=20)  # at the 5 s a segment that nobody measured
    jobs = [
        Job(job_id="late", portrait_uri=str(media.portrait), script=f"{LONG} In time.", due=due),
        Job(job_id="whole", portrait_uri=str(media.portrait), script=LONG),
    ]
    config = RunConfig(scratch=tmp_path / "scratch", split=CUT_OFTEN)
    run([a_manifest(tmp_path, jobs)], str(tmp_path / "out"), config, executor=Three)
    made = results(tmp_path / "out")
    assert made["whole"].chunks == 1
    assert made["late"].chunks > 1
    assert any(w.startswith("cut_to_be_on_time: begun anew at ") for w in made["late"].warnings)
    assert not any("cut_to_be_on_time" in w for w in made["whole"].warnings)
