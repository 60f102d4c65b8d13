"""A person's work is removed, to the last byte, and is not made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from jobs.config import RunConfig
from jobs.keeping import erase
from jobs.keeping.erase import erased
from jobs.keeping.erasing import Erasing, erasing
from jobs.output.erasures import Erasure, Whose, erased_now, read_erasures
from jobs.output.lease_holder import lease_unless_busy
from jobs.verify.delivered_files import Finding, look_at_files
from manifests import Job
from manifests.errors import ManifestUnusable
from manifests.storage import storage_of
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, attempts, results, run_here
from tests.s3_server import S3Server
from tests.sketched import DrawsNothing, Sketched


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


class Stopped(DrawsNothing):
    """Renders one segment of a row that is never finished."""

    def reports(self, timeout_s: float) -> list:  # type: ignore[type-arg]  # as its base has it
        found = list(super().reports(timeout_s))
        for report in found:
            if report.task.order.job.job_id == "ada-left" and report.task.generates:
                raise KeyboardInterrupt
        return found


@pytest.fixture(scope="module")
def made(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Rows of two persons: pictures are sketched; portraits, speech and sidecars are real."""
    folder = tmp_path_factory.mktemp("erased")
    night = Night(folder=folder, manifest=str(folder / "manifest.parquet"))
    for person, quality in (("ada", 90), ("eve", 80)):
        Image.open(media.portrait).convert("RGB").save(folder / f"{person}.jpg", quality=quality)
    shutil.copyfile(media.narration, folder / "ada.wav")
    ada = {"portrait_uri": str(folder / "ada.jpg"), "consent_id": "ada"}
    eve = {"portrait_uri": str(folder / "eve.jpg"), "consent_id": "eve"}
    rows = [
        Job(job_id="ada-said", script="Good morning.", **ada),
        Job(job_id="ada-recorded", audio_uri=str(folder / "ada.wav"), **ada),
        Job(job_id="eve", script="Good morning.", deliverables=("srt",), **eve),
    ]
    a_manifest(folder, rows)
    assert run_here(night.manifest, night.out, night.scratch, DrawsNothing).done == 3
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


def files_of(folder: Path) -> dict[str, str]:
    """Digests of all files by path."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".rushes-" not in path.name)
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in found}


def digests_of_work(out: Path, *, of: str) -> set[str]:
    """Of everything that is a person's alone, from what the records say."""
    portrait = sha256((out.parent / f"{of}.jpg").read_bytes()).hexdigest()
    found = {portrait}
    for record in out.glob("_run/work/*/take.json"):
        told = json.loads(record.read_text())
        if portrait in told["inputs"]:
            found |= {told["inputs"][-1]}
            found |= {told[name]["sha256"] for name in ("portrait", "landmarks", "speech", "mix")}
    for sidecar in out.glob(f"videos/{of}*.json"):
        told = json.loads(sidecar.read_text())
        found |= {told["video"]["file"]["sha256"]}
        for name in told["segments"]:
            segment = json.loads((out / f"_run/work/{name}/segmentfile.json").read_text())
            found |= {segment["video"]["sha256"], segment["state"]["sha256"]}
    return found


def still_there(folder: Path, digests: set[str]) -> list[str]:
    """Files with these bytes, or that name them."""
    told = {digest.encode() for digest in digests}
    return [
        name
        for name, digest in files_of(folder).items()
        if digest in digests or any(each in (folder / name).read_bytes() for each in told)
    ]


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
    record = night.erase("consent", "ada")
    assert record.jobs == ("ada-left", "ada-recorded", "ada-said")
    assert still_there(night.out, digests) == []
    assert still_there(night.scratch, digests) == []
    assert not any(digest in str([*results(night.out).values()]) for digest in digests)
    logged = [path.read_text() for path in night.out.glob("_run/logs/*.jsonl")]
    assert not any('"job": "ada' in text for text in logged)
    videos = {name for name in files_of(night.out) if name.startswith("videos/")}
    assert videos == {"videos/eve.mp4", "videos/eve.json", "videos/eve.en.srt"}
    assert digests_of_work(night.out, of="eve") == eves, "the other person's work is whole"
    assert len(attempts(night.out)) == took, "what was paid stays known"
    told = read_erasures(str(night.out))
    assert [each.ended is not None for each in told.values()] == [True]


def test_erased_rows_are_refused_until_that_is_lifted(
    night: Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night.erase("consent", "ada")
    summary = run_here(night.manifest, night.out, night.scratch, DrawsNothing)
    assert (summary.kept, summary.erased, summary.complete) == (1, 3, False)
    assert {r.status for r in results(night.out).values()} == {"done", "erased"}
    told = results(night.out)["ada-left"].error_message or ""
    assert "`rushes erase OUT --consent ada --lift` lets it be made" in told
    assert missing_in(night.out) == []
    assert call(monkeypatch, "erase", night.out, "--consent", "ada", "--lift") == 0
    assert "may make ada-left, ada-recorded, ada-said again" in capsys.readouterr().out
    assert not erased_now(str(night.out)).jobs
    summary = run_here(night.manifest, night.out, night.scratch, DrawsNothing)
    assert (summary.kept, summary.done) == (1, 3)


def test_a_job_goes_alone(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(night.out)
    assert call(monkeypatch, "erase", night.out, "--job", "ada-said", "--dry-run") == 0
    assert files_of(night.out) == before
    assert call(monkeypatch, "erase", night.out, "--job", "nobody") == 2
    assert call(monkeypatch, "erase", night.out, "--job", "a", "--consent", "b") == 2
    assert call(monkeypatch, "erase", night.out, "--job", "ada-said") == 0
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
    assert "ada-said" in erased_now(str(night.out)).jobs, "no run makes it again meanwhile"
    record = night.erase("consent", "ada")
    assert record.jobs == ("ada-left", "ada-recorded", "ada-said")
    assert still_there(night.out, digests) == []
    assert [each.ended is not None for each in read_erasures(str(night.out)).values()] == [True]


def test_a_damaged_record_lets_nothing_be_made(night: Night) -> None:
    night.erase("job", "ada-said")
    next((night.out / "_run/erased").glob("*.json")).write_text("{")
    with pytest.raises(ManifestUnusable, match="says what was erased, and is damaged"):
        run_here(night.manifest, night.out, night.scratch, DrawsNothing)


def test_a_person_is_erased_from_a_bucket(s3: S3Server, tmp_path: Path, scratch: Path) -> None:
    out = f"s3://{s3.bucket}/erased"
    rows = [
        Job(job_id=name, portrait_uri=f"/{name}.png", script=f"I am {name}.", consent_id=name)
        for name in ("ada", "eve")
    ]
    manifest = a_manifest(tmp_path, rows)
    assert run_here(manifest, out, scratch, Sketched).done == 2
    erase_at(out, scratch, "consent", "ada")
    names = [uri.removeprefix(f"{out}/") for uri in storage_of(out).list(out)]
    assert not [name for name in names if name.startswith("videos/ada")]
    assert [name for name in names if name.startswith("videos/eve")]
    content = b"".join(storage_of(out).read(f"{out}/{name}") for name in names if "work" in name)
    assert results(out)["ada"].deliverables == ()
    assert content
    assert run_here(manifest, out, scratch, Sketched).erased == 1
