"""How far a mouth is open in each frame, whatever the head does: the face mesh, seen from ahead."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pipeline.evaluate.series import Series
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.looks import Pixels, Points, lip_gap


def lip_gaps(frames: Iterable[Pixels], like: Points) -> Series:
    """[frames]; NaN where no face was found."""
    meshes = (mesh_of(frame, like) for frame in frames)
    return np.array([float("nan") if mesh is None else lip_gap(mesh) for mesh in meshes])


def missing(series: Series) -> int:
    """Frames without a value."""
    return int((~np.isfinite(series)).sum())
