"""Adds the pattern to frames: weakly where the picture is flat, more where it is busy."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.delivery.watermark.pattern import STEPS, Levels, pattern_of
from pipeline.delivery.watermark.payload import Mark
from pipeline.renderer import Frames

FLATTEST, BUSIEST = 0.8, 2.2
"""Deviation of the pattern in levels of 255, where nothing hides it and where much does."""

PER_LEVEL = 0.24
"""How much it grows with each level that pixels stand off from their neighbours."""

_SPREAD = 16
"""Activity is counted in this part of a level."""

_GAINS = np.clip(
    np.rint(STEPS * (FLATTEST + PER_LEVEL * np.arange(256) / _SPREAD)), 0, STEPS * BUSIEST
).astype(np.uint8)
"""In `STEPS`, by activity."""

_HALF = STEPS * STEPS // 2
_SHIFT = (STEPS * STEPS).bit_length() - 1


def watermarked(frames: Iterator[Frames], mark: Mark | None) -> Iterator[Frames]:
    """The frames with the mark; the very same frames without one. Each depends on itself alone, and
    only whole numbers are computed: the bytes are the same on every machine."""
    if mark is None:
        yield from frames
        return
    for batch in frames:
        height, width = batch.shape[1:3]
        pattern = pattern_of(mark, width, height)
        yield np.stack([_marked(frame, pattern) for frame in batch])


def _marked(frame: NDArray[np.uint8], pattern: Levels) -> NDArray[np.uint8]:
    """All three channels change alike: the luma alone."""
    scaled = np.asarray(cv2.multiply(pattern, _gain(frame), dtype=cv2.CV_32S), np.int32)
    added = ((scaled + _HALF) >> _SHIFT).astype(np.int16)
    return np.asarray(
        cv2.add(frame, cv2.merge([added, added, added]), dtype=cv2.CV_8U), dtype=np.uint8
    )


def _gain(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In `STEPS`, for each pixel."""
    green = np.ascontiguousarray(frame[..., 1])
    stands_off = cv2.absdiff(green, cv2.blur(green, (7, 7)))
    activity = cv2.blur(cv2.convertScaleAbs(stands_off, alpha=_SPREAD), (15, 15))
    return np.asarray(cv2.LUT(activity, _GAINS), np.uint8)
