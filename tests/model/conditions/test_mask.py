"""The box of the face that the reference network is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.conditions.mask import SILHOUETTE, Region, expanded, face_mask, silhouette_box


def a_mesh(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A mesh whose outline fills the box; all other points are far outside."""
    mesh = np.full((478, 3), -1e4, np.float32)
    around = np.linspace(0, 1, len(SILHOUETTE))
    mesh[list(SILHOUETTE), 0] = left + (right - left) * around
    mesh[list(SILHOUETTE), 1] = top + (bottom - top) * around
    return mesh


def test_the_box_is_that_of_the_outline_with_rounded_edges() -> None:
    assert silhouette_box(a_mesh(10.4, 20.6, 49.5, 80.5)) == Region(10, 21, 50, 80)


def test_the_box_grows_by_a_fifth_about_its_centre() -> None:
    assert expanded(Region(40, 50, 80, 110), 200, 200) == Region(36, 44, 84, 116)


def test_a_box_that_leaves_the_picture_is_pushed_back_inside() -> None:
    assert expanded(Region(0, 100, 40, 160), 164, 200) == Region(0, 92, 48, 164)


def test_the_mask_is_hard() -> None:
    mask = face_mask(a_mesh(40, 50, 80, 110), 200, 220)
    assert mask.shape == (200, 220)
    assert sorted(np.unique(mask)) == [0, 255]
    assert mask[44:116, 36:84].min() == 255
    assert int((mask == 255).sum()) == 72 * 48


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="468"):
        silhouette_box(np.zeros((68, 2), np.float32))


edges = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted)


@given(edges, edges)
def test_an_expanded_box_lies_inside_and_is_as_large_as_it_can_be(
    across: list[int], down: list[int]
) -> None:
    region = Region(across[0], down[0], across[1], down[1])
    left, top, right, bottom = expanded(region, 300, 300)
    assert 0 <= left <= right <= 300
    assert 0 <= top <= bottom <= 300
    assert right - left == min(int((across[1] - across[0]) * 1.2 // 2) * 2, 300)
