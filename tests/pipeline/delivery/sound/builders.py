"""Sounds of 48 kHz and 24 bits with a known loudness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import MIX_RATE
from pipeline.media.sound.wav import MixWriter

FULL = 1 << 23


def a_sine(
    dbfs: float, *, hertz: float = 1000.0, seconds: float = 2.0, phase: float = 0.0
) -> NDArray[np.float64]:
    at = np.arange(round(seconds * MIX_RATE)) / MIX_RATE
    return np.asarray(10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * at + phase))


def bursts(
    peak: float = 0.25, *, every_s: float = 0.25, seconds: float = 3.0
) -> NDArray[np.float64]:
    """A quiet tone with clicks that stand far above it, as consonants stand above a voice."""
    sound = a_sine(-26, hertz=220, seconds=seconds)
    step = round(every_s * MIX_RATE)
    for start in range(step // 2, len(sound) - 40, step):
        sound[start : start + 40] += peak * np.hanning(40)
    return np.clip(sound, -1, 1)


def as_pcm(sound: NDArray[np.float64], channels: int = 2) -> NDArray[np.int32]:
    whole = np.clip(np.rint(sound * FULL), -FULL, FULL - 1).astype(np.int32)
    return np.repeat(whole[:, None], channels, axis=1)


def a_sound(path: Path, sound: NDArray[np.float64], channels: int = 2) -> Path:
    with MixWriter(path, channels=channels) as writer:
        writer.append(as_pcm(sound, channels))
    return path
