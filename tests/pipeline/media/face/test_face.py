"""Faces in pictures of every size, and no faces where there are none."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from manifests.errors import BadInput, ManifestUnusable
from pipeline.media.face import tflite
from pipeline.media.face.face import (
    Face,
    detail_of,
    find_faces,
    head_box,
    landmarks_of,
    pose_warnings,
    principal_face,
    yaw_degrees,
)
from pipeline.media.face.tflite import MESH, NetFile
from pipeline.nouns import Box

NOSE = np.array([226, 128])
"""The astronaut's nose tip in the 512-pixel picture."""

Image = NDArray[np.uint8]


def astronaut(side: int = 512) -> Image:
    picture = skimage.data.astronaut()
    smooth = cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (side, side), interpolation=smooth), np.uint8)


def on_canvas(picture: Image, width: int, height: int, left: int, top: int) -> Image:
    canvas = np.full((height, width, 3), 96, np.uint8)
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return canvas


def colours(picture: Image) -> Image:
    return np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture[..., :3]


def a_face(area: float) -> Face:
    return Face(
        box=Box(left=0, top=0, width=area, height=1),
        score=0.9,
        keypoints=np.zeros((6, 2), np.float32),
    )


@pytest.mark.parametrize("side", [128, 512, 1024, 4096])
def test_a_face_is_found_in_pictures_of_any_size(side: int) -> None:
    (face,) = find_faces(astronaut(side))
    middle = np.array([face.box.left + face.box.width / 2, face.box.top + face.box.height / 2])
    assert np.abs(middle * 512 / side - NOSE).max() < 15


@pytest.mark.parametrize(("side", "width", "height"), [(512, 4000, 3000), (160, 1280, 720)])
def test_a_face_small_in_the_picture_is_found(side: int, width: int, height: int) -> None:
    picture = on_canvas(astronaut(side), width, height, left=width // 3, top=height // 3)
    (face,) = find_faces(picture)
    nose = landmarks_of(picture, face).points[4, :2]
    expected = NOSE * side / 512 + np.array([width // 3, height // 3])
    assert np.abs(nose - expected).max() < 0.05 * side


@pytest.mark.parametrize("angle_deg", [-20, 20])
def test_landmarks_turn_with_the_face(angle_deg: int) -> None:
    upright = landmarks_of(astronaut(), find_faces(astronaut())[0]).points[:, :2]
    turn = cv2.getRotationMatrix2D((224, 120), angle_deg, 1)
    turned = np.asarray(cv2.warpAffine(astronaut(), turn, (512, 512)), np.uint8)
    (face,) = find_faces(turned)
    found = landmarks_of(turned, face).points[:, :2]
    expected = upright @ turn[:, :2].T + turn[:, 2]
    assert np.linalg.norm(found - expected, axis=1).mean() < 3


def test_two_people_side_by_side_are_two_faces() -> None:
    pair = np.concatenate([astronaut(), astronaut()[:, ::-1]], axis=1)
    faces = find_faces(pair)
    assert len(faces) == 2
    with pytest.raises(BadInput) as caught:
        principal_face(faces, "pair.png")
    assert caught.value.code == "several_faces"
    assert "pair.png" in caught.value.message


def test_a_face_that_fills_the_picture_is_found() -> None:
    assert len(find_faces(np.ascontiguousarray(astronaut()[60:180, 160:290]))) == 1


@pytest.mark.parametrize(
    "name", ["chelsea", "coffee", "rocket", "coins", "brick", "gravel", "moon", "page"]
)
def test_cats_landscapes_and_textures_are_not_faces(name: str) -> None:
    assert find_faces(colours(getattr(skimage.data, name)())) == ()


def test_noise_and_gradients_are_not_faces() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    gradient = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (256, 256, 3))
    assert find_faces(noise) == ()
    assert find_faces(np.ascontiguousarray(gradient)) == ()


def test_a_small_texture_is_searched_without_harm() -> None:
    assert find_faces(np.zeros((1, 1, 3), np.uint8)) == ()
    assert find_faces(np.zeros((8, 900, 3), np.uint8)) == ()


def test_a_picture_without_a_face_is_bad_input() -> None:
    with pytest.raises(BadInput) as caught:
        principal_face((), "tree.png")
    assert caught.value.code == "no_face"


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=5))
def test_the_largest_face_counts_only_when_four_times_the_next(areas: list[float]) -> None:
    faces = tuple(a_face(area) for area in areas)
    ranked = sorted(areas, reverse=True)
    if len(areas) > 1 and ranked[0] < 4 * ranked[1]:
        with pytest.raises(BadInput):
            principal_face(faces, "crowd.png")
    else:
        face, warnings = principal_face(faces, "crowd.png")
        assert face.area == ranked[0]
        assert bool(warnings) == (len(areas) > 1)


def test_a_frontal_face_has_no_yaw_and_a_side_view_is_warned_about() -> None:
    frontal = landmarks_of(astronaut(), find_faces(astronaut())[0]).points
    assert abs(yaw_degrees(frontal)) < 8
    assert pose_warnings(frontal, "astronaut.png") == ()
    camera = colours(skimage.data.camera())
    side = landmarks_of(camera, find_faces(camera)[0]).points
    assert abs(yaw_degrees(side)) > 30
    assert pose_warnings(side, "camera.png")[0].startswith("profile_view")


@given(st.floats(-60, 60))
def test_yaw_is_the_angle_by_which_the_points_were_turned(angle_deg: float) -> None:
    points = np.zeros((468, 3), np.float32)
    points[234], points[454] = (-50, 0, 0), (50, 0, 0)
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, 1]])
    assert yaw_degrees((points @ turn).astype(np.float32)) == pytest.approx(angle_deg, abs=1e-3)


def test_the_head_box_holds_hair_and_chin_and_stays_in_the_picture() -> None:
    points = landmarks_of(astronaut(), find_faces(astronaut())[0]).points
    head = head_box(points, 512, 512)
    assert head.top < 20  # her hair begins at row 12
    assert head.top + head.height > points[152, 1]
    assert head.left < 160
    assert head.left + head.width > 290
    cut = head_box(points - np.array([200, 60, 0], np.float32), 150, 100)
    assert (cut.left, cut.top) == (0, 0)
    assert cut.left + cut.width <= 150
    assert cut.top + cut.height <= 100


def test_the_carrier_of_the_nets_is_never_imported() -> None:
    find_faces(astronaut(128))
    assert tflite.CARRIER not in sys.modules


def test_a_changed_net_file_is_refused() -> None:
    with pytest.raises(ManifestUnusable, match="not the pinned file"):
        tflite.Net(NetFile(name=MESH.name, sha256="0" * 64, side=192))


def test_a_net_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(ManifestUnusable, match="does not exist"):
        tflite.Net(NetFile(name="no.tflite", sha256="0" * 64, side=192))


@pytest.mark.parametrize("beside", [(900, 0), (0, 900), (-900, 0), (0, -900), (900, 900)])
def test_the_detail_of_a_head_that_left_the_picture_is_a_number(beside: tuple[int, int]) -> None:
    mesh = np.zeros((468, 3), np.float32)
    mesh[:, :2] = np.random.default_rng(0).uniform(20, 60, (468, 2)) + beside
    assert np.isfinite(detail_of(astronaut(80), mesh))
