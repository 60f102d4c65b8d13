"""One look_at at a frame: the face in it and what is around, against the portrait."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.media.face.blazeface import detect, strongest
from pipeline.media.face.face import CLOSE_UP, LEAST_PRESENCE, MOST_OVERLAP, detail_of
from pipeline.media.face.facemesh import (
    LEFT_EYE_OUTER,
    RIGHT_EYE_OUTER,
    crop_around,
    fit_mesh,
    mesh_in,
)
from pipeline.nouns import Box

if TYPE_CHECKING:
    from model.conditions.face import FaceEncoder

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

Points = NDArray[np.float32]
"""[468, 3]: a face mesh in pixels of its frame."""

Lab = NDArray[np.float32]
"""[n, 3]: L 0..100, a, b."""

UPPER_LIP, LOWER_LIP, NOSE, FOREHEAD, CHIN = 13, 14, 1, 10, 152
"""The middles of the lips' inner edges; the tip of the nose."""

EYES = ((159, 145, 33, 133), (386, 374, 362, 263))
"""Of each eye its upper and lower lid, and its corners."""

SMALL = 48
"""Pixels of the shorter side at which colours and light are compared: noise and grain do not
count there."""

NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sitter:
    """What the frames of a take are held against: its portrait's mesh, the length of an `eye_span`
    in pixels, `nose` [2], `detail` of the head and mean light; `behind` [n, 3] are the colours
    outside the head, where the small picture's mask `around` [h, w] is true. `encoder` and `vector`
    [channels] say who it is; None where no encoder is installed."""

    mesh: Points
    eye_span: float
    nose: NDArray[np.float32]
    detail: float
    luma: float
    around: NDArray[np.bool_]
    behind: Lab
    encoder: FaceEncoder | None
    vector: NDArray[np.float32] | None

    @classmethod
    def of(cls, portrait: Pixels, mesh: Points, head: Box, encoder: FaceEncoder | None) -> Self:
        """`mesh` and `head` are in the pixels of the portrait, which is as large as the frames."""
        small = smaller(portrait)
        around = outside_small(head, portrait, small)
        span = float(np.linalg.norm(mesh[LEFT_EYE_OUTER] - mesh[RIGHT_EYE_OUTER]))
        return cls(
            mesh=mesh,
            eye_span=max(span, 1e-6),
            nose=mesh[NOSE, :2],
            detail=max(detail_of(portrait, mesh), 1e-6),
            luma=float(small.mean()),
            around=around,
            behind=lab_colours(small[around]),
            encoder=encoder,
            vector=None if encoder is None else face_vector(portrait, mesh, encoder),
        )


def smaller(frame: Pixels) -> Pixels:
    """The frame with a shorter side of `SMALL` pixels, each the mean of what it covers."""
    height, width = frame.shape[:2]
    scale = SMALL / min(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def outside_small(head: Box, frame: Pixels, small: Pixels) -> NDArray[np.bool_]:
    """Which pixels of the small picture do not show the head."""
    high, wide = small.shape[0] / frame.shape[0], small.shape[1] / frame.shape[1]
    around = np.ones(small.shape[:2], np.bool_)
    top, left = max(0, math.floor(head.top * high)), max(0, math.floor(head.left * wide))
    bottom = math.ceil((head.top + head.height) * high)
    around[top:bottom, left : math.ceil((head.left + head.width) * wide)] = False
    return around


def lab_colours(pixels: Pixels) -> Lab:
    """[n, 3] of pixels [n, 3] in sRGB."""
    unit = np.asarray(pixels, np.float32)[None] / np.float32(255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB)[0]) if len(pixels) else unit[0]


def colour_difference(small: Pixels, sitter: Sitter) -> float:
    """Mean CIEDE2000 to the portrait outside the head; NaN where the head fills the picture."""
    from skimage.color import deltaE_ciede2000  # noqa: PLC0415 - slow to load

    if not len(sitter.behind):
        return NAN
    here = lab_colours(small[sitter.around])
    return float(deltaE_ciede2000(here, sitter.behind).mean())  # type: ignore[no-untyped-call]  # skimage has few types


def face_vector(frame: Pixels, mesh: Points, encoder: FaceEncoder) -> NDArray[np.float32]:
    """The embedding [channels] of the face."""
    from model.conditions.face import keypoints_of  # noqa: PLC0415 - loads torch

    return encoder.embed(frame, keypoints_of(mesh)).values[0].numpy()


def found_mesh(frame: Pixels, near: Points, like: Points) -> tuple[Points | None, float]:
    """The frame's mesh and how sure the net is of it, looked for about the mesh `near` of the frame
    before, and then about the portrait's, `like`; None where the net sees no face."""
    flat = near[:, :2]
    mesh = mesh_in(frame, crop_around(flat, flat[RIGHT_EYE_OUTER], flat[LEFT_EYE_OUTER]))
    if mesh.presence < LEAST_PRESENCE:
        flat = like[:, :2]
        mesh = fit_mesh(frame, crop_around(flat, flat[RIGHT_EYE_OUTER], flat[LEFT_EYE_OUTER]))
    return (mesh.points if mesh.presence >= LEAST_PRESENCE else None), mesh.presence


def faces_in(frame: Pixels) -> int:
    """Faces that the detector of close-ups sees."""
    return len(strongest(detect(CLOSE_UP, frame), MOST_OVERLAP).scores)


def lip_gap(mesh: Points) -> float:
    """The gap between the lips over the distance of the outer eye corners, in the face's own axes:
    roll, size and yaw do not count."""
    points = mesh.astype(np.float64)
    across = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    span = max(float(np.linalg.norm(across)), 1e-6)
    across = across / span
    down = points[CHIN] - points[FOREHEAD]
    down = down - across * (down @ across)
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    return float((points[LOWER_LIP] - points[UPPER_LIP]) @ down) / span


def eye_opening(mesh: Points) -> float:
    """Mean height of both eyes over their widths."""
    points = mesh[:, :2].astype(np.float64)
    opened = (
        float(np.linalg.norm(points[low] - points[high]))
        / max(float(np.linalg.norm(points[one] - points[other])), 1e-6)
        for high, low, one, other in EYES
    )
    return sum(opened) / len(EYES)
