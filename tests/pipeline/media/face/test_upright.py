"""A face stands with its mouth below its eyes, however the picture came."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from manifests.errors import BadInput
from pipeline.media.face import upright as upright_module
from pipeline.media.face.face import landmarks_of, roll_degrees
from pipeline.media.face.upright import stood_upright

Image = NDArray[np.uint8]

BROW, CHIN = 10, 152


def astronaut() -> Image:
    return np.asarray(skimage.data.astronaut(), np.uint8)


def dark(picture: Image) -> Image:
    return picture // 4


def grainy(picture: Image) -> Image:
    noise = np.random.default_rng(0).normal(0, 30, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def grey(picture: Image) -> Image:
    return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("worse", [np.asarray, dark, grainy, grey])
def test_a_portrait_is_turned_until_its_face_is_upright(worse: object, turns: int) -> None:
    assert callable(worse)
    picture = worse(astronaut()[:480])
    found = stood_upright(np.ascontiguousarray(np.rot90(picture, turns)), "in.png")
    np.testing.assert_array_equal(found.pixels, picture)
    points = landmarks_of(found.pixels, found.faces[0]).points
    assert points[CHIN, 1] > points[BROW, 1] + 40
    assert [told.partition(":")[0] for told in found.told] == ["portrait_turned"] * bool(turns)


@pytest.mark.parametrize("tilt_deg", [-40, -20, 20, 40])
def test_a_tilted_head_is_a_pose_and_stays(tilt_deg: int) -> None:
    turn = cv2.getRotationMatrix2D((224, 150), tilt_deg, 0.9)
    tilted = np.asarray(cv2.warpAffine(astronaut(), turn, (512, 512)), np.uint8)
    found = stood_upright(tilted, "in.png")
    assert found.pixels is tilted
    assert found.told == ()
    roll = roll_degrees(landmarks_of(tilted, found.faces[0]).points)
    assert abs(roll + tilt_deg) < 12


def test_a_picture_without_a_face_comes_back_as_it_is() -> None:
    cat = np.asarray(skimage.data.chelsea(), np.uint8)
    found = stood_upright(cat, "cat.png")
    assert found.pixels is cat
    assert found.faces == ()
    assert found.told == ()


def test_where_the_views_do_not_agree_a_lying_portrait_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upright_module, "LEAST_SHARE", 1.01)
    lying = np.ascontiguousarray(np.rot90(astronaut()))
    with pytest.raises(BadInput, match="turn the picture") as refused:
        stood_upright(lying, "in.png")
    assert refused.value.code == "portrait_sideways"
    assert stood_upright(astronaut(), "in.png").told == ()
