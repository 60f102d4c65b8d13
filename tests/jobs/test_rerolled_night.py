"""A night that is drawn again: what fails, what is kept of it, and that a kill changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobs.engine.executor import Report
from jobs.engine.phases import unrendered_shots
from jobs.engine.steering import RetakenVideo, VersionChoice, retake_from, steering_from
from jobs.instructions.choosing import ask_version
from jobs.instructions.retake_places import RetakePlace
from jobs.instructions.retaking import ask_retake
from jobs.orders import with_retakes
from manifests.errors import ManifestUnusable
from model.shapes import NEW_FRAMES
from pipeline.nouns import Chunk, Reroll, Retake
from pipeline.quality.rerolls import next_seed
from pipeline.quality.versions import VersionRecipe, read_versions
from tests.jobs.wilful import (
    FINE,
    NEVER,
    RESTART,
    SEED,
    WilfulNight,
    a_wilful_manifest,
    let_fail,
)
from tests.manifests.builders import NOON
from tests.night import Media, attempts, results, run_here
from tests.noun_builders import a_take, an_order

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


def test_a_retake_of_what_gates_had_drawn_again_changes_nothing_before_it(
    gates: Path, media: Media, tmp_path: Path
) -> None:
    """Where the chain was begun anew for a segment that the retake covers as well."""
    rows = a_wilful_manifest(media, tmp_path, restart=RESTART)
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    assert run_here(rows, out, scratch, WilfulNight, gates=(gates,)).complete
    before = told(out, "restart")
    (at,) = before["restarts"]
    place = RetakePlace(from_s=(at + NEW_FRAMES) / 25)
    asked = ask_retake(str(out), "restart", place)
    assert run_here(rows, out, scratch, WilfulNight, gates=(gates,)).complete
    now = told(out, "restart")
    assert [now[name] for name in ("restarts", "cuts_s")] == [[at], before["cuts_s"]]
    kept = [old == new for old, new in zip(before["drawn"], now["drawn"], strict=True)]
    assert kept == [True] * 4 + [False] * (len(kept) - 4)
    assert sum(not each for each in kept) == asked.segments
    assert asked.begins_s == (at + NEW_FRAMES) / 25
    assert len(now["versions"]) == len(before["versions"]) + 1


def test_what_gates_decided_counts_for_a_retake_until_its_row_changes() -> None:
    order, retakes = replace(an_order(), row="r"), (Retake(at=90, seed=8),)
    drawn = (Reroll(at=46, base=order.seed, seed=5), Reroll(at=94, base=order.seed, seed=9))
    video = RetakenVideo(row="r", preset=order.preset.digest, rerolls=drawn, restarts=(94,))
    wanted = with_retakes(order, retakes, video)
    assert (wanted.chosen, wanted.version) == (
        0,
        VersionRecipe(seed=order.seed, retakes=retakes, rerolls=drawn, restarts=(94,)),
    )
    first, rest = unrendered_shots(wanted, a_take(200), [Chunk(index=0, start=0, stop=200)])
    assert (first.chunk.stop, rest.chunk.start) == (94, 94)
    assert (first.rerolls, rest.rerolls) == (drawn[:1], drawn[1:])
    assert not first.chosen
    plain = with_retakes(order, retakes)
    assert wanted.request_id != plain.request_id
    assert with_retakes(order, retakes, replace(video, row="changed")) == plain
    assert with_retakes(order, retakes, replace(video, preset="changed")) == plain
    word = retake_from("a", retakes[0], NOON, video)
    choice = VersionChoice(
        jobs=("a",), given=NOON, number=1, recipe=VersionRecipe(seed=1), row="r", preset="p"
    )
    assert steering_from({"1": word}).retaken_videos == {"a": video}
    assert steering_from({"1": word, "2": retake_from("a", retakes[0], NOON)}).retaken_videos == {}
    assert steering_from({"1": word, "2": choice}).retaken_videos == {}


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
