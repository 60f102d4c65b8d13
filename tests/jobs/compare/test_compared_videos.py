"""Frames of two videos, and two real nights of one row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from jobs.cli import app
from jobs.compare.video_difference import (
    VideoDifference,
    frame_psnr_db,
    line_of_video,
    picture_difference,
)
from manifests import Job
from tests.night import Media, a_manifest, run_here


def levels(*values: int, side: int = 4) -> Iterator[NDArray[np.uint8]]:
    return (np.full((side, side, 3), value, np.uint8) for value in values)


def test_the_first_and_the_worst_frame_are_found() -> None:
    found = picture_difference(levels(5, 6, 7, 8), levels(5, 7, 37, 9))
    assert (found.differ, found.first, found.worst) == (3, 1, 2)
    assert found.worst_db == pytest.approx(20 * np.log10(255 / 30), abs=1e-4)
    assert not found.same


def test_equal_videos_have_no_first_and_no_worst_frame() -> None:
    found = picture_difference(levels(1, 2), levels(1, 2))
    assert found.same
    assert (found.first, found.worst, found.worst_db) == (None, None, None)


@pytest.mark.parametrize(("one", "other"), [((1, 2, 3), (1,)), ((1,), (1, 2, 3)), ((), (4,))])
def test_frames_that_one_has_alone_are_counted_and_not_compared(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    found = picture_difference(levels(*one), levels(*other))
    assert (found.frames_one, found.frames_other, found.differ) == (len(one), len(other), 0)
    assert not found.same


def test_one_pixel_of_one_frame_is_seen_and_another_size_is_said() -> None:
    one, other = next(levels(9)), next(levels(9))
    other[3, 3, 2] = 10
    found = picture_difference([one], [other])
    assert (found.first, found.differ) == (0, 1)
    assert found.worst_db == pytest.approx(10 * np.log10(255**2 * 48), abs=1e-3)
    sized = picture_difference(levels(1), levels(1, side=8))
    assert sized.other_size
    told = VideoDifference(profile="web", pictures=sized, first_s=0, worst_s=None, same_sound=True)
    assert line_of_video(told) == "  video web: sound the same; frames of another size"


def test_equal_frames_have_a_finite_figure() -> None:
    assert frame_psnr_db(next(levels(3)), next(levels(3))) == pytest.approx(100)


def call(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["compare", *map(str, words)])
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def nights(media: Media, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A night of one row, and the same with another seed and one more row, without a portrait."""
    folder = tmp_path_factory.mktemp("nights")
    job = Job(job_id="said", portrait_uri=str(media.portrait), script="Hello.", seed=4)
    extra = Job(job_id="extra", portrait_uri=str(folder / "none.png"), script="Hello.")
    for name, jobs in (("one", [job]), ("other", [replace(job, seed=5), extra])):
        (folder / name).mkdir()
        run_here(a_manifest(folder / name, jobs), folder / name / "out", folder / "scratch")
    return folder / "one/out", folder / "other/out"


@pytest.fixture(scope="module")
def told(nights: tuple[Path, Path]) -> dict[str, Any]:
    code, text = call(*nights, "--json")
    assert code == 1
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_night_is_the_same_as_itself_and_as_its_copy(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    one, _ = nights
    shutil.copytree(one, tmp_path / "copy", ignore=shutil.ignore_patterns("work"))
    for other in (one, tmp_path / "copy"):
        assert call(one, other) == (0, "1 rows the same, 0 differ, 0 in one night only\n")


def test_another_seed_is_told_down_to_the_first_frame(told: dict[str, Any]) -> None:
    (row,) = told["rows"]
    changes = {(each["kind"], each["name"]): each for each in row["changes"]}
    assert changes["made_of", "seed"]["other"] == 5
    assert ("file", "web") in changes
    assert ("status", "status") not in changes
    assert ("shape", "frames") not in changes
    (video,) = row["videos"]
    pictures = video["pictures"]
    assert video["same_sound"] is True
    assert 0 <= pictures["first"] <= pictures["worst"]
    assert pictures["frames_one"] == pictures["frames_other"] >= pictures["differ"] > 0
    assert 10 < pictures["worst_db"] < 60
    assert video["first_s"] == pytest.approx(pictures["first"] / 25)


def test_a_row_of_one_night_alone_is_named(told: dict[str, Any]) -> None:
    assert (told["only_one"], told["only_other"], told["same"]) == ([], ["extra"], 0)


def test_people_are_told_the_same(nights: tuple[Path, Path]) -> None:
    code, text = call(*nights, "--no-frames")
    assert code == 1
    assert f"extra: only in {nights[1]}" in text
    assert "  made_of seed: " in text
    assert "  video " not in text
    assert text.endswith("0 rows the same, 1 differ, 1 in one night only\n")


def test_a_video_that_is_gone_costs_its_own_comparison(
    nights: tuple[Path, Path], tmp_path: Path
) -> None:
    shutil.copytree(nights[1], tmp_path / "copy", ignore=shutil.ignore_patterns("work"))
    (tmp_path / "copy/videos/said.mp4").unlink()
    code, text = call(nights[0], tmp_path / "copy")
    assert code == 1
    assert "video web: not compared: " in text


def test_what_is_no_night_is_a_wrong_call(nights: tuple[Path, Path], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["compare", str(nights[0]), str(tmp_path)])
    assert getattr(result.exception, "code", "") == "not_a_run"
