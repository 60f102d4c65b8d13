"""Faces on their way into networks: put together as each network takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.quality.brought.face_track import aligned_face, lip_crop
from pipeline.quality.brought.lip_sync import WINDOW
from pipeline.quality.brought.opened_backbones import Batch, Features, OpenedBackbone
from pipeline.quality.looks import Pixels

FACE_NET_SIDE = 112

Place = NDArray[np.float64]


class Feed:
    """Items for one network until a call of it is full; `take` gets the features in order."""

    def __init__(self, network: OpenedBackbone, take: Callable[[Features], None]) -> None:
        self._network, self._take = network, take
        self._waiting: list[Batch] = []

    def push(self, item: Batch) -> None:
        self._waiting.append(item)
        if len(self._waiting) == self._network.file.row.batch:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._take(self._network.features(np.stack(self._waiting)))
            self._waiting = []


class KeptFeatures:
    """Features of one clip, as they come, in half the room."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.float32]] = []

    def add(self, features: Features) -> None:
        self._parts.append(features.astype(np.float32))

    def all(self) -> Features:
        if not self._parts:
            return np.zeros((0, 1))
        return np.concatenate(self._parts).astype(np.float64)


class LipWindows:
    """Frames into items of five, one from each frame on."""

    def __init__(self, feed: Feed, windows: int) -> None:
        self._feed, self._left = feed, windows
        self._frames: deque[Batch] = deque(maxlen=WINDOW)

    def push(self, frame: Pixels, box: Place) -> None:
        self._frames.append(lip_crop(frame, box).transpose(2, 0, 1).astype(np.float32))
        if len(self._frames) == WINDOW and self._left > 0:
            self._feed.push(np.stack(list(self._frames), axis=1))  # [3, 5, side, side]
            self._left -= 1


def signed_unit(picture: Pixels) -> Batch:
    """[3, height, width] in -1..1."""
    return picture.transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1


def face_item(frame: Pixels, points: Place) -> Batch:
    """For ArcFace."""
    return signed_unit(aligned_face(frame, points, FACE_NET_SIDE))


def cosines_to(held: NDArray[np.float64], vectors: Features) -> NDArray[np.float64]:
    """Of each of the vectors [n, width] to the one that is `held`."""
    sizes = np.linalg.norm(vectors, axis=1) * np.linalg.norm(held)
    return np.asarray(vectors @ held / np.maximum(sizes, 1e-12))
