"""The face mesh of a frame that is looked at alone; small frames are enlarged first."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.media.face.face import LEAST_PRESENCE
from pipeline.media.face.facemesh import Mesh, crop_around, fit_mesh
from pipeline.quality.looks import Pixels, Points

RIGHT_EYE, LEFT_EYE = 33, 263
MESH_SIDE = 256
"""Small frames are enlarged to this before the mesh is fitted to them."""


def mesh_of(frame: Pixels, like: Points) -> Points | None:
    """The frame's mesh, looked for around the portrait's, `like`; None where the net sees no face.

    Each frame is looked at alone, so that one lost face does not lose the next.
    """
    scale = np.float32(enlargement(frame, MESH_SIDE))
    flat = like[:, :2] * scale
    crop = crop_around(flat, flat[RIGHT_EYE], flat[LEFT_EYE])
    mesh: Mesh = fit_mesh(enlarged(frame, MESH_SIDE), crop)
    return mesh.points / scale if mesh.presence >= LEAST_PRESENCE else None


def enlarged(frame: Pixels, side: int) -> Pixels:
    """Bicubic, until the shorter side has `side` pixels; larger pictures stay as they are."""
    scale = enlargement(frame, side)
    if scale == 1:
        return frame
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def enlargement(frame: Pixels, side: int) -> float:
    """The factor of `enlarged`, at least 1."""
    height, width = frame.shape[:2]
    return max(1.0, side / min(int(height), int(width)))
