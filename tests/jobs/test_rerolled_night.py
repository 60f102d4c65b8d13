"""A night that is drawn again: what fails, what is kept of it, and that a kill changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobs.engine.executor import Report
from jobs.instructions.choosing import ask_version
from manifests.errors import ManifestUnusable
from model.shapes import NEW_FRAMES
from pipeline.quality.rerolls import next_seed
from pipeline.quality.versions import read_versions
from tests.jobs.wilful import (
    FINE,
    NEVER,
    RESTART,
    SEED,
    WilfulNight,
    a_wilful_manifest,
    let_fail,
)
from tests.night import Media, attempts, results, run_here

ROWS = {"fine": FINE, "seed": SEED, "restart": RESTART, "never": NEVER}


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing is cleaned up."""


class DiesOften(WilfulNight):
    """Its driver is killed before it hears of the seventh segment that was drawn."""

    left: ClassVar[int] = 7

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        self.heard = getattr(self, "heard", 0) + sum(report.task.generates for report in found)
        if self.heard >= self.left:
            raise Killed
        return found


@pytest.fixture(scope="module")
def gates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        yield let_fail(patch, tmp_path_factory.mktemp("gates"))


@pytest.fixture(scope="module")
def manifest(media: Media, tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_wilful_manifest(media, tmp_path_factory.mktemp("rows"), **ROWS)


@pytest.fixture(scope="module")
def night(gates: Path, manifest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of an undisturbed run."""
    folder = tmp_path_factory.mktemp("night")
    run_here(manifest, folder / "out", folder / "scratch", WilfulNight, gates=(gates,))
    return folder / "out"


def told(out: Path, name: str) -> dict[str, Any]:
    sidecar: dict[str, Any] = json.loads((out / "videos" / f"{name}.json").read_text())
    return {key: sidecar[key] for key in ("drawn", "restarts", "versions", "gates", "cuts_s")}


def test_each_row_comes_to_what_its_gates_let_through(night: Path) -> None:
    rows = results(night)
    status = {name: row.status for name, row in rows.items()}
    done = dict.fromkeys(("fine", "seed", "restart"), "done")
    assert status == {**done, "never": "rejected"}
    assert rows["never"].error_code == "gate_failed"
    tried = f"seeds {NEVER}, {next_seed(NEVER)}, {next_seed(next_seed(NEVER))}"
    assert f"black is 47 frames, above 0. Tried: {tried}" in str(rows["never"].error_message)
    redrawn = {name: row.quality.get("redrawn_segments") for name, row in rows.items()}
    assert redrawn == {"fine": None, "seed": 1.0, "restart": 3.0, "never": 3.0}


def test_a_seed_that_helped_and_a_restart_stand_in_the_sidecar(night: Path) -> None:
    drawn = [each["seed"] for each in told(night, "seed")["drawn"]]
    assert drawn == [SEED] + [next_seed(SEED)] * (len(drawn) - 1)
    restart = told(night, "restart")
    (at,) = restart["restarts"]
    assert NEW_FRAMES <= at <= 3 * NEW_FRAMES
    assert restart["cuts_s"] == [0.0, at / 25]
    assert [each["state"] for each in restart["versions"]] == [*["refused"] * 3, "delivered"]
    assert told(night, "fine")["versions"][0]["number"] == 1


def test_a_rejected_row_is_a_failed_attempt_and_has_its_versions(night: Path) -> None:
    failed = [attempt for attempt in attempts(night) if attempt.state == "failed"]
    assert {(a.job_id, a.error, a.error_code) for a in failed} == {
        ("never", "Rejected", "gate_failed")
    }
    versions = read_versions(str(night), "never").versions
    assert [len(version.recipe.rerolls) for version in versions] == [0, 1, 2]
    assert [version.state for version in versions] == ["refused"] * 3


def test_a_night_that_is_killed_again_and_again_makes_the_same_versions(
    night: Path, gates: Path, manifest: str, tmp_path: Path
) -> None:
    kills = 0
    while True:
        try:
            run_here(manifest, tmp_path / "out", tmp_path / "scratch", DiesOften, gates=(gates,))
        except Killed:
            kills += 1
            continue
        break
    assert kills > 1
    for name in ROWS:
        here = Path(f"_run/versions/{name}.json")
        assert (tmp_path / "out" / here).read_text() == (night / here).read_text()
    for name in ("fine", "seed", "restart"):
        assert told(tmp_path / "out", name) == told(night, name)
    ours, theirs = results(tmp_path / "out"), results(night)
    assert [row.sha256 for row in ours.values()] == [row.sha256 for row in theirs.values()]
    assert [row.error_message for row in ours.values()] == [
        row.error_message for row in theirs.values()
    ]
    made = sum(attempt.segments_made for attempt in attempts(night))
    again = sum(attempt.segments_made for attempt in attempts(tmp_path / "out"))
    assert again <= made  # none was drawn twice; what a killed driver did not hear of is found


def test_a_rejected_row_is_judged_again_until_people_choose_a_version_as_it_is(
    gates: Path, media: Media, tmp_path: Path
) -> None:
    rows = a_wilful_manifest(media, tmp_path, never=NEVER)
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    assert run_here(rows, out, scratch, WilfulNight, gates=(gates,)).rejected == 1
    drawn = sum(attempt.segments_made for attempt in attempts(out))
    assert run_here(rows, out, scratch, WilfulNight, gates=(gates,)).rejected == 1
    assert sum(attempt.segments_made for attempt in attempts(out)) == drawn
    with pytest.raises(ManifestUnusable, match=r"has no version 9 in .*; there are 1, 2, 3"):
        ask_version(str(out), "never", 9)
    assert ask_version(str(out), "never", 2).level == "fail"
    assert run_here(rows, out, scratch, WilfulNight, gates=(gates,)).complete
    flags = [text for text in results(out)["never"].warnings if "quality_flagged" in text]
    assert "black is 47 frames, above 0" in flags[0]
    sidecar = json.loads((out / "videos/never.json").read_text())
    assert sidecar["chosen"] == 2
    assert {each["seed"] for each in sidecar["drawn"]} == {next_seed(NEVER)}
    assert [each["state"] for each in sidecar["versions"]] == ["refused", "delivered", "refused"]
    assert sidecar["versions"][1]["level"] == "fail"
    assert run_here(rows, out, scratch, WilfulNight).kept == 1  # whatever the gates are by now


def test_a_run_draws_in_vain_no_more_than_its_share(
    gates: Path, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.engine.budget.FEWEST_IN_VAIN", 1)
    rows = a_wilful_manifest(media, tmp_path, never=NEVER)
    out, limited = tmp_path / "out", {"gates": (gates,), "rerolls": {"run_share": 0.0}}
    run_here(rows, out, tmp_path / "scratch", WilfulNight, **limited)
    assert results(out)["never"].error_code == "rerolls_used_up"
    assert sum(attempt.segments_made for attempt in attempts(out)) == 2
    run_here(rows, out, tmp_path / "scratch", WilfulNight, gates=(gates,), rerolls={"seeds": 0})
    assert results(out)["never"].error_code == "gate_failed"
    assert sum(attempt.segments_made for attempt in attempts(out)) == 2
