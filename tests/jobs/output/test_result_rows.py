"""What results say of a job, and which results of an earlier run still answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.engine.attempts import Tally
from jobs.engine.phases import Failed, Failure, Finished
from jobs.output.result_rows import (
    TRIED_ANEW,
    damage_warnings,
    deadline_warnings,
    deliverables_of,
    invalid_result,
    result_of,
    settled,
    still_true,
)
from manifests.problems import Invalid, Problem
from manifests.results import Deliverable, Result
from pipeline.nouns import Captions, Master, Published, Reel
from tests.manifests.builders import a_result
from tests.noun_builders import a_chunk, a_clip, a_take, an_artifact, an_order

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def finished(*ends: int, frames: int = 0, **fields: object) -> Finished:
    """A take that was cut at these frames."""
    stops = [0, *ends]
    chunks = [a_chunk(n, stops[n], stop) for n, stop in enumerate(ends)]
    master = Master(
        fingerprint="m",
        profile="web",
        file=an_artifact("m"),
        frames=ends[-1],
        fps=25.0,
        width=64,
        height=48,
        duration_s=ends[-1] / 25,
    )
    return Finished(
        order=an_order("a", **fields),
        reel=Reel(take=a_take(frames or ends[-1]), pieces=(), joins=()),
        clips=tuple(map(a_clip, chunks)),
        published=Published(
            master=master, video=an_artifact("a.mp4"), sidecar=an_artifact("a.json")
        ),
    )


def test_a_done_row_says_what_was_made() -> None:
    """100 frames are three segments, 50 are two; each took a second."""
    result = result_of(finished(100, 150), Tally(attempts=7), NOW)
    assert (result.status, result.chunks, result.segments, result.gpu_s) == ("done", 2, 5, 5.0)
    assert (result.frames, result.duration_s, result.width, result.height) == (150, 6.0, 64, 48)
    assert (result.attempts, result.seed, result.fingerprint) == (7, 7, "a")
    assert (result.preset, result.started, result.error_code) == ("animatic", NOW, None)
    assert result.finished is not None
    assert result.finished > NOW


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("BadInput", "invalid"),
        ("Rejected", "rejected"),
        ("Cancelled", "cancelled"),
        ("Transient", "failed"),
        ("Unexpected", "failed"),
    ],
)
def test_a_failed_row_says_where_it_stands_and_who_must_act(kind: str, status: str) -> None:
    order = an_order("a", row=3, manifest="s3://in/night.csv")
    failure = Failure(kind=kind, code="no_face", message="no face was found")
    result = result_of(Failed(order=order, failure=failure), Tally(attempts=2), NOW)
    assert (result.status, result.error_code, result.attempts) == (status, "no_face", 2)
    assert result.error_message == "Row 3 of night.csv (a): no face was found"
    assert (result.frames, result.video_uri) == (0, None)


def test_a_take_that_was_cut_to_be_on_time_says_where() -> None:
    """25 frames a second; ANIMATIC holds 28 s in one chain."""
    due = NOW + timedelta(hours=1)
    told = list(deadline_warnings(finished(100, 150, 200, due=due), NOW))
    assert told == [
        "cut_to_be_on_time: begun anew at 4.00 s, 6.00 s; `continuity` chain forbids it"
    ]
    longest = finished(400, 700, due=due)
    assert len(list(deadline_warnings(longest, NOW))) == 1
    for silent in (
        finished(400, 701, due=due),
        finished(100, due=due),
        finished(100, 150, due=due, continuity="cut"),
        finished(100, 150),
    ):
        assert list(deadline_warnings(silent, NOW)) == []


def test_a_take_is_late_once_its_time_is_over() -> None:
    take = finished(100, due=NOW)
    assert list(deadline_warnings(take, NOW)) == []
    assert list(deadline_warnings(take, NOW + timedelta(seconds=90.4))) == [
        "late: 90 s after it was due"
    ]


def test_damage_is_told_with_its_number_and_first_file() -> None:
    assert list(damage_warnings(Tally())) == []
    (told,) = damage_warnings(Tally(dropped={"/work/1.mkv": None, "/work/2.mkv": None}))
    assert told.startswith("work_damaged: 2 finished files were changed")
    assert "the first /work/1.mkv;" in told


def test_every_file_of_a_row_is_delivered_under_its_profile() -> None:
    published = finished(100).published
    srt = Captions(format="srt", file=an_artifact("a.srt"), breaches=0)
    named = deliverables_of(replace(published, captions=(srt,)))
    assert [(each.profile, each.uri) for each in named] == [
        ("web", "/work/a.mp4"),
        ("srt", "/work/a.srt"),
        ("sidecar", "/work/a.json"),
    ]
    assert {each.bytes for each in named} == {1}


def test_a_refused_row_says_all_that_is_wrong_with_it() -> None:
    problems = tuple(
        Problem(row=1, job_id="a", column="script", code=code, message=f"{code} is so.")
        for code in ("one", "two")
    )
    result = invalid_result(Invalid(manifest="m", row=1, job_id="a", problems=problems))
    assert (result.status, result.error_code) == ("invalid", "one")
    assert result.error_message == "one is so. two is so."
    assert result.started == result.finished


def a_done(folder: Path, *sizes: int) -> Result:
    """A finished row whose files should have so many bytes; each has three."""
    files = []
    for n, size in enumerate(sizes):
        path = folder / f"{n}.mp4"
        path.write_bytes(b"mp4")
        files.append(Deliverable(profile=f"{n}", uri=str(path), sha256="", bytes=size))
    return a_result(status="done", deliverables=tuple(files), fingerprint="a")


def test_a_finished_row_holds_while_all_its_files_are_there_as_they_were(tmp_path: Path) -> None:
    assert still_true(a_done(tmp_path, 3, 3))
    assert not still_true(a_done(tmp_path, 3, 4))
    assert not still_true(a_done(tmp_path, 4, 3))
    whole = a_done(tmp_path, 3, 3)
    (tmp_path / "1.mp4").unlink()
    assert not still_true(whole)


def test_refused_rows_hold_unless_another_machine_or_setting_may_mend_them() -> None:
    assert still_true(a_result(status="invalid", error_code="no_face"))
    for code in TRIED_ANEW:
        assert not still_true(a_result(status="invalid", error_code=code))
    for status in ("failed", "rejected", "cancelled"):
        assert not still_true(a_result(status=status, error_code="no_face"))


def test_only_the_same_request_is_answered_by_a_result(tmp_path: Path) -> None:
    orders = [an_order(name) for name in "abc"]
    done = a_done(tmp_path, 3)
    before = {"a": done, "c": a_result(status="failed"), "d": done}
    assert settled(orders, before) == {"a": done}
