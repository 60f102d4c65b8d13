"""How far a mouth is open in each frame, whatever the head does: the face mesh, seen from ahead."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.picture import enlarged, enlargement
from pipeline.evaluate.series import Series
from pipeline.media.face.face import LEAST_PRESENCE
from pipeline.media.face.facemesh import Mesh, crop_around, fit_mesh
from pipeline.quality.looks import lip_gap

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]
"""[468, 3]: a face mesh in pixels of its frame."""

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


def lip_gaps(frames: Iterable[Pixels], like: Points) -> Series:
    """[frames]; NaN where no face was found."""
    meshes = (mesh_of(frame, like) for frame in frames)
    return np.array([float("nan") if mesh is None else lip_gap(mesh) for mesh in meshes])


def missing(series: Series) -> int:
    """Frames without a value."""
    return int((~np.isfinite(series)).sum())
