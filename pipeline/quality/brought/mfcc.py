"""The 13 mel cepstra that SyncNet listens to, as its authors' python_speech_features makes them:
25 ms windows every 10 ms of 16 kHz, 26 mel bands, a lifter of 22, log energy in place of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
"""[samples] at 16 kHz, in units of 16-bit samples."""

RATE, WINDOW, STEP, SPECTRUM = 16_000, 400, 160, 512
BANDS, CEPSTRA, LIFTER, EMPHASIS = 26, 13, 22, 0.97
LEAST = float(np.finfo(np.float64).eps)


def mel_cepstra(blocks: Iterable[NDArray[np.floating]]) -> NDArray[np.float64]:
    """[steps, 13] of a sound that comes in blocks of any length; the last window is filled up."""
    parts = list(_cepstra(_emphasised(blocks)))
    return np.concatenate(parts) if parts else np.zeros((0, CEPSTRA))


def _emphasised(blocks: Iterable[NDArray[np.floating]]) -> Iterator[Sound]:
    before: float | None = None
    for block in blocks:
        sound = np.asarray(block, np.float64)
        if not len(sound):
            continue
        first = sound[0] if before is None else sound[0] - EMPHASIS * before
        before = float(sound[-1])
        yield np.concatenate([[first], sound[1:] - EMPHASIS * sound[:-1]])


def _cepstra(blocks: Iterable[Sound]) -> Iterator[NDArray[np.float64]]:
    held, begun = np.zeros(0), False
    for block in blocks:
        held = np.concatenate([held, block])
        count = max(0, (len(held) - WINDOW) // STEP + 1)
        if count:
            yield _of_windows(held, count)
            held, begun = held[count * STEP :], True
    if len(held) > (WINDOW - STEP if begun else 0):
        yield _of_windows(np.pad(held, (0, WINDOW - len(held))), 1)


def _of_windows(sound: Sound, count: int) -> NDArray[np.float64]:
    from scipy.fft import dct  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    starts = np.arange(count)[:, None] * STEP
    windows = sound[starts + np.arange(WINDOW)]
    power = np.abs(np.fft.rfft(windows, SPECTRUM)) ** 2 / SPECTRUM
    energy = np.maximum(power.sum(axis=1), LEAST)
    mel = np.log(np.maximum(power @ _mel_bank().T, LEAST))
    found = dct(mel, type=2, axis=1, norm="ortho")[:, :CEPSTRA]
    found *= 1 + LIFTER / 2 * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    found[:, 0] = np.log(energy)
    return np.asarray(found, np.float64)


@cache
def _mel_bank() -> NDArray[np.float64]:
    """[bands, bins]: triangles between whole bins, evenly spaced on the mel scale."""
    highest = 2595 * np.log10(1 + RATE / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, highest, BANDS + 2) / 2595) - 1)
    edges = np.floor((SPECTRUM + 1) * hertz / RATE)
    bins = np.arange(SPECTRUM // 2 + 1)
    bank = np.zeros((BANDS, len(bins)))
    for band in range(BANDS):
        low, peak, high = edges[band : band + 3]
        up = (bins >= low) & (bins < peak)
        down = (bins >= peak) & (bins < high)
        bank[band, up] = (bins[up] - low) / (peak - low)
        bank[band, down] = (high - bins[down]) / (high - peak)
    return bank
