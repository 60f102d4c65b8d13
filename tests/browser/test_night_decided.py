"""A morning: a night of thirty rows is decided from the keyboard, and a run follows what is
clicked."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import TypeAdapter

from jobs.config import RunConfig
from jobs.engine.executor import InProcess, Report
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task
from jobs.instructions.approving import ask_approval
from jobs.output import instruction_files, results_writer
from jobs.output.instruction_files import Watch
from jobs.output.results_writer import results_so_far
from jobs.output.run_file import read_run_file, write_run_file
from jobs.report.lines import FLAG
from manifests import Result
from manifests.results import write_results
from pipeline.quality.versions import Version, VersionRecipe, VersionRecord, versions_uri
from pipeline.stage import StageName
from pipeline.workspace.workspace import Workspace
from tests.browser.looking import looking, serving
from tests.night import results, run_here

MOST_KEYS = 3


@pytest.fixture
def thirty(night_out: Path, tmp_path: Path) -> Path:
    """Thirty rows of one video, six of which need somebody; nobody knows their names. The output
    was moved: results name files where they were made."""
    shutil.copytree(night_out / "videos", tmp_path / "videos")
    (made,) = [r for r in results_so_far(str(night_out)) if r.job_id == "welcome-en"]
    draw = random.Random(16)  # noqa: S311 - names, no secrets
    names = [f"{draw.getrandbits(48):012x}" for _ in range(30)]
    rows = [replace(made, job_id=name) for name in names]
    for at, place in enumerate(draw.sample(range(30), 6)):
        rows[place] = faulty(rows[place], at, tmp_path)
    assert write_results(rows, str(tmp_path))
    write_run_file(str(tmp_path), "run", [], RunConfig(), rows=30)
    return tmp_path


def faulty(row: Result, at: int, out: Path) -> Result:
    """Two that gates refused, two that they flagged, one that failed, one with a bad row."""
    told = f"the {row.job_id} of it is wrong"
    if at < 2:
        recipe = VersionRecipe(seed=1)
        version = Version(number=1, recipe=recipe, row="r", preset="p", state="refused", why=told)
        uri = Path(versions_uri(str(out), row.job_id))
        uri.parent.mkdir(parents=True, exist_ok=True)
        record = VersionRecord(job_id=row.job_id, versions=(version,))
        uri.write_bytes(TypeAdapter(VersionRecord).dump_json(record))
        return undelivered(row, "rejected", told)
    if at < 4:
        return replace(row, warnings=(f"{FLAG}{told}",))
    return undelivered(row, "failed" if at == 4 else "invalid", told)


def undelivered(row: Result, status: str, told: str) -> Result:
    return replace(
        row,
        status=status,  # type: ignore[arg-type]  # one of them
        error_code="wrong",
        error_message=told,
        video_uri=None,
        deliverables=(),
    )


def keys_told(page: Page) -> dict[str, str]:
    """What the page's help says of its keys: key by what it does."""
    page.keyboard.press("?")
    lines = page.locator("#key-list li")
    expect(lines.first).to_be_visible()
    found = {
        line.locator("span").inner_text(): line.locator("kbd").get_attribute("data-key") or ""
        for line in lines.all()
    }
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()
    return found


def key_for(told: dict[str, str], *words: str) -> str:
    """The key whose line in the help has these words."""
    (found,) = [key for line, key in told.items() if all(word in line for word in words)]
    return found


def six_come_first(page: Page) -> None:
    """What needs somebody stands first in the order that the page begins with."""
    states = page.locator("#rows tr td:nth-child(3)")
    expect(states).to_have_count(30)
    told = states.all_inner_texts()
    assert Counter(told[:6]) == {"rejected": 2, "flagged": 2, "failed": 1, "invalid": 1}
    assert set(told[6:]) == {"done"}


