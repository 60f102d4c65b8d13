"""What the teacher's portraits get that the material has not: turned heads, and glasses."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.animatic.points import INDEX
from pipeline.animatic.rig import make_rig
from pipeline.dataset.augment import LEAST_DEG, Variety, turned_mesh, turned_shot, varied
from pipeline.dataset.glasses import EYES, with_glasses
from pipeline.media.face.face import PROFILE_DEG, find_faces, landmarks_of, yaw_degrees
from pipeline.media.framing import Size
from tests.pipeline.animatic.takes import a_mesh, a_portrait


def test_the_turned_mesh_lies_on_the_turned_face() -> None:
    portrait, points = turned_shot(a_portrait(), a_mesh(), np.random.default_rng(1))
    (face,) = find_faces(portrait)
    found = landmarks_of(portrait, face).points
    assert abs(yaw_degrees(points) - yaw_degrees(a_mesh())) > LEAST_DEG / 2
    assert np.linalg.norm(found[:, :2] - points[:, :2], axis=1).mean() < 4
    # looked at by itself, the face has turned the same way
    assert (yaw_degrees(found) - yaw_degrees(a_mesh())) * (
        yaw_degrees(points) - yaw_degrees(a_mesh())
    ) > 0


@pytest.mark.parametrize("seed", range(8))
def test_no_head_is_turned_past_where_the_warp_tears(seed: int) -> None:
    _, points = turned_shot(a_portrait(), a_mesh(), np.random.default_rng(seed))
    assert abs(yaw_degrees(points)) <= PROFILE_DEG


def test_a_head_at_the_border_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.dataset.augment.yaw_degrees", lambda _: -PROFILE_DEG)
    rng = np.random.default_rng(1)
    assert rng.random() > 0.5  # to the left, where there is no room
    portrait, points = turned_shot(a_portrait(), a_mesh(), np.random.default_rng(1))
    assert portrait is a_portrait() or np.array_equal(portrait, a_portrait())
    assert np.array_equal(points, a_mesh())


def test_no_turn_moves_nothing_but_the_mouth_to_its_rest() -> None:
    mesh = turned_mesh(a_mesh(), make_rig(a_mesh()), 0.0)
    steering = np.isin(np.arange(len(mesh)), INDEX)
    assert np.allclose(mesh[~steering], a_mesh()[~steering], atol=1e-2)
    assert np.allclose(mesh[:, 2], a_mesh()[:, 2], atol=1e-2)


def test_glasses_are_about_the_eyes_and_nowhere_else() -> None:
    portrait, mesh = a_portrait(), a_mesh()
    worn = with_glasses(portrait, mesh, np.random.default_rng(2))
    changed = np.abs(worn.astype(int) - portrait).max(axis=2) > 8
    rows = np.flatnonzero(changed.any(axis=1))
    unit = np.linalg.norm(mesh[EYES[1][1], :2] - mesh[EYES[0][0], :2])
    level = mesh[[point for eye in EYES for point in eye], 1].mean()
    assert 0.004 < changed.mean() < 0.1
    assert level - 0.6 * unit < rows.min() < level < rows.max() < level + 0.6 * unit


def test_a_share_of_all_turns_and_dresses_every_portrait() -> None:
    canvas = Size(width=64, height=64)
    picture, mesh = varied(a_portrait(), a_mesh(), canvas, np.random.default_rng(3))
    every = Variety(turned_heads=1.0, glasses=1.0)
    other, turned_one = varied(a_portrait(), a_mesh(), canvas, np.random.default_rng(3), every)
    assert not np.array_equal(picture, other)
    assert abs(yaw_degrees(turned_one) - yaw_degrees(mesh)) > LEAST_DEG / 2
