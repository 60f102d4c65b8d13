"""One portrait under controls: what moves, what stays, and whether lips do what phones say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.animatic import puppet as drawing
from pipeline.animatic.points import PARTS
from pipeline.animatic.puppet import POINTS_AT_ONCE, Puppet, displacements, make_puppet
from pipeline.media.face.face import find_faces, landmarks_of
from tests.pipeline.animatic.takes import a_mesh, a_portrait, a_row

UPPER_LIP, LOWER_LIP = 13, 14
FOREHEAD, CHIN = 10, 152
CLOSED = 0.025
"""What FaceMesh sees at most between closed lips of a face of 100 pixels: two of them."""


@pytest.fixture(scope="module")
def puppet() -> Puppet:
    return make_puppet(a_portrait(), a_mesh())


def gap(frame: NDArray[np.uint8]) -> float:
    """The distance that FaceMesh sees, in heights of the face."""
    points = landmarks_of(frame, find_faces(frame)[0]).points[:, :2]
    height = np.linalg.norm(points[CHIN] - points[FOREHEAD])
    return float(np.linalg.norm(points[LOWER_LIP] - points[UPPER_LIP]) / height)


def test_the_mouth_that_is_seen_opens_with_the_vowel_and_closes_on_m(puppet: Puppet) -> None:
    wide, half, labial, rest = (
        gap(puppet.frame(a_row(viseme))) for viseme in ("AA", "IH", "B", "SIL")
    )
    assert wide > half + 0.03
    assert half > labial + 0.02
    assert labial < CLOSED
    assert rest < CLOSED


def test_a_smiling_portrait_is_brought_to_closed_lips(puppet: Puppet) -> None:
    assert gap(a_portrait()) > 2 * CLOSED
    assert gap(puppet.frame(a_row())) < CLOSED


def test_a_blink_shuts_the_eyes_and_moves_nothing_but_them(puppet: Puppet) -> None:
    awake, shut = puppet.frame(a_row()), puppet.frame(a_row(blink=1))
    moved = np.argwhere((awake != shut).any(axis=2))[:, ::-1]
    eyes = a_mesh()[[*PARTS["eye_corners"], *PARTS["brows"]], :2]
    assert (moved.min(axis=0) >= eyes.min(axis=0) - 1).all()
    assert (moved.max(axis=0) <= eyes.max(axis=0) + np.array([1, 8])).all()
    right_iris = a_mesh()[[159, 145], :2].mean(axis=0).astype(int)
    open_eye, shut_eye = (
        frame[right_iris[1] - 2, right_iris[0] - 6 : right_iris[0] + 7].mean()
        for frame in (awake, shut)
    )
    assert shut_eye > open_eye + 25  # the lid is brighter than iris and lashes


def test_pixels_outside_the_region_and_on_its_border_are_those_of_the_portrait(
    puppet: Puppet,
) -> None:
    row = a_row("AA", yaw=0.1, pitch=0.06, roll=0.04, shift_x=0.04, zoom=0.02)
    changed = (puppet.frame(row) != a_portrait()).any(axis=2)
    region = puppet.region
    assert changed[region.slices].mean() > 0.3
    changed[region.top + 1 : region.bottom - 1, region.left + 1 : region.right - 1] = False
    assert not changed.any()
    assert region.width * region.height < 0.75 * a_portrait()[..., 0].size


def test_a_frame_is_the_same_bits_whatever_was_rendered_before(puppet: Puppet) -> None:
    row = a_row("OW", yaw=0.05)
    first = puppet.frame(row)
    puppet.frame(a_row("AA"))
    again = make_puppet(a_portrait(), a_mesh()).frame(row)
    assert np.array_equal(first, again)
    assert np.array_equal(first, puppet.frame(row))


def test_the_inside_of_the_mouth_is_dark_in_a_dark_picture() -> None:
    night = (a_portrait() // 4).astype(np.uint8)
    puppet = make_puppet(night, a_mesh())
    lips = a_mesh()[[UPPER_LIP, LOWER_LIP], :2].mean(axis=0).astype(int)
    mouth = puppet.frame(a_row("AA"))[lips[1] - 6 : lips[1] + 12, lips[0] - 10 : lips[0] + 10]
    assert mouth.max() < 90


def test_a_face_at_the_edge_of_the_picture_can_be_posed() -> None:
    cut = np.ascontiguousarray(a_portrait()[:, 100:])
    mesh = a_mesh() - np.array([100, 0, 0], np.float32)
    frame = make_puppet(cut, mesh).frame(a_row("AA", blink=1, yaw=0.1))
    assert frame.shape == cut.shape
    assert (frame != cut).any()


@pytest.mark.parametrize("more", [-1, 0, 1, 1000])
def test_points_taken_some_at_a_time_have_the_bits_of_all_at_once(
    more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(1)
    targets, at = draw.uniform(0, 256, (150, 2)), draw.uniform(0, 256, (POINTS_AT_ONCE + more, 2))
    given = targets, targets + draw.normal(size=targets.shape), at, 40.0
    parts = displacements(*given)
    monkeypatch.setattr(drawing, "POINTS_AT_ONCE", len(at))
    assert np.array_equal(parts, displacements(*given))
