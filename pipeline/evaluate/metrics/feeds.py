"""Frames on their way into networks: resampled, and put together as each network takes them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipeline.quality.brought.face_track import FACE_SIDE, aligned_face
from pipeline.quality.brought.feeds import Feed, Place, signed_unit
from pipeline.quality.brought.opened_backbones import Batch
from pipeline.quality.looks import Pixels

CLIP_FRAMES = 16
"""Of an item for I3D: windows that do not overlap, from the first frame on; a rest is left out."""

VIDEO_SIDE, FID_SIDE = 224, 299


class VideoWindows:
    """Frames into items of sixteen."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._frames: list[Batch] = []

    def push(self, frame: Pixels) -> None:
        self._frames.append(signed_unit(scaled_to(frame, VIDEO_SIDE)))
        if len(self._frames) == CLIP_FRAMES:
            self._feed.push(np.stack(self._frames, axis=1))  # [3, 16, side, side]
            self._frames = []


def scaled_to(frame: Pixels, side: int) -> Pixels:
    """[side, side, 3]: bilinear over all pixels that a new one covers, as Pillow does it."""
    image = Image.fromarray(frame).resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8)


def expression_item(frame: Pixels, points: Place) -> Batch:
    upright = aligned_face(frame, points, FACE_SIDE)
    return upright.transpose(2, 0, 1).astype(np.float32) / np.float32(255)
