"""Where the face of a clip is in each frame, and what of a frame is shown to a network."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.conditions.face import SIDE, UPRIGHT, keypoints_of, upright_face
from model.shapes import FPS
from pipeline.media.face.face import bounds, find_faces, fit_keypoints
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.looks import Pixels, Points

CROP_SCALE, MEDIAN_FRAMES, GREY = 0.40, 13, 110
"""Of SyncNet's own cropping: how much is shown about the face, over how many frames its place is
smoothed, and what stands beyond the picture."""

FACE_SIDE = 224


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceTrack:
    """`boxes` [frames, 3]: centre and half side of the face, smoothed; `points` [frames, 5, 2] of
    its eyes, nose and mouth; both filled in between where no face was `seen` [frames]. `first` is
    the mesh of the first face, in frame `at`; `shorter_side` is that of the frames, in pixels."""

    boxes: NDArray[np.float64]
    points: NDArray[np.float64]
    seen: NDArray[np.bool_]
    first: Points
    at: int
    shorter_side: int

    @property
    def unseen(self) -> int:
        """Frames in which no face was found."""
        return int((~self.seen).sum())


class FaceTracker:
    """Follows one face: the largest of the first frame that shows one, looked for once a second."""

    def __init__(self) -> None:
        self._first: tuple[int, Points] | None = None
        self._last: Points | None = None
        self._rows: list[NDArray[np.float64] | None] = []
        self._shorter_side = 0

    def look(self, frame: Pixels) -> None:
        self._shorter_side = min(frame.shape[:2])
        mesh = self._mesh(frame)
        self._rows.append(None if mesh is None else _row(mesh))

    def _mesh(self, frame: Pixels) -> Points | None:
        if self._first is None:
            if len(self._rows) % FPS:
                return None
            faces = find_faces(frame)
            if not faces:
                return None
            mesh = fit_keypoints(frame, faces[0].keypoints).points
            self._first, self._last = (len(self._rows), mesh), mesh
            return mesh
        found = mesh_of(frame, self._first[1] if self._last is None else self._last)
        self._last = found
        return found

    def track(self) -> FaceTrack | None:
        """Of all frames that were looked at; None without any face."""
        if self._first is None:
            return None
        seen = np.array([row is not None for row in self._rows])
        known = np.stack([row for row in self._rows if row is not None])
        at = np.flatnonzero(seen)
        every = np.arange(len(seen))
        rows = np.stack([np.interp(every, at, column) for column in known.T], axis=1)
        return FaceTrack(
            boxes=_smoothed(rows[:, :3]),
            points=rows[:, 3:].reshape(-1, 5, 2),
            seen=seen,
            first=self._first[1],
            at=self._first[0],
            shorter_side=self._shorter_side,
        )


def _row(mesh: Points) -> NDArray[np.float64]:
    """Centre, half side, and the five points."""
    box = bounds(mesh)
    centre = [box.left + box.width / 2, box.top + box.height / 2]
    half = max(box.width, box.height) / 2
    return np.concatenate([[*centre, half], keypoints_of(mesh).ravel()]).astype(np.float64)


def _smoothed(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each column over 13 frames; the ends go on as they are, where the authors'
    filter would take zeros in."""
    around = MEDIAN_FRAMES // 2
    wide = np.pad(boxes, ((around, around), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, MEDIAN_FRAMES, axis=0)
    return np.asarray(np.median(windows, axis=-1))


def lip_crop(frame: Pixels, box: NDArray[np.float64]) -> Pixels:
    """[224, 224, 3] BGR: the square that SyncNet's authors cut out about a face."""
    centre_x, centre_y, half = box.tolist()
    half = max(half, 1.0)
    low = np.array([centre_x - half * (1 + CROP_SCALE), centre_y - half])
    side = max(2, round(half * 2 * (1 + CROP_SCALE)))
    left, top = (int(value) for value in np.rint(low))
    crop = np.full((side, side, 3), GREY, np.uint8)
    height, width = frame.shape[:2]
    rows = slice(min(max(top, 0), height), min(max(top + side, 0), height))
    columns = slice(min(max(left, 0), width), min(max(left + side, 0), width))
    into = crop[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    into[:] = frame[rows, columns]
    small = cv2.resize(crop, (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(small[..., ::-1], np.uint8)


def aligned_face(frame: Pixels, points: NDArray[np.float64], side: int) -> Pixels:
    """[side, side, 3] RGB: the five points on ArcFace's template at `side` over its 112."""
    template = (UPRIGHT + 0.5) * (side / SIDE) - 0.5
    return upright_face(frame, points, template, side)
