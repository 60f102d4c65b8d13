"""What is added to finished frames as they are read: sharpening, and grain with keyed draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

from pipeline.delivery.finishing.finishers import Finishing
from pipeline.delivery.parts import is_wanted
from pipeline.media.picture.optical_flow import Picture
from pipeline.renderer import Frames

SIGMA = 1.2
"""Pixels about which detail is added."""

GRAIN_SIGMA = 0.6
"""Pixels that grain is softened by: single pixels are lost in every encode."""


def textured(
    frames: Iterable[Frames], asked: Finishing, key: str, wanted: Sequence[range]
) -> Iterator[Frames]:
    """The batches, each `wanted` frame sharpened and grained: that takes its time, and the
    others are not shown. The grain of a frame is drawn from `key` and its number alone."""
    at = 0
    for batch in frames:
        if (asked.sharpen or asked.grain) and is_wanted(at, at + len(batch), wanted):
            yield np.stack([_one(f, asked, key, at + i) for i, f in enumerate(batch)])
        else:
            yield batch
        at += len(batch)


def _one(frame: Picture, asked: Finishing, key: str, number: int) -> Picture:
    shown = frame
    if asked.sharpen:
        soft = cv2.GaussianBlur(shown, (0, 0), SIGMA)
        sharp = cv2.addWeighted(shown, 1 + asked.sharpen, soft, -asked.sharpen, 0)
        shown = np.asarray(sharp, np.uint8)
    if not asked.grain:
        return shown
    noise = _grain(frame.shape[:2], key, number) * np.float32(asked.grain)
    return np.clip(np.rint(shown + noise[..., None]), 0, 255).astype(np.uint8)


def _grain(shape: tuple[int, ...], key: str, number: int) -> cv2.typing.MatLike:
    """Of deviation 1, the same in all three colours."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    draws = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
    noise = cv2.GaussianBlur(draws.standard_normal(shape, np.float32), (0, 0), GRAIN_SIGMA)
    return noise / np.float32(max(float(noise.std()), 1e-6))
