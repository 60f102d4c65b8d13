"""Glasses painted on portraits that have none: thin dark rims that a small network else melts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]
Flat = NDArray[np.float64]

EYES = ((33, 133), (362, 263))
"""Outer and inner corner, as seen from left to right of the picture."""

RIGHT_EAR, LEFT_EAR = 234, 454
FINER = 4
"""Glasses are painted at four times the size and reduced: rims are thinner than pixels."""

CORNERS = 40


def with_glasses(picture: Pixels, landmarks: Points, rng: np.random.Generator) -> Pixels:
    """Rims of a drawn shape, colour and width about the eyes, a bridge and temples."""
    flat = landmarks[:, :2].astype(np.float64)
    unit = float(np.linalg.norm(flat[EYES[1][1]] - flat[EYES[0][0]]))
    colour = rng.uniform(0, 110) + rng.uniform(-25, 25, 3)
    opaque = _rims(picture.shape[:2], flat, unit, rng)[..., None] * rng.uniform(0.75, 1.0)
    painted = picture * (1 - opaque) + colour * opaque
    return np.asarray(np.clip(np.rint(painted), 0, 255), np.uint8)


def _rims(
    size: tuple[int, ...], flat: Flat, unit: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """[height, width] in 0..1: how much of a pixel the rims cover."""
    large = np.zeros((size[0] * FINER, size[1] * FINER), np.uint8)
    width = max(1, round(rng.uniform(0.02, 0.055) * unit * FINER))
    across = (flat[EYES[1][1]] - flat[EYES[0][0]]) / unit
    down = np.array([-across[1], across[0]])
    half = unit * np.array([rng.uniform(0.24, 0.29), rng.uniform(0.17, 0.25)])
    power, drop = rng.uniform(2.0, 5.0), rng.uniform(0.0, 0.06) * unit
    lines = []
    for outer, inner in EYES:
        centre = (flat[outer] + flat[inner]) / 2 + drop * down
        lines.append(_rim(half, power) @ np.stack([across, down]) + centre)
    left, right = (line.mean(axis=0) for line in lines)
    bridge = np.stack([left + half[0] * across, right - half[0] * across]) - 0.25 * half[1] * down
    temples = [
        np.stack([left - half[0] * across, flat[RIGHT_EAR] - 0.05 * unit * down]),
        np.stack([right + half[0] * across, flat[LEFT_EAR] - 0.05 * unit * down]),
    ]
    for line in [*lines, bridge, *temples]:
        points = np.rint(line * FINER).astype(np.int32)
        cv2.polylines(large, [points], isClosed=len(line) == CORNERS, color=255, thickness=width)
    small = cv2.resize(large, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small / 255.0, np.float64)


def _rim(half: Flat, power: float) -> Flat:
    """[corners, 2] about 0: an ellipse at a power of 2, a rounded box above it."""
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(np.sign(round_) * np.abs(round_) ** (2 / power) * half, np.float64)
