"""What the engine is given may be wrong or full: it says so in a sentence, and loses nothing."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.engine import retry_budget
from jobs.engine.executor import InProcess
from jobs.engine.retry_budget import next_try
from jobs.engine.worker import guarded
from jobs.output.run_file import run_file, write_run_file
from jobs.run import run, tell_overdue
from manifests import Job
from manifests.storage import aside
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, attempts, results, run_here
from tests.noun_builders import a_job, an_order

NOW = datetime(2020, 1, 1, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_rows_due_before_the_run_are_named(caplog: pytest.LogCaptureFixture) -> None:
    late = [an_order(f"late{n}", due=NOW - HOUR) for n in range(7)]
    tell_overdue([an_order("never"), an_order("later", due=NOW + HOUR), *late], NOW)
    said = caplog.messages[0]
    assert said.startswith("late0, late1, late2, late3, late4 and 2 more: due before this run")
    tell_overdue([an_order("never")], NOW)
    assert len(caplog.messages) == 1


def test_rows_that_are_overdue_are_begun_first(
    tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        Job(job_id=f"{n:02}", portrait_uri="no.png", script="x", due=NOW - n * HOUR if n else None)
        for n in range(9)
    ]
    assert run_here(a_manifest(tmp_path, rows), tmp_path / "out", scratch).invalid == 9
    began = {a.job_id: a.started for a in attempts(tmp_path / "out")}
    assert sorted(began, key=lambda name: began[name])[:2] == ["08", "07"]
    assert "due before this run began" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--budget-gpu-hours", "--budget-usd"])
def test_a_budget_of_zero_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, flag: str
) -> None:
    manifest = a_manifest(tmp_path, [a_job()])
    assert call(monkeypatch, "run", manifest, "--out", tmp_path / "out", flag, "0") == 2
    said = capsys.readouterr().err
    assert flag.removeprefix("--").replace("-", "_") in said
    assert "greater than 0" in said
    assert not (tmp_path / "out").exists()


def test_an_output_of_another_format_is_refused_untouched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out, manifest = tmp_path / "out", a_manifest(tmp_path, [a_job()])
    write_run_file(str(out), "run", [manifest], RunConfig(), rows=1)
    file = Path(run_file(str(out)))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 2}))
    before = file.read_bytes()
    for words in (("run", manifest, "--out", out), ("status", out), ("approve", out, "--all")):
        assert call(monkeypatch, *words) == 2
        assert "use another --out [format_unknown]" in capsys.readouterr().err
    assert [path.read_bytes() for path in out.rglob("*") if path.is_file()] == [before]


def test_a_full_scratch_disk_is_told_as_such() -> None:
    def write() -> None:
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - without a buffer
            full.write(b"x")

    _, failure = guarded(write)
    assert failure is not None
    assert (failure.kind, failure.code) == ("Transient", "disk_full")
    assert "name another `scratch`" in failure.message
    assert next_try([failure], an_order().preset) is not None


class Disk:
    """Has no room from the second segment on, for anything, until it is `freed`."""

    def __init__(self) -> None:
        self.segments = 0
        self.freed = False

    def fill(self, temporary: Path, source: Path | bytes) -> None:
        self.segments += isinstance(source, Path) and source.name == "frames.mkv"
        if self.segments > 1 and not self.freed:
            temporary.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        aside.fill(temporary, source)


def test_a_full_disk_stops_the_run_with_a_sentence_and_it_goes_on_when_there_is_room(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    disk, out = Disk(), tmp_path / "out"
    monkeypatch.setattr("manifests.storage.local.fill", disk.fill)
    monkeypatch.setitem(retry_budget.AGAIN, "Transient", 0)
    monkeypatch.setattr("jobs.commands.run.run", partial(run, executor=InProcess))
    job = Job(job_id="a", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    manifest, config = a_manifest(tmp_path, [job]), tmp_path / "night.toml"
    config.write_text(f'scratch = "{scratch}"\nlease_s = 1')  # the full disk keeps its lease
    assert call(monkeypatch, "run", manifest, "--out", out, "--config", config) == 1
    said = capsys.readouterr().err
    assert "There is no room left for" in said
    assert "free some, then run again. [disk_full]" in said

    disk.freed = True
    assert run_here(manifest, out, scratch, lease_s=1.0).complete
    assert results(out)["a"].segments == 2
    (made,) = (a for a in attempts(out) if a.stage == "generate")
    assert (made.segments_reused, made.segments_made) == (1, 1)
    assert not [
        path for path in out.rglob("*.*") if path.is_file() and path.read_bytes() == b"half"
    ]
