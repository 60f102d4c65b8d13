"""Rows of further manifests come into a run, between runs and while it goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.additions import RunAdditions
from jobs.config import RunConfig
from jobs.engine.executor import InProcess, Report
from jobs.engine.steering import Addition, RetakeFrom, Steering
from jobs.orders import orders_of
from jobs.output import instruction_files
from jobs.output.instruction_files import give
from jobs.output.results_writer import ResultsWriter
from jobs.output.run_file import read_run_file
from jobs.run import run
from manifests import Job, read_jobs
from manifests.errors import ManifestUnusable, Transient
from manifests.reading.rows import read_rows
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, results, run_here
from tests.sketched import DrawsNothing

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)


def rows_without_portraits(folder: Path, *names: str) -> str:
    folder.mkdir()
    jobs = [Job(job_id=name, portrait_uri="no.png", script="Hi.") for name in names]
    return a_manifest(folder, jobs)


def codes(out: Path) -> dict[str, str | None]:
    return {name: result.error_code for name, result in results(out).items()}


def test_a_further_manifest_joins_the_results_and_an_id_used_twice_is_refused(
    tmp_path: Path, scratch: Path
) -> None:
    out = tmp_path / "out"
    first = rows_without_portraits(tmp_path / "first", "a", "b")
    second = rows_without_portraits(tmp_path / "second", "c", "B")
    assert run_here(first, out, scratch).invalid == 2
    assert run_here(second, out, scratch).invalid == 2
    assert list(codes(out)) == ["c", "B", "a", "b"]  # a manifest alone: others stay behind it
    config = RunConfig(scratch=scratch)
    assert run([first, second], str(out), config, executor=InProcess).invalid == 4
    assert codes(out) == {
        "a": "missing_file",
        "b": "missing_file",
        "c": "missing_file",
        "B": "duplicate_job_id",
    }


class Asking(DrawsNothing):
    """Says something when the first video is published."""

    out = ""
    manifest = ""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        published = any(report.task.step.stage == "publish" for report in found)
        if published and not list(instruction_files.listed(self.out)):
            give(self.out, RetakeFrom(jobs=("a",), given=NOW, from_s=2.0, seed=11))
            gone = str(Path(self.manifest).with_name("gone.parquet"))
            give(self.out, Addition(manifests=(self.manifest, gone), given=NOW))
        return found


def test_a_run_that_goes_on_takes_in_rows_and_retakes(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, second = tmp_path / "out", rows_without_portraits(tmp_path / "second", "b", "A")
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    monkeypatch.setattr(Asking, "out", str(out))
    monkeypatch.setattr(Asking, "manifest", second)
    job = Job(job_id="a", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    first = a_manifest(tmp_path, [job])
    summary = run([first], str(out), RunConfig(scratch=scratch), executor=Asking)
    assert (summary.done, summary.invalid, summary.left) == (1, 2, 0)
    assert codes(out) == {"a": None, "b": "missing_file", "A": "duplicate_job_id"}
    sidecar = json.loads((out / "videos/a.json").read_text())
    assert sidecar["retakes"] == [{"at": 50, "seed": 11}]
    told = read_run_file(str(out))
    assert (told["manifests"], told["rows"]) == ([first, second], 3)
    assert "gone.parquet was added and is left out of this run" in capsys.readouterr().err

    again = run_here(first, out, scratch, DrawsNothing)  # what was added stays
    assert (again.done, again.kept, again.invalid) == (0, 1, 2)


def test_the_command_adds_what_can_be_read_and_names_ids_that_are_taken(
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    first = rows_without_portraits(tmp_path / "first", "a")
    second = rows_without_portraits(tmp_path / "second", "a", "c")
    assert call(monkeypatch, "add", out, second) == 2
    assert "[not_a_run]" in capsys.readouterr().err
    run_here(first, out, scratch)
    assert call(monkeypatch, "add", out, tmp_path / "no.parquet") == 2
    capsys.readouterr()
    assert call(monkeypatch, "add", out, first, second) == 1
    said = capsys.readouterr()
    assert "a is a job of this run already" in said.err
    assert "2 rows added." in said.out
    assert call(monkeypatch, "add", out, f"{second}/../manifest.parquet") == 0
    said = capsys.readouterr()
    assert said.out == "0 rows added.\n"
    assert "is a manifest of this run already" in said.err
    third = tmp_path / "third.jsonl"
    third.write_text('{"job_id": "d", "portrait": "d.png", "script": "Hi."}\n')
    assert call(monkeypatch, "add", out, third) == 1
    said = capsys.readouterr()
    assert "1 of the rows have problems and are refused" in said.err
    assert "did you mean portrait_uri?" in said.out
    assert call(monkeypatch, "hold", out, "c") == 0
    assert run_here(first, out, scratch).held == 1


def test_an_added_manifest_that_is_damaged_further_on_stops_no_night(
    tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    first = rows_without_portraits(tmp_path / "first", "a")
    second = rows_without_portraits(tmp_path / "second", *(f"b-{n:04}" for n in range(2000)))
    run_here(first, out, scratch)
    give(str(out), Addition(manifests=(second,), given=NOW))
    content = bytearray(Path(second).read_bytes())
    content[1000:2000] = b"\xff" * 1000
    Path(second).write_bytes(content)
    rows = read_rows(second)  # it opens
    with pytest.raises(ManifestUnusable):
        list(rows)
    assert run_here(first, out, scratch).invalid == 1
    assert f"{second} was added and is left out of this run" in capsys.readouterr().err


def test_rows_come_in_when_storage_was_in_trouble_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rows_without_portraits(tmp_path / "first", "a")
    second = rows_without_portraits(tmp_path / "second", "b", "c")
    config, out = RunConfig(), str(tmp_path / "out")
    jobs = list(read_jobs(first))
    bases = list(orders_of(jobs, config))
    book = ResultsWriter(out, jobs, bases)
    steering = Steering(added=(second,))

    def no_run_file(manifests: Sequence[str], grown: Mapping[str, int]) -> None:
        raise Transient("storage_unavailable", f"{manifests} {grown}")

    def in_trouble(*_: object, **_named: object) -> None:
        raise Transient("storage_unavailable", "try again")

    intake = RunAdditions(book, bases, [first], config, lambda: steering, no_run_file)
    with monkeypatch.context() as trouble:
        trouble.setattr("jobs.output.results_writer.settled", in_trouble)
        assert intake() == []
    monkeypatch.setattr("jobs.additions.monotonic", lambda: time.monotonic() + 60)
    assert [order.job.job_id for order in intake()] == ["b", "c"]
    assert intake() == []
    assert book.rows == 3


def test_a_quote_of_a_run_counts_the_rows_that_were_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    first = rows_without_portraits(tmp_path / "first", "a", "b")
    second = rows_without_portraits(tmp_path / "second", "c")
    (out / "_run").mkdir(parents=True)
    give(str(out), Addition(manifests=(second,), given=NOW))
    assert call(monkeypatch, "quote", first, "--out", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 3
