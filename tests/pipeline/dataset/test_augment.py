"""Portraits varied as a studio's vary."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.dataset.augment import person_mask, relit, varied, with_background
from pipeline.media.face.face import bounds, find_faces, landmarks_of
from pipeline.media.framing import Size
from tests.pipeline.animatic.takes import a_mesh, a_portrait

CANVAS = Size(width=256, height=256)


@pytest.mark.parametrize("seed", range(6))
def test_the_mesh_stays_on_the_face(seed: int) -> None:
    """Found again on the varied portrait, it is where the variation says it is."""
    portrait, points = varied(a_portrait(), a_mesh(), CANVAS, np.random.default_rng(seed))
    (face,) = find_faces(portrait)
    found = landmarks_of(portrait, face).points
    away = np.linalg.norm(found[:, :2] - points[:, :2], axis=1)
    assert portrait.shape == (256, 256, 3)
    assert bounds(points).width > 60
    assert away.mean() < 1.5
    assert away.max() < 3


def test_the_same_draws_give_the_same_portrait_and_others_another() -> None:
    one, two, other = (
        varied(a_portrait(), a_mesh(), CANVAS, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    assert np.abs(one[1] - other[1]).max() > 1
    assert not np.array_equal(one[0], other[0])


def test_another_background_leaves_the_face_alone() -> None:
    person = person_mask(a_portrait(), a_mesh())
    changed = with_background(a_portrait(), a_mesh(), np.random.default_rng(1)).astype(int)
    difference = np.abs(changed - a_portrait()).max(axis=2)
    nose = a_mesh()[1, :2].round().astype(int)
    assert person[nose[1], nose[0]] == pytest.approx(1)
    assert difference[person > 0.999].max() <= 1
    assert difference[person < 0.001].mean() > 10


def test_light_changes_colours_and_keeps_the_picture() -> None:
    lit = relit(a_portrait(), np.random.default_rng(3))
    assert not np.array_equal(lit, a_portrait())
    grey = [picture.mean(axis=2).ravel() for picture in (lit, a_portrait())]
    assert np.corrcoef(*grey)[0, 1] > 0.9
