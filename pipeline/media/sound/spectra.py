"""Sound as the spectra that MDX-Net separators take, and back: a centred short-time Fourier
transform of 44.1 kHz stereo, real and imaginary parts as channels.

The numbers are those of Kim_Vocal_2: 7,680 samples a spectrum every 1,024, the lowest 3,072 of
3,841 bands (up to 17.6 kHz), 256 spectra a window.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
SPECTRUM, HOP = 7680, 1024
BANDS, SPECTRA = 3072, 256
WINDOW = HOP * (SPECTRA - 1)
"""Samples of one call of a network: 5.9 s."""

MARGIN = SPECTRUM // 2
RUMBLE = 3
"""The lowest bands, below 17 Hz, are not shown to the network."""

SHAPE = (1, 4, BANDS, SPECTRA)
"""Left real, left imaginary, right real, right imaginary."""

Sound = NDArray[np.float32]
"""[2, samples]."""

Spectra = NDArray[np.float32]
"""[1, 4, bands, spectra]."""

_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SPECTRUM) / SPECTRUM)).astype(np.float32)


def spectra_of(sound: Sound) -> Spectra:
    """Of exactly `WINDOW` samples, mirrored at both ends."""
    from scipy import fft  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    mirrored = np.pad(sound, ((0, 0), (MARGIN, MARGIN)), mode="reflect")
    pieces = np.lib.stride_tricks.sliding_window_view(mirrored, SPECTRUM, axis=1)[:, ::HOP]
    bands = fft.rfft(pieces * _HANN, axis=-1)[..., :BANDS]  # [side, spectrum, band]
    bands[..., :RUMBLE] = 0
    parts = np.stack([bands.real, bands.imag], axis=1)  # [side, part, spectrum, band]
    return np.ascontiguousarray(parts.swapaxes(2, 3).reshape(SHAPE), np.float32)


def sound_of(spectra: Spectra) -> Sound:
    """The reverse of `spectra_of`; what lay above the highest band is gone."""
    from scipy import fft  # noqa: PLC0415 - slow to load

    parts = spectra.reshape(2, 2, BANDS, SPECTRA)
    bands = (parts[:, 0] + 1j * parts[:, 1]).swapaxes(1, 2)
    pieces = fft.irfft(bands, n=SPECTRUM, axis=-1) * _HANN
    total = np.zeros((2, WINDOW + SPECTRUM), np.float32)
    weight = np.zeros(WINDOW + SPECTRUM, np.float32)
    for index in range(SPECTRA):
        at = slice(index * HOP, index * HOP + SPECTRUM)
        total[:, at] += pieces[:, index]
        weight[at] += _HANN**2
    inside = slice(MARGIN, MARGIN + WINDOW)
    return total[:, inside] / weight[inside]
