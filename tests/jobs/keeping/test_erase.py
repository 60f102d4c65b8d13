"""A person's work is removed, to the last byte, and is not made again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from benchmarks.nights.chaos_world import bits
from jobs.config import RunConfig
from jobs.engine.executor import Report
from jobs.engine.worker import execute
from jobs.instructions.rejecting import ask_rejection
from jobs.keeping import erase
from jobs.keeping.erase import erased
from jobs.keeping.erasing import Erasing, erasing
from jobs.output.erasures import Erasure, Whose, erased_now, read_erasures
from jobs.output.instruction_files import Watch
from jobs.output.lease_holder import lease_unless_busy
from jobs.output.work_of_jobs import FinishedRow, finished_rows, stored_work
from jobs.output.work_records import report_files
from jobs.verify.delivered_files import Finding, look_at_files
from manifests import Job
from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.storage import overwrite, storage_of
from pipeline.delivery.package.mhl import mhl_findings
from pipeline.nouns import Take
from pipeline.quality.versions import versions_uri
from pipeline.stage import Resources
from pipeline.workspace.inputs import Admission, fetch_inputs
from pipeline.workspace.workspace import Workspace
from tests.jobs.keeping.traces import digests_of_work, files_of, still_there
from tests.jobs.test_cli import call
from tests.night import a_manifest, attempts, results, run_here
from tests.noun_builders import a_take
from tests.s3_server import S3Server
from tests.sketched import Sketched


@dataclass(frozen=True)
class Night:
    """A finished night of two persons and what it was made from."""

    folder: Path
    manifest: str

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def erase(self, whose: Whose, wanted: str) -> Erasure:
        return erase_at(str(self.out), self.scratch, whose, wanted)


def erase_at(out: str, scratch: Path, whose: Whose, wanted: str) -> Erasure:
    workspace = Workspace(out=out, scratch=scratch)
    with lease_unless_busy(out, 30.0) as lease:
        return erased(planned(out, scratch, whose, wanted), lease, workspace)


def planned(out: str, scratch: Path, whose: Whose, wanted: str) -> Erasing:
    workspace = Workspace(out=out, scratch=scratch)
    return erasing(out, whose, wanted, RunConfig(scratch=scratch), workspace)


@dataclass(frozen=True)
class OfFiles:
    """The recipe of takes that hold the very files of their rows, by the records of real ones."""

    name: ClassVar[str] = "prepare"
    needs: ClassVar[Resources] = Resources()

    def load(self) -> Callable[[Job, Workspace], Take]:
        return take_of_files


def take_of_files(job: Job, workspace: Workspace) -> Take:
    with workspace.scratch_dir() as desk:
        inputs = fetch_inputs(job, desk, Admission())
        name = fingerprint("take", files=[*inputs.digests], script=job.script)
        if (made := workspace.find_finished(name, Take)) is not None:
            return made
        (desk / "speech").write_bytes(bits("speech", job.script, inputs.digests))
        speech = workspace.store(inputs.narration or desk / "speech", name, "speech.wav")
        looks = fingerprint("looks", file=inputs.digests[0])
        portrait = workspace.store(inputs.portrait, looks, "portrait.png")
        files = dict.fromkeys(("mix", "landmarks", "phones", "words"), speech)
        plain = replace(a_take(100), fingerprint=name, inputs=inputs.digests, **files)
        voices = ("piper:joe",) if job.is_spoken else ()
        take = replace(plain, speech=speech, portrait=portrait, voices=voices)
        return workspace.commit(name, take)


class TakesFiles(Sketched):
    """Takes hold their rows' files; all else is a few bytes."""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        if not self._begun or self._begun[0].step.stage != "prepare":
            return super().reports(timeout_s)
        task = self._begun.pop(0)
        outcome = execute(self._bench, OfFiles(), task.item, self._workspace, task.labels)
        return [Report(task=task, outcome=outcome)]


