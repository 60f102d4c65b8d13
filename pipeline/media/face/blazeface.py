"""BlazeFace (Bazarevsky et al., 2019): boxes and keypoints of the faces in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.media.face.tflite import NetFile, load_net

KEYPOINTS = 6
"""Right eye, left eye, nose tip, mouth, right ear, left ear (right: the person's own)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Anchors: `per_cell` of them at the centre of each `stride` x `stride` cell."""

    stride: int
    per_cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A carried detector, its grids in output order, and the score from which it is believed."""

    net: NetFile
    grids: tuple[Grid, ...]
    least_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """Found boxes [n, 4] (left, top, right, bottom), keypoints [n, 6, 2], scores [n], in pixels."""

    boxes: NDArray[np.float32]
    keypoints: NDArray[np.float32]
    scores: NDArray[np.float32]

    def take(self, index: NDArray[np.intp]) -> Detections:
        return Detections(
            boxes=self.boxes[index], keypoints=self.keypoints[index], scores=self.scores[index]
        )


def _anchor_centres(detector: Detector) -> NDArray[np.float32]:
    """[anchors, 2] in units of the input's side."""
    centres = []
    for grid in detector.grids:
        cells = detector.net.side // grid.stride
        row, column = np.divmod(np.arange(cells * cells), cells)
        centre = (np.stack([column, row], axis=1) + 0.5) / cells
        centres.append(np.repeat(centre, grid.per_cell, axis=0))
    return np.concatenate(centres).astype(np.float32)


anchor_centres = cache(_anchor_centres)


def letterbox(square: NDArray[np.uint8], side: int) -> tuple[NDArray[np.float32], float]:
    """Fit pixels into the top left of a black `side` square in [-1, 1]; also the scale used."""
    height, width = square.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = cv2.resize(
        square, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    pixels = np.full((side, side, 3), -1, np.float32)
    pixels[: size[1], : size[0]] = fitted.astype(np.float32) / 127.5 - 1
    return pixels, scale


def detect(detector: Detector, region: NDArray[np.uint8]) -> Detections:
    """All believed candidates of one region, overlapping ones included, in the region's pixels."""
    from scipy.special import expit  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    pixels, scale = letterbox(region, detector.net.side)
    raw, logits = load_net(detector.net)(pixels)
    scores = expit(logits[:, 0])
    kept = np.flatnonzero(scores >= detector.least_score)
    centre = anchor_centres(detector)[kept] * detector.net.side
    points = raw[kept].reshape(-1, 2 + KEYPOINTS, 2) / scale
    offset = centre[:, None] / scale
    middle, half = points[:, :1] + offset, points[:, 1:2] / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1).reshape(-1, 4)
    return Detections(boxes=boxes, keypoints=points[:, 2:] + offset, scores=scores[kept])


def overlap(box: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shared area of `box` [4] and each of `others` [n, 4], over the smaller of the two areas."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    smaller = np.minimum(np.prod(box[2:] - box[:2]), areas)
    return np.asarray(shared / np.maximum(smaller, 1e-6), np.float32)


def strongest(found: Detections, most_overlap: float) -> Detections:
    """Of overlapping candidates the best scored one (non-maximum suppression)."""
    waiting = np.argsort(-found.scores, kind="stable")
    kept: list[int] = []
    while len(waiting):
        best = int(waiting[0])
        kept.append(best)
        shared = overlap(found.boxes[best], found.boxes[waiting])
        waiting = waiting[(shared < most_overlap) & (waiting != best)]
    return found.take(np.array(kept, dtype=np.intp))
