"""Two runs on one output folder: one works, the other waits, and a sleeper names nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.engine.executor import InProcess, Report
from jobs.output.lease_holder import Applicant, lease_held
from jobs.run import run
from manifests import Job
from manifests.lease import Epoch, Holder, begin, latest
from tests.night import SHORT, Media, a_manifest, results, run_here
from tests.said_once import said_once

FAR = Holder(host="another", place="another boot", pid=1, began="1")


def somebody_begins(out: Path) -> None:
    assert begin(str(out), Epoch(number=latest(str(out)) + 1, holder=FAR, since="now"))


def test_a_silent_driver_is_followed_after_its_term_and_not_before(tmp_path: Path) -> None:
    somebody_begins(tmp_path)
    applicant = Applicant(out=str(tmp_path), term_s=30.0)
    assert applicant.apply(1000.0) is None
    assert applicant.apply(1029.0) is None
    assert applicant.holder == FAR
    lease = applicant.apply(1030.0)
    assert lease is not None
    assert lease.number == 2


def test_the_next_run_begins_at_once_when_one_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the same instant of a clock that stands still, without one look more than the first."""
    monkeypatch.setattr("jobs.output.lease_holder.monotonic", lambda: 1000.0)

    def stopping() -> bool:
        pytest.fail("it waits")

    for number in (1, 2, 3):
        with lease_held(str(tmp_path), 30.0, stopping) as lease:
            assert lease is not None
            assert lease.number == number


def test_a_run_that_is_told_to_stop_while_it_waits_leaves_everything(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    out = tmp_path / "out"
    somebody_begins(out)
    manifest = a_manifest(
        tmp_path, [Job(job_id="a", portrait_uri=str(media.portrait), script="A.")]
    )
    config = RunConfig(scratch=scratch)
    summary = run([manifest], str(out), config, executor=InProcess, stopping=lambda: True)
    assert (summary.left, summary.complete) == (1, False)
    assert not (out / "videos").exists()


class Overtaken(InProcess):
    """Another run takes over as soon as this one has a master in its hands."""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        if self._begun and self._begun[0].step.stage == "publish":
            somebody_begins(Path(self._workspace.out))
        return super().reports(timeout_s)


def test_a_run_that_was_taken_over_names_nothing_and_the_next_loses_nothing(
    media: Media, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.output.lease_holder.BEATS", 300)  # it learns of it soon
    out = tmp_path / "out"
    manifest = a_manifest(
        tmp_path, [Job(job_id="a", portrait_uri=str(media.portrait), script=SHORT)]
    )
    config = RunConfig(scratch=scratch)
    with said_once(scratch):
        summary = run([manifest], str(out), config, executor=Overtaken)
    assert summary.taken_over
    assert not summary.complete
    assert not (out / "videos" / "a.mp4").exists()
    assert not (out / "results.parquet").exists()
    later = run_here(manifest, out, scratch, lease_s=1.0)  # the other never shows itself again
    assert later.complete
    assert results(out)["a"].status == "done"
