"""A quote is foretold beside a run's first work, and keeps the run from nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import current_thread, main_thread

import pytest

from jobs.config import RunConfig
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task
from jobs.quote import record
from jobs.quote.history import quotes_uri
from jobs.quote.record import Foretelling, foretold_run
from manifests import Job, Ledger
from pipeline.workspace.workspace import Workspace
from tests.manifests.builders import an_attempt
from tests.night import a_manifest, run_here
from tests.noun_builders import an_order
from tests.sketched import Sketched

SLOTS = (Slot(worker="cpu", generates=False), Slot(worker="g", generates=True))


def test_a_run_is_foretold_once_from_its_first_tick_on_and_on_another_thread() -> None:
    threads = []
    foretelling = Foretelling(lambda: threads.append(current_thread()))
    assert not threads
    foretelling.tick()
    foretelling.tick()
    foretelling.wait()
    assert len(threads) == 1
    assert threads[0] is not main_thread()


def test_a_run_that_ends_before_its_first_tick_is_foretold_too() -> None:
    done = []
    Foretelling(lambda: done.append("foretold")).wait()
    assert done == ["foretold"]


def test_a_fault_in_foretelling_is_not_swallowed() -> None:
    foretelling = Foretelling(lambda: {}["nothing"])
    foretelling.tick()
    with pytest.raises(KeyError):
        foretelling.wait()


def test_the_first_task_begins_before_anything_is_foretold(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    class Noting(Sketched):
        def start(self, task: Task, slot: Slot) -> None:
            happened.append("task")
            super().start(task, slot)

    def noted(*what: object, **more: object) -> dict[str, object]:
        happened.append("foretold")
        return foretold_run(*what, **more)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(record, "foretold_run", noted)
    job = Job(job_id="one", portrait_uri="/in/face.png", script="A row.")
    out = tmp_path / "out"

    def executor(workspace: Workspace) -> Noting:
        return Noting(workspace)

    assert run_here(a_manifest(tmp_path, [job]), out, scratch, executor).complete
    assert happened[0] == "task"
    assert happened.count("foretold") == 1
    (run,) = json.loads(Path(quotes_uri(str(out))).read_text())["runs"]
    assert run["foretold"]["takes"] == 1
    assert run["used"]["takes"] == 1
    assert run["off"] is not None


def test_what_the_run_made_meanwhile_counts_as_still_to_be_made(tmp_path: Path) -> None:
    """The ledger holds a segment of this run by the time that it is foretold; one of a run before
    is made already."""
    out, order = str(tmp_path), an_order(script="Good morning. " * 20)
    config = RunConfig(scratch=tmp_path / "scratch")

    def segments() -> int:
        return int(foretold_run(out, [order], config, "now", SLOTS)["foretold"]["segments"])

    whole = segments()
    made = an_attempt(
        stage="generate", state="interrupted", job=order.request_id, chunk=0, segments_made=1
    )
    Ledger(out).append([replace(made, run_id="now")])
    assert segments() == whole
    Ledger(out).append([replace(made, run_id="before")])
    assert segments() == whole - 1
