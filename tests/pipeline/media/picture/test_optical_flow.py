from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.media.picture.optical_flow import Picture, bridge, seam_z
from tests.media_builders import a_portrait


def moved(right: float, down: float, degrees: float, brighter: float = 0) -> Picture:
    """The astronaut, turned about the nose, shifted, in another light."""
    turn = cv2.getRotationMatrix2D((224, 110), degrees, 1)
    turn[:, 2] += (right, down)
    image = cv2.warpAffine(
        a_portrait(), turn, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.clip(image.astype(np.float32) + brighter, 0, 255).astype(np.uint8)


def error_of(image: Picture, truth: Picture) -> float:
    inner = slice(24, -24)
    return float(np.abs(image[inner, inner].astype(int) - truth[inner, inner]).mean())


@pytest.mark.parametrize("share", [1, 2, 3])
def test_what_moves_is_half_way_half_way(share: int) -> None:
    between = bridge(moved(0, 0, 0), moved(7, -4, 3, 10), 3)
    late = share / 4
    truth = moved(7 * late, -4 * late, 3 * late, 10 * late)
    dissolve = (moved(0, 0, 0) * (1 - late) + moved(7, -4, 3, 10) * late).astype(np.uint8)
    assert error_of(between[share - 1], truth) < 3
    assert error_of(between[share - 1], truth) < error_of(dissolve, truth) / 5


def test_what_appears_dissolves_in_place() -> None:
    before, after = a_portrait(), a_portrait()
    cv2.ellipse(after, (222, 150), (16, 10), 0, 0, 360, (40, 10, 10), -1)
    middle = bridge(before, after, 1)[0]
    mean = (before[140:160, 212:232].astype(int) + after[140:160, 212:232]) / 2
    assert np.abs(middle[140:160, 212:232] - mean).mean() < 12
    assert np.abs(middle[200:].astype(int) - before[200:]).mean() < 1


def test_between_equal_pictures_nothing_changes() -> None:
    between = bridge(a_portrait(), a_portrait(), 4)
    assert between.shape == (4, 512, 512, 3)
    assert np.abs(between.astype(int) - a_portrait()).max() <= 1


def test_no_pictures_are_none() -> None:
    assert bridge(a_portrait(), a_portrait(), 0).shape == (0, 512, 512, 3)


def test_the_same_pictures_give_the_same_bridge() -> None:
    pair = a_portrait(), moved(3, 2, 1)
    np.testing.assert_array_equal(bridge(*pair, 2), bridge(*pair, 2))


def test_pictures_of_two_shapes_have_no_bridge() -> None:
    with pytest.raises(ValueError, match="shape"):
        bridge(a_portrait(), a_portrait()[:-2], 2)


def test_a_jump_is_a_seam_and_steady_motion_is_none() -> None:
    steady = np.stack([moved(0.3 * n, 0, 0) for n in range(10)])
    jump = np.stack([moved(0.3 * n + 6, 3, 1) for n in range(5)])
    assert seam_z(steady[:5], steady[5:]) < 3
    assert seam_z(steady[:5], jump) > 6


def test_a_bridge_takes_the_seam_away() -> None:
    steady = [moved(0.5 * n, 0, 0) for n in range(12)]
    after = [moved(0.5 * n + 2, 1, 0) for n in range(12, 18)]
    bridged = [*steady[:10], *bridge(steady[9], after[1], 3), *after[1:]]
    assert seam_z(np.stack(steady), np.stack(after)) > 6
    assert seam_z(np.stack(bridged[:11]), np.stack(bridged[11:])) < 6


def test_a_join_without_neighbours_cannot_be_judged() -> None:
    with pytest.raises(ValueError, match="others"):
        seam_z(a_portrait()[None], a_portrait()[None])
