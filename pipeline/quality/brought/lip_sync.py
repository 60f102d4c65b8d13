"""Sync-C, Sync-D and the offset, from the two halves' features of a clip (Chung and Zisserman,
"Out of time", 2016, as its authors' program computes them): pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS

WINDOW = 5
"""Frames of a window; there is one from each frame on."""

SHIFTS = 15
"""Frames by which the sound is moved to either side."""

STEPS_A_FRAME = 100 // FPS
SOUND_STEPS = WINDOW * STEPS_A_FRAME

APART = 1e-6
"""Added to each difference, as torch's pairwise_distance does in the authors' program."""

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LipSync:
    """`confidence` is Sync-C: the median over the shifts of the mean distance, less its minimum;
    `distance` is Sync-D: that minimum; `offset` is where it lies, in frames, above 0 where the
    sound is ahead of the lips."""

    confidence: float
    distance: float
    offset: int


def lip_sync(lips: Vectors, sound: Vectors) -> LipSync | None:
    """Of features [windows, width] of lips and sound, from each frame on; None without any. Beyond
    the ends there are zeros, as in the authors' program."""
    windows = min(len(lips), len(sound))
    if not windows:
        return None
    padded = np.pad(sound[:windows], ((SHIFTS, SHIFTS), (0, 0)))
    means = np.array(
        [
            _mean_distance(lips[:windows], padded[shift : shift + windows])
            for shift in range(2 * SHIFTS + 1)
        ]
    )
    least = int(means.argmin())
    return LipSync(
        confidence=float(np.median(means) - means[least]),
        distance=float(means[least]),
        offset=SHIFTS - least,
    )


def _mean_distance(lips: Vectors, sound: Vectors) -> float:
    return float(np.sqrt(np.square(lips - sound + APART).sum(axis=1)).mean())


def whole_windows(frames: int, steps: int) -> int:
    """How many windows a clip has of `frames` frames and `steps` steps of cepstra: the authors'
    rule, and never one beyond the sound."""
    return max(0, min(frames - WINDOW, math.floor((steps - SOUND_STEPS) / STEPS_A_FRAME) + 1))


def sound_windows(cepstra: NDArray[np.float64], windows: int) -> NDArray[np.float32]:
    """[windows, 1, 13, 20] of cepstra [steps, 13]."""
    starts = np.arange(windows)[:, None] * STEPS_A_FRAME
    found = cepstra[starts + np.arange(SOUND_STEPS)]  # [windows, steps, cepstra]
    return np.ascontiguousarray(found.swapaxes(1, 2)[:, None], np.float32)
