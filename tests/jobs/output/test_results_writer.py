"""What is kept of jobs that are over, and written down once."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path

import pytest

from jobs.engine.attempts import Tally
from jobs.engine.driver import Driver
from jobs.engine.executor import InProcess
from jobs.engine.phases import Failed, Failure, Finished
from jobs.engine.steering import Steering
from jobs.output.result_spool import ResultSpool
from jobs.output.results_writer import NOTHING, ResultsWriter
from jobs.reporting.metrics import Meter
from jobs.reporting.progress import Progress
from manifests import Ledger, Result
from manifests.errors import Transient
from manifests.problems import Invalid, Problem
from manifests.results import read_results
from manifests.storage.local import LocalStorage
from pipeline.nouns import Master, Published, Reel
from pipeline.workspace.workspace import Workspace
from tests.manifests.builders import an_attempt
from tests.noun_builders import SETTINGS, a_chunk, a_clip, a_take, an_artifact, an_order


def a_failed(asked: str) -> Failed:
    failure = Failure(kind="BadInput", code="no_face", message="no face was found")
    return Failed(order=an_order(asked), failure=failure)


def a_finished(asked: str) -> Finished:
    file = an_artifact(asked)
    master = Master(
        fingerprint="m",
        profile="web",
        file=file,
        frames=100,
        fps=25.0,
        width=64,
        height=64,
        duration_s=4.0,
    )
    return Finished(
        order=an_order(asked),
        reel=Reel(take=a_take(), pieces=(), joins=()),
        clips=(a_clip(a_chunk()),),
        published=Published(master=master, video=file, sidecar=file),
    )


def test_results_stand_in_the_order_of_the_rows_whenever_they_came(tmp_path: Path) -> None:
    orders = [an_order(name, place=place) for place, name in enumerate("abcd")]
    book = ResultsWriter(str(tmp_path), [order.job for order in orders], orders)
    for order in orders:
        book.job_admitted(order)
    book.job_over(a_finished("d"), Tally())
    book.write()
    book.job_over(a_failed("b"), Tally())
    book.job_over(a_finished("a"), Tally())
    book.write()
    told: list[Result] = list(read_results(str(tmp_path)))
    assert [(r.job_id, r.status) for r in told] == [("a", "done"), ("b", "invalid"), ("d", "done")]
    assert told == list(book.results())
    assert "/work/d" in str(told[2].deliverables)


def test_rows_that_an_earlier_manifest_was_refused_for_do_not_stay(tmp_path: Path) -> None:
    """What was rendered for others stays behind; what was never a job goes with its manifest."""
    problem = Problem(row=2, job_id="bad", column="script", code="empty", message="No script.")
    bad = Invalid(row=2, manifest="m", job_id="bad", problems=(problem,))
    order = an_order("a")
    first = ResultsWriter(str(tmp_path), [order.job, bad], [order])
    first.job_admitted(order)
    first.job_over(a_finished("a"), Tally())
    first.write()
    assert [r.job_id for r in read_results(str(tmp_path))] == ["a", "bad"]
    other = an_order("b")
    second = ResultsWriter(str(tmp_path), [other.job], [other])
    second.job_admitted(other)
    second.job_over(a_failed("b"), Tally())
    second.write()
    assert [r.job_id for r in read_results(str(tmp_path))] == ["b", "a"]


def test_a_row_that_is_made_once_more_counts_as_done_by_this_run(tmp_path: Path) -> None:
    """It was kept, then asked for with another seed: neither kept, nor counted twice."""
    old, held = an_order("a"), an_order("b")
    kept = {
        order.request_id: Result(
            job_id=order.request_id, status="done", fingerprint=order.request_id
        )
        for order in (old, held)
    }
    book = ResultsWriter(str(tmp_path), [], [])
    assert book.add([old.job, held.job], [old, held], kept) == []
    assert book.summary(Steering()) == replace(NOTHING, kept=2)
    new = replace(old, request_id="a-again")
    assert book.renew(old, new) == "kept"
    assert [order.request_id for order in book.open_orders] == ["a-again"]
    assert book.summary(Steering()) == replace(NOTHING, kept=1, left=1)
    book.job_admitted(new)
    book.job_over(replace(a_finished("a"), order=new), Tally())
    assert book.summary(Steering()) == replace(NOTHING, kept=1, done=1)
    assert [r.job_id for r in book.results()] == ["a", "b"]


def test_of_jobs_that_are_over_only_numbers_are_kept() -> None:
    progress = Progress(jobs=3, settled=0)
    tally = Tally(segments_made=2)
    for phase in (a_finished("a"), a_finished("b"), a_failed("c")):
        progress.job_moved(phase, tally)
        progress.job_over(phase, tally)
    pace = progress.pace()
    segments = sum(len(clip.segments) for clip in a_finished("a").clips)
    assert (pace.segments, pace.segments_known) == (2 * segments, 2 * segments)
    assert (pace.segments_made, pace.jobs_cut, pace.jobs_over, pace.jobs_blank) == (6, 2, 3, 1)
    assert not progress._segments
    assert not progress._made


def test_attempts_whose_answer_was_lost_are_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(out=str(tmp_path), scratch=tmp_path / "scratch")
    driver = Driver(InProcess(workspace), Ledger(str(tmp_path)), SETTINGS, "run")
    create = LocalStorage.create

    def unanswered(self: LocalStorage, uri: str, source: Path | bytes) -> bool:
        create(self, uri, source)
        raise Transient("storage_unavailable", "the answer was lost")

    with monkeypatch.context() as trouble:
        trouble.setattr(LocalStorage, "create", unanswered)
        driver._unwritten.append(an_attempt(task="first"))
        with pytest.raises(Transient):
            driver._write()
    driver._unwritten.append(an_attempt(task="second"))
    driver._write()
    assert sorted(a.task for a in Ledger(str(tmp_path)).read()) == ["first", "second"]


def test_a_result_that_has_no_room_leaves_those_before_it_readable() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    ended = ResultSpool(["a", "b", "c"])
    for name in "ab":
        ended.put(name, Result(job_id=name, status="done", started=now, finished=now))
    with limited(ended._file.seek(0, SEEK_END) + 7):
        with pytest.raises(Transient, match="no room for results"):
            ended.put("c", Result(job_id="c", status="done", warnings=("long" * 9000,)))
        assert [result.job_id for result in ended.rows({})] == ["a", "b"]
    assert "c" not in ended
    ended.put("c", Result(job_id="c", status="failed"))
    assert [result.job_id for result in ended.rows({})] == ["a", "b", "c"]


@contextmanager
def limited(largest_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond it, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signals = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signals)


def test_rows_that_come_in_and_rows_that_are_wanted_again_are_counted_once() -> None:
    progress = Progress(jobs=3, settled=1)
    told: dict[str, float] = {}

    def sink(name: str, label: str, value: float) -> None:
        if name == "rushes_jobs":
            told[label] = value

    meter = Meter(sink, 2, {"kept": 1, "invalid": 0})
    for grown in ({"waiting": 2, "invalid": 1, "kept": 1}, {"waiting": 1, "kept": -1}):
        progress.more(grown)
        meter.more(grown)
    meter.tell()
    assert (progress.pace().jobs, progress.pace().jobs_over) == (7, 2)
    assert (told["waiting"], told["kept"], told["invalid"]) == (5, 1, 1)
