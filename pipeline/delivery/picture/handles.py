"""Handles: idle frames before and after the speech, for editors to dissolve into.

They are counted once, for picture and sound alike: the fewest whole output frames that last as long
as asked for and are whole samples at 48 kHz too. At 29.97 fps a frame is 1601.6 samples, so there
they come in fives (8,008 samples); at the other rates each frame is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np

from model.shapes import MIX_RATE
from pipeline.media.picture.optical_flow import Picture
from pipeline.renderer import Frames


def handle_frames(handles_s: float, rate: Fraction) -> int:
    """Output frames of one handle; at least `handles_s` (read as its decimal) and whole samples."""
    step = (MIX_RATE / rate).denominator
    wanted = Fraction(str(handles_s)) * rate
    return -(-wanted // step) * step


def handle_samples(frames: int, rate: Fraction) -> int:
    """Samples of silence, at 48 kHz, under a handle of `frames`."""
    samples = frames * MIX_RATE / rate
    if samples.denominator != 1:
        raise ValueError(f"{frames} frames at {rate} a second are no whole samples")
    return int(samples)


def slate_frames(handle: int) -> int:
    """How long a slate stands: the first half of the handle before the speech."""
    return handle // 2


def with_handles(
    frames: Iterable[Frames], handle: int, slate: Picture | None = None
) -> Iterator[Frames]:
    """The frames with the first and the last one held for `handle` frames; a slate covers the first
    half of the handle before them. No frame may be written to."""
    last: Picture | None = None
    for batch in frames:
        if last is None:
            shown = slate_frames(handle) if slate is not None else 0
            if slate is not None:
                yield from _held(slate, shown)
            yield from _held(batch[0], handle - shown)
        last = batch[-1]
        yield batch
    if last is not None:
        yield from _held(last, handle)


def _held(picture: Picture, frames: int) -> Iterator[Frames]:
    still = np.array(picture)[None]
    still.flags.writeable = False
    for _ in range(frames):
        yield still
