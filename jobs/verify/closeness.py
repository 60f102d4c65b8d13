"""How far apart two videos are, and how far apart those of two classes of devices may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

import numpy as np

from pipeline.presets import Preset
from pipeline.renderer import Frames

Comparison = Literal["bits", "tolerance", "none"]
"""How a segment was compared: to the bit on its own class, within a tolerance on another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameDifference:
    """How two videos differ.

    `frames` counts the frames of the longer one. `largest` is the largest step of a channel, of
    255. `mean` is the mean step over all channels of the frame that differs most.
    """

    frames: int = 0
    differing_frames: int = 0
    differing_pixels: int = 0
    largest: int = 0
    mean: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What rounding may come to: the largest step of a channel, and a frame's mean step."""

    largest: int
    mean: float

    def holds(self, found: FrameDifference) -> bool:
        return found.largest <= self.largest and found.mean <= self.mean


ROUNDING = Tolerance(largest=4, mean=0.001)
"""Between classes of devices, for what draws in float32: `tiny` and `animatic`.

Measured on one AMD processor (family 26), three segments of `tiny`, torch 2.13: AVX-512 against
`ATEN_CPU_CAPABILITY=default`, against AVX2 of torch, MKL and oneDNN, and against
`ONEDNN_MAX_CPU_ISA=SSE41`: a largest step of 1, at most 0.00008 in the mean of a frame, 95 dB.
`animatic` came out the same to the bit. Four times and twelve times that, because processors of
another maker round in more places. With another seed each frame is at least 14 and 1.4 away.
"""


def tolerance_of(preset: Preset) -> Tolerance | None:
    """How far apart two classes may be with this preset; None where nobody measured it, as with
    the large networks in bfloat16."""
    return None if preset.needs_gpu else ROUNDING


def difference_of(before: Iterable[Frames], after: Iterable[Frames]) -> FrameDifference:
    """Compare two videos frame by frame; a frame that only one has, or of another size, differs in
    all its pixels."""
    found = FrameDifference()
    for old, new in zip_longest(each_frame(before), each_frame(after)):
        pixels, largest, mean = frame_difference(old, new)
        found = FrameDifference(
            frames=found.frames + 1,
            differing_frames=found.differing_frames + bool(pixels),
            differing_pixels=found.differing_pixels + pixels,
            largest=max(found.largest, largest),
            mean=max(found.mean, mean),
        )
    return found


def each_frame(batches: Iterable[Frames]) -> Iterator[Frames]:
    for batch in batches:
        yield from batch


def frame_difference(old: Frames | None, new: Frames | None) -> tuple[int, int, float]:
    """Pixels that differ between two frames [height, width, 3], the largest and the mean step."""
    if old is None or new is None or old.shape != new.shape:
        only = next(frame for frame in (old, new) if frame is not None)
        return only.shape[0] * only.shape[1], 255, 255.0
    steps = np.abs(old.astype(np.int16) - new)
    return int(np.count_nonzero(steps.any(axis=2))), int(steps.max()), float(steps.mean())
