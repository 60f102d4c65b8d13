"""Enlarged frames are a person's like the segments that they were made of: they go, and are kept,
with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.nights.chaos_world import bits
from jobs.config import RunConfig
from jobs.engine.executor import Report
from jobs.keeping.clean import cleaned
from jobs.keeping.erase import erased
from jobs.keeping.erasing import erasing
from jobs.output.lease_holder import lease_unless_busy
from jobs.output.work_of_jobs import FinishedRow, finished_rows, stored_work
from manifests import Job
from manifests.fingerprint import fingerprint
from pipeline.delivery.encode import MasterRequest
from pipeline.nouns import DeliveredFile, FinishedSegment, Master
from pipeline.sidecar import read_sidecar
from pipeline.workspace.keep_work import KeepWork
from pipeline.workspace.workspace import Workspace
from tests.night import a_manifest, results, run_here
from tests.sketched import Sketched


class Enlarging(Sketched):
    """Each master delivers a file whose frames were enlarged."""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        return [self._enlarged(report) for report in super().reports(timeout_s)]

    def _enlarged(self, report: Report) -> Report:
        master, request = report.outcome.result, report.task.item
        if not isinstance(master, Master) or not isinstance(request, MasterRequest):
            return report
        take = request.reel.take.fingerprint
        name = finished(self._workspace, name_of(take), take)
        video = DeliveredFile(
            fingerprint=master.fingerprint,
            profile="web",
            file=master.file,
            container="mp4",
            codec="h264",
            duration_s=master.duration_s,
            finished=(name,),
        )
        outcome = replace(report.outcome, result=replace(master, deliveries=(video,)))
        return replace(report, outcome=outcome)


def name_of(take: str) -> str:
    return fingerprint("finished", take=take)


def finished(workspace: Workspace, name: str, take: str) -> str:
    """A finished segment of the take, stored as a run does."""
    with workspace.scratch_dir() as desk:
        (desk / "finished.mkv").write_bytes(bits(name, take))
        video = workspace.store(desk / "finished.mkv", name, "finished.mkv")
    workspace.commit(name, FinishedSegment(fingerprint=name, video=video, frames=47, take=take))
    return name


@pytest.fixture
def workspace(tmp_path: Path, scratch: Path) -> Workspace:
    """A finished night of two persons."""
    rows = [
        Job(job_id=name, portrait_uri=f"/{name}.png", script=f"I am {name}.", consent_id=name)
        for name in ("ada", "eve")
    ]
    out = tmp_path / "out"
    assert run_here(a_manifest(tmp_path, rows), out, scratch, Enlarging).done == 2
    return Workspace(out=str(out), scratch=scratch)


def take_of(workspace: Workspace, job: str) -> str:
    return read_sidecar(str(Path(workspace.out, "videos", f"{job}.json"))).fingerprints.take


def test_finished_frames_of_an_erased_person_go_and_of_others_stay(workspace: Workspace) -> None:
    takes = {job: take_of(workspace, job) for job in ("ada", "eve")}
    behind = {job: name_of(take) for job, take in takes.items()}
    loose = {job: finished(workspace, fingerprint(job), take) for job, take in takes.items()}
    nobodys = finished(workspace, "c" * 40, "")
    assert stored_work(workspace.out).keys() >= {*behind.values(), *loose.values(), nobodys}
    config = RunConfig(scratch=workspace.scratch)
    plan = erasing(workspace.out, "consent", "ada", config, workspace)
    with lease_unless_busy(workspace.out, 30.0) as lease:
        erased(plan, lease, workspace)
    left = stored_work(workspace.out).keys()
    assert not left & {behind["ada"], loose["ada"], nobodys}
    assert left >= {behind["eve"], loose["eve"]}
    assert len(list(Path(workspace.out).rglob("finished.mkv"))) == 2


def test_finished_frames_are_let_go_with_the_other_work_of_their_row(workspace: Workspace) -> None:
    name = name_of(take_of(workspace, "ada"))
    [row] = [
        row
        for row in finished_rows(results(Path(workspace.out)).values()).values()
        if isinstance(row, FinishedRow) and row.job_id == "ada"
    ]
    assert name in row.names
    for keep, there in ((KeepWork(), True), (KeepWork(days=0.0), False)):
        with lease_unless_busy(workspace.out, 30.0) as lease:
            cleaned(workspace.out, keep, lease)
        assert (name in stored_work(workspace.out)) == there
    assert workspace.find_finished(name, FinishedSegment) is None
