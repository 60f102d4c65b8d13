"""Where the face is in a portrait: the part that the reference network is shown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EXPANSION = 1.2
"""The face box grows by this about its centre, so that hair and chin are inside."""

SILHOUETTE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The points of a face mesh (468 or 478) that go round the face."""


class Region(NamedTuple):
    """A box in whole pixels, `right` and `bottom` outside."""

    left: int
    top: int
    right: int
    bottom: int


def face_mask(landmarks: NDArray[np.floating], height: int, width: int) -> NDArray[np.uint8]:
    """uint8 [height, width]: 255 in the expanded box of the face, 0 elsewhere, no soft edge.

    `landmarks` [468 or more, 2 or 3] are the face mesh's points in pixels.
    """
    region = expanded(silhouette_box(landmarks), height, width)
    mask = np.zeros((height, width), np.uint8)
    mask[region.top : region.bottom, region.left : region.right] = 255
    return mask


def silhouette_box(landmarks: NDArray[np.floating]) -> Region:
    """The box of the outline, its edges rounded."""
    if len(landmarks) <= max(SILHOUETTE):
        raise ValueError(f"a face mesh has at least 468 points, not {len(landmarks)}")
    outline = landmarks[list(SILHOUETTE), :2]
    low, high = np.rint(outline.min(axis=0)), np.rint(outline.max(axis=0))
    return Region(*(int(edge) for edge in (*low, *high)))


def expanded(region: Region, height: int, width: int, ratio: float = EXPANSION) -> Region:
    """The box grown about its centre and pushed back inside the picture; cut where it is too large
    for it."""
    left, right = _grown(region.left, region.right, width, ratio)
    top, bottom = _grown(region.top, region.bottom, height, ratio)
    return Region(left, top, right, bottom)


def _grown(low: int, high: int, length: int, ratio: float) -> tuple[int, int]:
    """Half sides are floored, as in the original: the new side is even."""
    middle, half = (low + high) // 2, int((high - low) * ratio // 2)
    low, high = middle - half, middle + half
    if low < 0:
        low, high = 0, high - low
    if high > length:
        low, high = low - (high - length), length
    return max(low, 0), high
