"""What becomes of a row's portrait: the picture on its canvas, its points, and what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from manifests.errors import BadInput
from manifests.job import Job
from pipeline.limits import Limits
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.face.mouth import LIPS, mouth_contrast, mouth_warnings
from pipeline.presets import ANIMATIC
from pipeline.take_portrait import Picture, ready_picture

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]

EYES = [33, 133, 362, 263]


def astronaut() -> Pixels:
    return np.asarray(skimage.data.astronaut(), np.uint8)


def points_of(picture: Pixels) -> Points:
    return landmarks_of(picture, find_faces(picture)[0]).points


def readied(picture: Pixels, folder: Path) -> tuple[Picture, Pixels, Points]:
    Image.fromarray(picture).save(folder / "in.png")
    job = Job(job_id="a", portrait_uri=str(folder / "in.png"), script="Hello.")
    ready = ready_picture(folder / "in.png", job, ANIMATIC, Limits(), folder)
    drawn = np.asarray(Image.open(folder / "portrait.png"))
    return ready, drawn, np.load(folder / "landmarks.npy")


def codes(warnings: tuple[str, ...]) -> list[str]:
    return [warning.partition(":")[0] for warning in warnings]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_mouth_is_never_above_the_eyes(tmp_path: Path, turns: int) -> None:
    ready, drawn, points = readied(np.ascontiguousarray(np.rot90(astronaut(), turns)), tmp_path)
    assert codes(ready.warnings) == ["portrait_turned"]
    assert points[list(LIPS), 1].mean() > points[EYES, 1].mean() + 20
    np.testing.assert_array_equal(drawn, astronaut())
    assert np.abs(points[:, :2] - points_of(astronaut())[:, :2]).max() < 3


def test_an_upright_portrait_is_left_alone(tmp_path: Path) -> None:
    ready, drawn, _ = readied(astronaut(), tmp_path)
    assert ready.warnings == ()
    np.testing.assert_array_equal(drawn, astronaut())


@pytest.mark.parametrize(("below", "cut"), [(17, False), (14, True), (0, True), (2, True)])
def test_a_mouth_cut_off_by_the_edge_is_refused_and_a_chin_is_said(
    tmp_path: Path, below: int, cut: bool
) -> None:
    row = int(points_of(astronaut())[below, 1]) + 2 * (below == 17)
    picture = np.ascontiguousarray(astronaut()[:row])
    if not cut:
        assert codes(readied(picture, tmp_path)[0].warnings) == ["chin_outside"]
        return
    with pytest.raises(BadInput, match="whole head") as refused:
        readied(picture, tmp_path)
    assert refused.value.code == "mouth_outside"


def covered(picture: Pixels, points: Points, colour: tuple[int, int, int]) -> Pixels:
    """A mask over nose, mouth and chin, with folds and grain of cloth."""
    draw = np.random.default_rng(0)
    edge = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288]
    shape = points[[*edge, 361, 323, 454, 197], :2].astype(np.int32)
    under = cv2.fillPoly(np.zeros(picture.shape[:2], np.uint8), [shape], 1)[..., None]
    folds = cv2.GaussianBlur(draw.normal(0, 1, picture.shape[:2]), (0, 0), 9)
    cloth = np.array(colour) + (8 * folds / folds.std() + draw.normal(0, 4, folds.shape))[..., None]
    return np.where(under > 0, np.clip(cloth, 0, 255), picture).astype(np.uint8)


@pytest.mark.parametrize("colour", [(150, 190, 220), (25, 25, 25), (235, 235, 235)])
def test_a_mouth_under_a_mask_is_said(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    ready, _, _ = readied(covered(astronaut(), points_of(astronaut()), colour), tmp_path)
    assert "mouth_hidden" in codes(ready.warnings)


@pytest.mark.parametrize("worse", ["plain", "dark", "grainy", "small"])
def test_a_mouth_that_is_seen_is_not_said_to_be_hidden(worse: str) -> None:
    plain = astronaut()
    picture = {
        "plain": plain,
        "dark": plain // 4,
        "grainy": np.clip(
            plain + np.random.default_rng(0).normal(0, 20, plain.shape), 0, 255
        ).astype(np.uint8),
        "small": np.asarray(cv2.resize(plain, (205, 205), interpolation=cv2.INTER_AREA), np.uint8),
    }[worse]
    assert mouth_contrast(picture, points_of(picture)) > 0.55


def test_points_that_stand_on_their_head_are_refused() -> None:
    points = points_of(astronaut()) * np.array([1, -1, 1], np.float32) + np.float32([0, 512, 0])
    with pytest.raises(BadInput) as refused:
        mouth_warnings(astronaut(), points, "in.png")
    assert refused.value.code == "portrait_sideways"


@pytest.mark.parametrize(("blur", "told"), [(0, []), (3, ["portrait_blurred"])])
def test_a_face_out_of_focus_is_said(tmp_path: Path, blur: int, told: list[str]) -> None:
    picture = cv2.GaussianBlur(astronaut(), (0, 0), blur) if blur else astronaut()
    Image.fromarray(picture).save(tmp_path / "in.png")
    job = Job(job_id="a", portrait_uri=str(tmp_path / "in.png"), script="Hello.")
    ready = ready_picture(tmp_path / "in.png", job, ANIMATIC, Limits(), tmp_path)
    assert codes(ready.warnings) == told


@pytest.mark.parametrize(("canvas", "told"), [((128, 128), []), ((720, 720), ["small_face"])])
def test_a_face_that_is_made_much_larger_is_said(
    tmp_path: Path, canvas: tuple[int, int], told: list[str]
) -> None:
    small = np.full((600, 600, 3), 96, np.uint8)
    small[200:360, 200:360] = cv2.resize(astronaut(), (160, 160), interpolation=cv2.INTER_AREA)
    Image.fromarray(small).save(tmp_path / "in.png")
    job = Job(job_id="a", portrait_uri=str(tmp_path / "in.png"), script="Hello.")
    preset = replace(ANIMATIC, canvas=canvas)
    ready = ready_picture(tmp_path / "in.png", job, preset, Limits(), tmp_path)
    assert codes(ready.warnings) == told
