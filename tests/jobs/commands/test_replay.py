"""A row that is given up leaves all that somebody needs to look into it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.output.work_records import bundle_uri
from jobs.reporting.replay_bundle import read_bundle
from manifests import Job
from manifests.errors import ManifestUnusable
from tests.night import SHORT, Media, a_manifest, results, run_here


def poison(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("a fault of ours")


@pytest.fixture(scope="module")
def poisoned(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a night in which no encode worked, and one row was bad."""
    folder = tmp_path_factory.mktemp("poison")
    portrait = str(media.portrait)
    jobs = [
        Job(job_id="poison", portrait_uri=portrait, script=SHORT, metadata={"reel": "4"}),
        Job(job_id="bad", portrait_uri=str(folder / "gone.png"), script=SHORT),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.delivery.files.encode_part", poison)
        run_here(a_manifest(folder, jobs), folder / "out", folder / "scratch")
    return folder / "out"


def test_only_what_nobody_at_the_studio_can_mend_leaves_a_bundle(poisoned: Path) -> None:
    assert {name: r.status for name, r in results(poisoned).items()} == {
        "poison": "failed",
        "bad": "invalid",
    }
    assert [path.name for path in (poisoned / "_run" / "replay").iterdir()] == ["poison.json"]
    bundle = read_bundle(bundle_uri(str(poisoned), "poison"))
    assert bundle.failure.kind == "Unexpected"
    assert "a fault of ours" in bundle.failure.message
    assert (bundle.job.job_id, bundle.job.metadata) == ("poison", {"reel": "4"})
    assert bundle.steps.keys() >= {"prepare", "generate", "master"}


def test_a_bundle_tells_whether_it_fails_in_the_same_way(
    poisoned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.delivery.files.encode_part", poison)
    before = sorted(poisoned.rglob("*"))
    told = CliRunner().invoke(app, ["replay", bundle_uri(str(poisoned), "poison")])
    assert told.exit_code == 1
    assert "It fails in the same way: internal_error" in told.output
    assert "differs here" not in told.output
    assert sorted(poisoned.rglob("*")) == before


def test_a_bundle_ends_well_where_the_fault_is_gone(poisoned: Path, tmp_path: Path) -> None:
    uri = bundle_uri(str(poisoned), "poison")
    told = CliRunner().invoke(app, ["replay", uri, "--keep", str(tmp_path / "kept")])
    assert told.exit_code == 0, told.output
    assert "It ends well here" in told.output
    assert (tmp_path / "kept" / "out" / "videos" / "poison.mp4").exists()


def test_what_differs_from_there_is_told(poisoned: Path, tmp_path: Path) -> None:
    other = json.loads(Path(bundle_uri(str(poisoned), "poison")).read_text())
    other["versions"]["numpy"] = "1.0"
    other["inputs"] = ["1/other"]
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(other))
    told = CliRunner().invoke(app, ["replay", str(file)]).output
    assert "and was 1.0" in told
    assert "an input was changed" in told


def test_a_bundle_runs_no_program_writes_no_file_and_empties_no_folder(
    poisoned: Path, media: Media, tmp_path: Path
) -> None:
    """Bundles are made to be handed on: what this one asks for is not done."""
    ran, events, foreign = tmp_path / "ran", tmp_path / "profile", tmp_path / "foreign"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    events.write_text("mine\n")
    (foreign / "desk-precious").mkdir(parents=True)
    (foreign / "desk-precious" / ".in-use").touch()
    evil = json.loads(Path(bundle_uri(str(poisoned), "poison")).read_text())
    evil["job"] |= {"audio_uri": str(media.narration), "script": None}
    evil["failure"]["message"] = "\u001b]0;owned\u0007\u009b2J\n  differs here: nothing"
    evil["config"] |= {
        "hearing": {"engine": "whisperx", "whisperx_python": str(script)},
        "events": str(events),
        "scratch": str(foreign),
        "address": "ray://elsewhere:10001",
        "vocals": str(tmp_path / "network"),
        "weights": {"tiny": str(tmp_path)},
    }
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(evil))
    told = CliRunner().invoke(app, ["replay", str(file)])
    assert "failed with internal_error" in told.output
    assert not ran.exists()
    assert events.read_text() == "mine\n"
    assert (foreign / "desk-precious").is_dir()
    assert [path.name for path in foreign.iterdir()] == ["desk-precious"]
    assert not {"\x1b", "\x07", "\x9b"} & set(told.output)
    assert "\n  differs here: nothing" not in told.output


def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ManifestUnusable, match="no replay bundle"):
        read_bundle(str(tmp_path / "x.json"))


@pytest.mark.parametrize(("where", "name"), [((), "seed"), (("job",), "priority")])
def test_a_bundle_with_a_number_that_no_manifest_holds_is_refused(
    where: tuple[str, ...], name: str, media: Media, tmp_path: Path
) -> None:
    job = {"job_id": "x", "portrait_uri": str(media.portrait), "script": SHORT}
    failure = {"kind": "Unexpected", "code": "evil", "message": ""}
    said: dict[str, object] = {"run_id": "1", "job": job, "asked": "", "seed": 1, "preset": ""}
    said |= {"preset_name": "animatic", "inputs": [], "failure": failure, "attempts": 1}
    said |= {"steps": {}, "config": {}, "versions": {}}
    (job if where else said)[name] = 2**70  # type: ignore[index]  # both are tables
    (tmp_path / "x.json").write_text(json.dumps(said))
    told = CliRunner().invoke(app, ["replay", str(tmp_path / "x.json")])
    assert isinstance(told.exception, ManifestUnusable)
    assert told.exception.code == "bundle_unreadable"


def test_of_a_bundle_no_more_is_read_than_one_has(tmp_path: Path) -> None:
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(1 << 30)
    tracemalloc.start()
    try:
        with pytest.raises(ManifestUnusable, match="has more than"):
            read_bundle(str(tmp_path / "x.json"))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
