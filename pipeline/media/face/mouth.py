"""Whether a portrait's mouth can be seen: what the lips are drawn from must be in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput

Image = NDArray[np.uint8]
"""[height, width, 3] RGB."""

Points = NDArray[np.float32]
"""[468, 3]: the face mesh in pixels."""

LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
"""The outer edge of the lips."""

CHIN = 152
MOUTH_CORNERS = (61, 291)
EYE_CORNERS = ((33, 133), (362, 263))

LEAST_CONTRAST = 0.45
"""Of a mouth, as a part of the eyes': 0.63 to 1.7 was measured on portraits, also dark, blurred and
grainy ones, and 0.07 to 0.5 where a mask, a scarf or a hand was drawn over it."""

_WIDE, _HIGH = 48, 32
_GRAIN = 2.0


def mouth_warnings(image: Image, landmarks: Points, name: str) -> tuple[str, ...]:
    """What is wrong with how much of the mouth is seen.

    Raises `BadInput`: `mouth_outside` where lips lie beyond the picture's edge, `portrait_sideways`
    where they lie above the eyes.
    """
    height, width = image.shape[:2]
    eyes = landmarks[[corner for pair in EYE_CORNERS for corner in pair], 1].mean()
    if landmarks[list(LIPS), 1].mean() <= eyes:
        raise BadInput(
            "portrait_sideways",
            f"{name}: the face is not upright; turn the picture and save it again.",
        )
    inside = _inside(landmarks, width, height)
    if not inside[list(LIPS)].all():
        raise BadInput(
            "mouth_outside",
            f"{name}: the mouth is cut off by the edge of the picture; give one of the whole head.",
        )
    told = []
    if not inside[CHIN]:
        told.append(f"chin_outside: the chin of {name} is cut off; a whole head looks better")
    if mouth_contrast(image, landmarks) < LEAST_CONTRAST:
        told.append(
            f"mouth_hidden: hardly a mouth is seen in {name}; if something covers it, give another "
            "portrait"
        )
    return tuple(told)


def _inside(landmarks: Points, width: int, height: int) -> NDArray[np.bool_]:
    across, down = landmarks[:, 0], landmarks[:, 1]
    return np.asarray((across >= 0) & (across < width) & (down >= 0) & (down < height))


def mouth_contrast(image: Image, landmarks: Points) -> float:
    """How much light and shade there is about the mouth, over what there is about the eyes."""
    mouth = _contrast(image, landmarks, MOUTH_CORNERS, reach=0.3)
    eyes = [_contrast(image, landmarks, corners, reach=0.5) for corners in EYE_CORNERS]
    return mouth / max(float(np.mean(eyes)), 1e-6)


def _contrast(image: Image, landmarks: Points, corners: Sequence[int], *, reach: float) -> float:
    """Spread of grey in the strip between two corners, `reach` times its length up and down;
    grain does not count."""
    one, other = landmarks[list(corners), :2]
    along = other - one
    up = np.array([along[1], -along[0]]) * reach
    density = max(1, round(float(np.linalg.norm(along)) / _WIDE))
    size = (_WIDE * density, _HIGH * density)
    ends = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
    seen = np.array([one + up, other + up, one - up], np.float32)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    strip = cv2.warpAffine(grey, cv2.getAffineTransform(seen, ends), size)
    small = cv2.resize(strip, (_WIDE, _HIGH), interpolation=cv2.INTER_AREA).astype(np.float32)
    return float(cv2.GaussianBlur(small, (0, 0), _GRAIN).std())
