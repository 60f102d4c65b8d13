"""The arithmetic of the picture: from samples to the pixels of the band with the waveform.

All sums are of whole numbers, and the one square root is rounded the same way everywhere, so
each processor draws the same pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Samples = npt.NDArray[np.int16]
Pixels = npt.NDArray[np.uint8]

BIN = 64  # samples that make one peak: 4 ms
BINS = 10  # peaks in a frame of 640 samples
SHOWN = 500  # peaks across the picture: 2 s
EDGE = 2  # more peaks on each side, for the smoothing and for the joining lines
FINE = 4  # strips that a column of pixels is divided into, for smooth edges
ONE = 256  # a whole pixel, in the units of heights and of coverage
DIMMED = 64  # what is left of the portrait in the band, of ONE
LOUDEST = 32768  # the largest sample
HEARD, TO_COME, NOW = (255, 190, 60), (240, 240, 240), (255, 255, 255)


def paint(frame: Pixels, heights: Whole, band: int) -> None:
    """Draw the band into the foot of a frame, uint8 [height, width, 3]: dimmed, then the wave.

    `heights` are of the SHOWN + EDGE peaks around the moment, in 1/ONE pixels.
    """
    width = frame.shape[1]
    ground = frame[-band:].astype(np.int64) * DIMMED // ONE
    cover = coverage(strips(heights, width), band)[:, :, None]
    mixed = ground * (ONE - cover) + colours(width) * cover
    frame[-band:] = (mixed + ONE // 2) // ONE


def band_height(height: int, chin: int) -> int:
    """Even pixels: what is free below the chin, from a twelfth to a sixth of the picture."""
    free = min(max(height - chin, height // 12), height // 6)
    return max(free // 2 * 2, 4)


def span(start: int, stop: int) -> tuple[int, int]:
    """First sample, and the one behind the last, that frames `start` to `stop` of a take show."""
    before = SHOWN // 2 + EDGE - BINS // 2
    return (start * BINS - before) * BIN, (stop * BINS + before) * BIN


def half_heights(sound: Samples, band: int) -> Whole:
    """Of each smoothed peak, from the middle line up, in 1/ONE pixels: [peaks - 2].

    The square root lets quiet speech be seen; silence is a line of two pixels.
    """
    peaks = np.abs(sound.astype(np.int64)).reshape(-1, BIN).max(axis=1)
    smooth = (peaks[:-2] + 2 * peaks[1:-1] + peaks[2:]) // 4
    levels: Whole = np.sqrt(smooth * float(LOUDEST)).astype(np.int64)
    return ONE + levels * ((band // 2 - 2) * ONE) // LOUDEST


def strips(heights: Whole, width: int) -> Whole:
    """Half heights of each column's FINE strips, on lines from peak to peak: [width * FINE]."""
    count = width * FINE
    places = (2 * np.arange(count, dtype=np.int64) + 1) * SHOWN + count
    left, rest = np.divmod(places, 2 * count)
    sums: Whole = heights[left] * (2 * count - rest) + heights[left + 1] * rest
    return sums // (2 * count)


def coverage(heights: Whole, band: int) -> Whole:
    """How much of each pixel of the band the wave fills, 0 to ONE: [band, width]."""
    rows = np.arange(band // 2, dtype=np.int64)[:, None] * ONE
    filled = np.clip(heights[None, :] - rows, 0, ONE)
    lower = filled.reshape(band // 2, -1, FINE).sum(axis=2) // FINE
    return np.concatenate([lower[::-1], lower])


def colours(width: int) -> Whole:
    """The wave's colour in each column, RGB: [1, width, 3]."""
    row = np.full((1, width, 3), TO_COME, dtype=np.int64)
    row[:, : width // 2] = HEARD
    row[:, width // 2 - 1 : width // 2 + 1] = NOW
    return row