def test_six_faults_of_thirty_rows_are_decided_with_three_keys_each(
    chromium: Browser, thirty: Path
) -> None:
    with serving(str(thirty)) as there, looking(chromium, there.address) as seen:
        page = seen.page
        six_come_first(page)
        told = keys_told(page)
        decisions = {
            "rejected": [key_for(told, "version"), "Enter"],
            "flagged": [key_for(told, "approve")],
            "failed": [key_for(told, "hold", "job")],
            "invalid": [key_for(told, "cancel"), "Enter"],
        }
        onward = key_for(told, "next", "needs somebody")
        page.keyboard.press(key_for(told, "open"))
        expect(page.locator("#job-name")).not_to_be_empty()
        decided = []
        for turn in range(6):
            name = page.locator("#job-name").inner_text()
            expect(page.locator("#cause")).to_contain_text(name)  # why, in words of its own
            expect(page.locator("#player")).to_be_in_viewport()
            expect(page.locator("#cause")).to_be_in_viewport()
            keys = [*decisions[page.locator("#job-state").inner_text()], onward]
            assert len(keys) <= MOST_KEYS
            for key in keys[:-1]:
                page.keyboard.press(key)
            expect(page.locator("#decided")).not_to_be_empty()
            page.keyboard.press(onward)
            decided.append(name)
            if turn < 5:
                expect(page.locator("#job-name")).not_to_have_text(name)
        assert len(set(decided)) == 6
        page.keyboard.press(key_for(told, "back to all jobs"))
        page.get_by_label("State").select_option("needs somebody")
        expect(page.locator("#rows tr")).to_have_count(0)
    steering = Watch(str(thirty))()
    said = [*steering.approvals, *steering.choices, *steering.held, *steering.cancelled]
    assert sorted(said) == sorted(decided)


class Made:
    """How often each job was made by now; `over` lets the run end."""

    def __init__(self) -> None:
        self.over = Event()
        self.times: Counter[str] = Counter()

    def executor(self, workspace: Workspace) -> Awaiting:
        return Awaiting(workspace, self)

    def wait_for(self, job: str, times: int) -> None:
        for _ in range(1200):
            if self.times[job] >= times:
                return
            sleep(0.05)
        pytest.fail(f"{job} was made {self.times[job]} times, not {times}")


class Awaiting(InProcess):
    """Keeps the end of `zz-last` in hand, so that the run goes on until it may be over."""

    def __init__(self, workspace: Workspace, made: Made) -> None:
        super().__init__(workspace)
        self._made = made
        self._kept: list[Task] = []

    def start(self, task: Task, slot: Slot) -> None:
        last = task.order.job.job_id == "zz-last" and task.step.stage == StageName.PUBLISH
        if last and not self._made.over.is_set():
            self._kept.append(task)
        else:
            super().start(task, slot)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        if self._made.over.is_set():
            self._begun += self._kept
            self._kept.clear()
        found = super().reports(timeout_s)
        for report in found:
            published = report.task.step.stage == StageName.PUBLISH
            self._made.times[report.task.order.job.job_id] += published
        if not found:
            sleep(0.02)
        return found


def test_a_run_follows_an_approval_and_a_retake_that_are_clicked(
    chromium: Browser, proof: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.05)
    monkeypatch.setattr(results_writer, "_EVERY_S", 0.05)
    ask_approval(str(proof), ["welcome-en", "zz-last"])
    manifest = str(read_run_file(str(proof))["manifests"][0])  # type: ignore[index]  # a list
    out, made = tmp_path / "out", Made()
    night = Thread(
        target=run_here,
        args=(manifest, out, tmp_path / "scratch", made.executor),
        kwargs={"approved": str(proof), "report": False},
    )
    night.start()
    try:
        made.wait_for("welcome-en", 1)
        with (
            serving(str(proof)) as proofs,
            looking(chromium, proofs.address) as seen,
        ):
            seen.page.get_by_role("link", name="welcome-de").click()
            seen.page.get_by_role("button", name="Approve").click()
            made.wait_for("welcome-de", 1)
        with serving(str(out)) as there, looking(chromium, there.address) as seen:
            seen.page.get_by_role("link", name="welcome-en").click()
            seen.page.get_by_role("button", name="Retake").click()
            seen.page.get_by_label("From second").fill("1")
            seen.page.keyboard.press("Enter")
            expect(seen.page.locator("#said")).to_contain_text("is made again from")
            made.wait_for("welcome-en", 2)
    finally:
        made.over.set()
        night.join()
    ended = results(out)
    assert {row.status for row in ended.values()} == {"done"}
    assert sorted(ended) == ["welcome-de", "welcome-en", "zz-last"]
    assert Watch(str(out))().retakes["welcome-en"]
