"""Portraits turned to one side: the material's are all frontal, a studio's are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.controls import Control
from pipeline.animatic.points import INDEX, LEFT_EAR, RIGHT_EAR
from pipeline.animatic.puppet import make_puppet
from pipeline.animatic.rig import Rig, turned_points
from pipeline.media.face.face import PROFILE_DEG, yaw_degrees

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]

LEAST_DEG = 8.0


def turned_shot(
    picture: Pixels, landmarks: Points, rng: np.random.Generator
) -> tuple[Pixels, Points]:
    """The portrait looking to a drawn side, and its mesh: never so far that the warp tears."""
    yaw = yaw_degrees(landmarks)
    side = 1.0 if rng.random() < 0.5 else -1.0  # noqa: PLR2004  either
    room = PROFILE_DEG - side * yaw
    share = rng.random()
    if room <= LEAST_DEG:
        return picture, landmarks
    puppet = make_puppet(picture, landmarks)
    row = np.zeros(len(Control), np.float32)
    row[Control.YAW] = side * np.radians(LEAST_DEG + share * (room - LEAST_DEG))
    return puppet.frame(row), turned_mesh(landmarks, puppet.rig, float(row[Control.YAW]))


def turned_mesh(landmarks: Points, rig: Rig, yaw: float) -> Points:
    """All points [468, 3] of a face, its mouth at rest, turned as the puppet turns its own."""
    frame, away = rig.frame, landmarks[:, 2].astype(np.float64) / rig.frame.unit
    flat = frame.enter(landmarks[:, :2].astype(np.float64))
    flat[INDEX] = rig.rest
    middle = away[[RIGHT_EAR, LEFT_EAR]].mean()
    row = np.zeros(len(Control))
    row[Control.YAW] = yaw * rig.turn
    pixels = frame.leave(turned_points(flat, middle - away, row))
    behind = (away - middle) * np.cos(row[Control.YAW]) + flat[:, 0] * np.sin(row[Control.YAW])
    return np.column_stack([pixels, (behind + middle) * frame.unit]).astype(np.float32)