class Stopped(TakesFiles):
    """Renders one segment of a row that is never finished."""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        for report in found:
            if report.task.order.job.job_id == "ada-left" and report.task.generates:
                raise KeyboardInterrupt
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Rows of two persons, one of them stopped on its way."""
    folder = tmp_path_factory.mktemp("erased")
    night = Night(folder=folder, manifest=str(folder / "manifest.parquet"))
    for name in ("ada.jpg", "ada.wav", "eve.jpg"):
        (folder / name).write_bytes(bits(name) * 9)
    ada = {"portrait_uri": str(folder / "ada.jpg"), "consent_id": "ada"}
    eve = {"portrait_uri": str(folder / "eve.jpg"), "consent_id": "eve"}
    rows = [
        Job(job_id="ada-said", script="Good morning.", **ada),
        Job(job_id="ada-recorded", audio_uri=str(folder / "ada.wav"), **ada),
        Job(job_id="eve", script="Good morning.", **eve),
    ]
    a_manifest(folder, rows)
    with_report = run_here(night.manifest, night.out, night.scratch, TakesFiles, report=True)
    assert with_report.done == 3
    a_manifest(folder, [*rows, Job(job_id="ada-left", script="It is never finished.", **ada)])
    with pytest.raises(KeyboardInterrupt):
        run_here(night.manifest, night.out, night.scratch, Stopped)
    return night


@pytest.fixture
def night(made: Night, tmp_path: Path) -> Night:
    """At the very place where it was made, since results name their files: put back afterwards."""
    shutil.copytree(made.out, tmp_path / "kept")
    return made


@pytest.fixture(autouse=True)
def put_back(made: Night, tmp_path: Path) -> Iterator[None]:
    yield
    if (tmp_path / "kept").exists():
        shutil.rmtree(made.out)
        shutil.copytree(tmp_path / "kept", made.out)


def missing_in(out: Path) -> list[Finding]:
    """What `rushes verify` would miss, or not know, among the delivered files."""
    findings = look_at_files(str(out), results(out).values()).findings
    return [finding for finding in findings if finding.what in ("missing", "changed", "extra")]


def test_nothing_of_an_erased_person_is_left_but_the_record(night: Night) -> None:
    digests = digests_of_work(night.out, of="ada") - digests_of_work(night.out, of="eve")
    eves, took = digests_of_work(night.out, of="eve"), len(attempts(night.out))
    assert len(digests) > 8
    assert still_there(night.out, digests)
    assert "ada-left" in planned(str(night.out), night.scratch, "consent", "ada").jobs
    for job in ("ada-said", "eve"):
        overwrite(versions_uri(str(night.out), job), b"{}")
    ask_rejection(str(night.out), ["ada-said", "eve"], "She looks away.")
    record = night.erase("consent", "ada")
    reasons = {job: word.reason for job, word in Watch(str(night.out))().rejections.items()}
    assert reasons == {"ada-said": "", "eve": "She looks away."}
    assert record.jobs == ("ada-left", "ada-recorded", "ada-said")
    assert still_there(night.out, digests) == []
    assert still_there(night.scratch, digests) == []
    assert not any(digest in str([*results(night.out).values()]) for digest in digests)
    logged = [path.read_text() for path in night.out.glob("_run/logs/*.jsonl")]
    assert [path.stem for path in night.out.glob("_run/versions/*.json")] == ["eve"]
    assert not any('"job": "ada' in text for text in logged)
    videos = {path.name for path in night.out.glob("videos/[!.]*")}
    assert videos == {"eve.mp4", "eve.json", "SHA256SUMS", "ascmhl"}
    # with the dash of her jobs' names: a digest may hold the letters
    assert "ada-" not in "".join(path.read_text() for path in night.out.glob("videos/ascmhl/*"))
    assert list(report_files(str(night.out), ["eve"]))
    assert not list(report_files(str(night.out), record.jobs))
    assert mhl_findings(str(night.out)) == ()
    assert digests_of_work(night.out, of="eve") == eves, "the other person's work is whole"
    assert len(attempts(night.out)) == took, "what was paid stays known"
    told = read_erasures(str(night.out))
    assert [each.ended is not None for each in told.values()] == [True]


def test_erased_rows_are_refused_until_that_is_lifted(
    night: Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night.erase("consent", "ada")
    summary = run_here(night.manifest, night.out, night.scratch, TakesFiles)
    assert (summary.kept, summary.erased, summary.complete) == (1, 3, False)
    assert {r.status for r in results(night.out).values()} == {"done", "erased"}
    told = results(night.out)["ada-left"].error_message or ""
    assert "`rushes erase OUT --consent ada --lift` lets it be made" in told
    assert missing_in(night.out) == []
    assert call(monkeypatch, "erase", night.out, "--consent", "ada", "--lift") == 0
    assert "may make ada-left, ada-recorded, ada-said again" in capsys.readouterr().out
    assert not erased_now(str(night.out)).consents
    summary = run_here(night.manifest, night.out, night.scratch, TakesFiles)
    assert (summary.kept, summary.done) == (1, 3)


def test_a_job_goes_alone(
    night: Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_of(night.out)
    assert call(monkeypatch, "erase", night.out, "--job", "ada-said", "--dry-run") == 0
    assert files_of(night.out) == before
    assert "made from the same files, and staying: 1 row: ada-recorded" in capsys.readouterr().err
    assert call(monkeypatch, "erase", night.out, "--job", "nobody") == 2
    assert call(monkeypatch, "erase", night.out, "--job", "a", "--consent", "b") == 2
    assert call(monkeypatch, "erase", night.out, "--job", "ada-said") == 0
    assert '"job_id":"ada-said","state":"erased"' in (night.out / "report/night.js").read_text()
    assert [j for j, r in results(night.out).items() if r.status == "erased"] == ["ada-said"]
    assert (night.out / "videos/ada-recorded.mp4").exists()
    assert missing_in(night.out) == []


@pytest.mark.parametrize(
    "after", ["_delete", "_clean_logs", "_clear_leftovers", "_rewrite_results"]
)
def test_an_erasure_that_is_killed_is_ended_by_the_next(
    night: Night, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    digests = digests_of_work(night.out, of="ada") - digests_of_work(night.out, of="eve")
    done = getattr(erase, after)

    def killed(*args: object) -> None:
        done(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erase, after, killed)
        with pytest.raises(KeyboardInterrupt):
            night.erase("consent", "ada")
    assert "ada-said" in erased_now(str(night.out)).jobs_of_consents, (
        "no run makes it again meanwhile"
    )
    record = night.erase("consent", "ada")
    assert record.jobs == ("ada-left", "ada-recorded", "ada-said")
    assert still_there(night.out, digests) == []
    assert [each.ended is not None for each in read_erasures(str(night.out)).values()] == [True]


def test_a_damaged_record_lets_nothing_be_made(night: Night) -> None:
    night.erase("job", "ada-said")
    next((night.out / "_run/erased").glob("*.json")).write_text("{")
    with pytest.raises(ManifestUnusable, match="says what was erased, and is damaged"):
        run_here(night.manifest, night.out, night.scratch, TakesFiles)


def test_a_person_is_erased_from_a_bucket(s3: S3Server, tmp_path: Path, scratch: Path) -> None:
    out = f"s3://{s3.bucket}/erased"
    night = [
        Job(job_id=name, portrait_uri=f"/{name}.png", script=f"I am {name}.", consent_id=name)
        for name in ("ada", "eve")
    ]
    manifest = a_manifest(tmp_path, night)
    assert run_here(manifest, out, scratch, Sketched).done == 2
    rows = finished_rows(results(out).values())
    ada, eve = (row.names for row in (rows["ada"], rows["eve"]) if isinstance(row, FinishedRow))
    erase_at(out, scratch, "consent", "ada")
    assert not ada & stored_work(out).keys()
    assert eve & stored_work(out).keys()
    videos = [uri.removeprefix(f"{out}/") for uri in storage_of(out).list(f"{out}/videos")]
    assert {name for name in videos if "ascmhl" not in name} == {
        "videos/SHA256SUMS",
        "videos/eve.json",
        "videos/eve.mp4",
    }
    assert results(out)["ada"].deliverables == ()
    assert run_here(manifest, out, scratch, Sketched).erased == 1
