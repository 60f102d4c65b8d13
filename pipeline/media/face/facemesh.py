"""FaceMesh (Kartynnik et al., 2019): 468 points of a face in a rotated square crop around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import Transient
from pipeline.media.face.tflite import MESH, load_net

POINTS = 468
CROP_SCALE = 1.5
"""Side of the crop over the longer side of the face's box."""

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
PASSES = 2
"""The second crop is laid around the points of the first, which takes the detector's error out."""


class Mesh(NamedTuple):
    """`points` float32 [468, 3] in image pixels (z away from the camera), `presence` in [0, 1]."""

    points: NDArray[np.float32]
    presence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCrop:
    """A square of the image: centre, direction of its x axis (unit length), side in pixels."""

    centre: NDArray[np.float32]
    right: NDArray[np.float32]
    side: float

    @property
    def axes(self) -> NDArray[np.float32]:
        """[2, 2]: columns are the crop's x and y direction in the image."""
        return np.array(
            [[self.right[0], -self.right[1]], [self.right[1], self.right[0]]], np.float32
        )


def crop_around(
    points: NDArray[np.float32], right_eye: NDArray[np.float32], left_eye: NDArray[np.float32]
) -> FaceCrop:
    """The crop that shows `points` [n, 2] upright, by the line through the eyes."""
    across = left_eye - right_eye
    right = across / max(float(np.linalg.norm(across)), 1e-6)
    axes = FaceCrop(centre=points[0], right=right, side=1.0).axes
    turned = points @ axes
    low, high = turned.min(axis=0), turned.max(axis=0)
    centre = axes @ ((low + high) / 2)
    return FaceCrop(centre=centre, right=right, side=float((high - low).max()) * CROP_SCALE)


def _pixels(image: NDArray[np.uint8], crop: FaceCrop) -> NDArray[np.float32]:
    """The crop as the net's input in [0, 1]; drawn in the image's own density, then averaged."""
    density = max(1, round(crop.side / MESH.side))
    side = MESH.side * min(density, 8)
    step = crop.axes * (crop.side / side)
    shift = crop.centre - step @ np.full(2, (side - 1) / 2, np.float32)
    to_image = np.concatenate([step, shift[:, None]], axis=1)
    drawn = cv2.warpAffine(
        image, to_image, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    small = cv2.resize(drawn, (MESH.side, MESH.side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def mesh_in(image: NDArray[np.uint8], crop: FaceCrop) -> Mesh:
    """The mesh of the face that `crop` shows."""
    from scipy.special import expit  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    flat, logit = load_net(MESH)(_pixels(image, crop))
    raw = flat.reshape(POINTS, 3) / MESH.side
    flat_points = (raw[:, :2] - 0.5) * crop.side @ crop.axes.T + crop.centre
    points = np.concatenate([flat_points, raw[:, 2:] * crop.side], axis=1).astype(np.float32)
    return Mesh(points=points, presence=float(expit(logit.reshape(()))))


def fit_mesh(image: NDArray[np.uint8], crop: FaceCrop) -> Mesh:
    """The mesh after `PASSES` crops, each laid around the points of the one before."""
    mesh = mesh_in(image, crop)
    for _ in range(PASSES - 1):
        flat = mesh.points[:, :2]
        mesh = mesh_in(image, crop_around(flat, flat[RIGHT_EYE_OUTER], flat[LEFT_EYE_OUTER]))
    return mesh


def load_mesh(path: Path) -> NDArray[np.float32]:
    """Stored points, float32 [468, 3]; raises `Transient` `work_damaged` for anything else: a mesh
    with a hole draws and measures something, or ends far from here."""
    try:
        points: NDArray[np.float32] = np.load(path, allow_pickle=False)
        whole = points.shape == (POINTS, 3) and bool(np.isfinite(points).all())
    except (OSError, ValueError, TypeError, AttributeError, EOFError):
        whole = False
    if not whole:
        told = f"{path} is no mesh of {POINTS} finite points; remove its folder: it is made again"
        raise Transient("work_damaged", told)
    return points
