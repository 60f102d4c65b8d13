"""A limiter of true peaks that looks ahead, pure: what a stretch of sound is to be multiplied by so
that no peak, between samples neither, passes a ceiling.

Samples and filter are whole numbers and gains are counted in 2^-30, so every sum is exact: the same
gains on every processor, wherever a file is cut into blocks. Where nothing would pass, the gain is
exactly 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from model.shapes import MIX_RATE

Pcm = NDArray[np.int32]
"""[n, channels], 24-bit whole numbers."""

FULL_SCALE = 1 << 23
ONE = 1 << 30
"""The gain of what is left as it is."""

AHEAD = MIX_RATE * 5 // 1000
"""Samples before a peak at which the gain begins to fall: 5 ms, before which nobody hears it."""

RELEASE = MIX_RATE // 2
"""Samples in which it would rise from nothing to 1: slower than a voice's lowest tone, so that it
does not bend its waves; faster than words follow each other."""

PHASES = 4
TAPS = 32
_UNIT = 1 << 16
REACH = TAPS // 2

BEFORE = RELEASE + AHEAD + REACH
AFTER = AHEAD + REACH
"""Samples around a stretch that its gains depend on."""

_STRIDE = 64
_RUN = 1 << 13
_RISES = 2.4
"""No sound rises further between two samples, by the sum of the weights: only what is so near to a
ceiling is oversampled."""


@cache
def interpolator() -> NDArray[np.float64]:
    """[TAPS, 3]: weights, in 1 / 65536, for the three moments between two samples; level to 0.002
    dB up to 20 kHz."""
    moments = np.arange(1, PHASES) / PHASES
    at = np.arange(TAPS)[:, None] - (REACH - 1) - moments
    window = np.i0(8.0 * np.sqrt(1 - (at / REACH) ** 2))
    weights = np.sinc(at) * window
    rounded: NDArray[np.float64] = np.rint(weights / weights.sum(axis=0) * _UNIT)
    return rounded


def gains(pcm: Pcm, factor: float, limit: float) -> NDArray[np.int64]:
    """What samples [n], multiplied by `factor`, are to be multiplied by on top, in 2^-30, so that
    no peak is above `limit`. True of samples that have `BEFORE` and `AFTER` others around them."""
    peaks = true_peaks(pcm, limit / factor) * factor
    needed = np.full(len(pcm), ONE, np.int64)
    over = peaks > limit
    needed[over] = np.floor(limit / peaks[over] * ONE).astype(np.int64)
    return _averaged(_averaged(_lowest_ahead(_released(needed))))


def _released(needed: NDArray[np.int64]) -> NDArray[np.int64]:
    """After a peak the gain rises in a straight line."""
    line = np.arange(len(needed), dtype=np.int64) * (ONE // RELEASE)
    return np.minimum(ONE, line + np.minimum.accumulate(needed - line))


def _lowest_ahead(curve: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of a sample and of those that come soon."""
    middle = -(AHEAD // 2)
    from scipy.ndimage import minimum_filter1d  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load, not typed

    lowest = minimum_filter1d(curve, AHEAD + 1, mode="constant", cval=ONE, origin=middle)
    return np.asarray(lowest, np.int64)


def _averaged(curve: NDArray[np.int64]) -> NDArray[np.int64]:
    """Over a sample and those of half the way before it: twice makes a smooth fall."""
    width = AHEAD // 2 + 1
    sums = np.cumsum(np.concatenate([np.full(width, ONE, np.int64), curve]))
    return np.asarray((sums[width:] - sums[:-width]) // width)


def true_peaks(pcm: Pcm, least: float) -> NDArray[np.float64]:
    """Of each sample [n], the highest peak of any channel in it or between it and the next, where
    that is above `least`; elsewhere something of at most `least`."""
    level = np.abs(pcm).max(axis=1, initial=0).astype(np.float64)
    peaks: NDArray[np.float64] = level.copy()
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415 - slow to load, not typed

    near = maximum_filter1d(level, 2 * REACH + 1, mode="constant") * _RISES > least
    padded = np.pad(pcm.astype(np.float64), ((REACH - 1, REACH), (0, 0)))
    for start, stop in _stretches(near):
        windows = sliding_window_view(padded[start : stop + TAPS - 1], TAPS, axis=0)
        between = np.abs(np.ascontiguousarray(windows) @ interpolator()).max(axis=(1, 2)) / _UNIT
        peaks[start:stop] = np.maximum(level[start:stop], between)
    return peaks


def _stretches(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where flags are set, in whole strides, and never too long to be held."""
    strides = np.pad(flags, (0, -len(flags) % _STRIDE)).reshape(-1, _STRIDE).any(axis=1)
    edges = np.flatnonzero(np.diff(strides.astype(np.int8), prepend=0, append=0)) * _STRIDE
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        for start in range(first, last, _RUN):
            yield start, min(start + _RUN, last, len(flags))


def factor_of(db: float) -> float:
    """A ratio of amplitudes, rounded so that every processor has the same."""
    return round(math.pow(10, db / 20) * ONE) / ONE
