"""The pitch of a voice: the median over the voiced moments of speech."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE

WINDOW, HOP = SPEECH_RATE // 25, SPEECH_RATE // 100
LOWEST_HZ, HIGHEST_HZ = 60, 400
VOICED = 0.6
"""Of the loudness of a window, as much comes again after a period."""

QUIET = 0.01


def pitch_hz(samples: NDArray[np.float32]) -> float:
    """Of 16 kHz speech, by the first high peak of its autocorrelation."""
    starts = range(0, len(samples) - WINDOW, HOP)
    found = [_of_window(samples[start : start + WINDOW].astype(np.float64)) for start in starts]
    return float(np.median([each for each in found if each]))


def _of_window(window: NDArray[np.float64]) -> float:
    """0 where it is not voiced."""
    centred = (window - window.mean()) * np.hanning(len(window))
    if np.sqrt(np.mean(centred**2)) < QUIET:
        return 0.0
    spectrum = np.abs(np.fft.rfft(centred, 2 * WINDOW)) ** 2
    hann = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(WINDOW), 2 * WINDOW)) ** 2)
    again = np.fft.irfft(spectrum) / np.maximum(hann, 1e-9)
    first, last = SPEECH_RATE // HIGHEST_HZ, SPEECH_RATE // LOWEST_HZ
    lags = again[first:last] / again[0] * hann[0]
    best = int(np.argmax(lags))
    if lags[best] < VOICED or best in (0, len(lags) - 1):
        return 0.0
    left, middle, right = lags[best - 1 : best + 2]
    peak = first + best + (left - right) / (2 * (left - 2 * middle + right))  # of a parabola
    return float(SPEECH_RATE / peak)
