"""Bands of a spectrum of 16 kHz speech, as wide as ears part them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE

TRANSFORM_SAMPLES = 512
LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0


def mel_bands(
    count: int, lowest_hz: float = LOWEST_HZ, highest_hz: float = HIGHEST_HZ, scale: float = 1.0
) -> NDArray[np.float64]:
    """Triangles evenly spaced in mel, [257, count], each summing to 1; their edges lie `scale`
    times as high."""
    edges_hz = scale * _hertz(np.linspace(_mel(lowest_hz), _mel(highest_hz), count + 2))
    bins_hz = np.fft.rfftfreq(TRANSFORM_SAMPLES, 1 / SPEECH_RATE)[:, None]
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising, falling = (bins_hz - low) / (middle - low), (high - bins_hz) / (high - middle)
    triangles = np.maximum(np.minimum(rising, falling), 0)
    return np.asarray(triangles / np.maximum(triangles.sum(axis=0), 1e-9))


def _mel(hertz: float) -> float:
    return 2595 * float(np.log10(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(700 * (10 ** (mel / 2595) - 1))
