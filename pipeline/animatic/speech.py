"""How loud and how bright the speech is, read for the frames that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import read_speech

WINDOW_SAMPLES = 1024
QUIET_DB, LOUD_DB = -48.0, -20.0
"""Full scale decibels of no and of full loudness: constants, so that an edit stays local."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicing:
    """Per frame [n]: `loudness` and `hiss` from 0 to 1, `brightness` from -1 to 1."""

    loudness: NDArray[np.float64]
    brightness: NDArray[np.float64]
    hiss: NDArray[np.float64]


def samples_between(path: Path, start: int, stop: int) -> NDArray[np.float32]:
    """Samples `start` to `stop` of the speech; silence outside of the file."""
    first = max(start, 0)
    found = read_speech(path, first, max(stop, first))
    samples = np.zeros(stop - start, np.float32)
    samples[first - start : first - start + len(found)] = found
    return samples


def voicing_of(path: Path, start: int, stop: int) -> Voicing:
    """The voicing of frames `start` to `stop`."""
    margin = (WINDOW_SAMPLES - SPEECH_SAMPLES_PER_FRAME) // 2
    samples = samples_between(
        path, start * SPEECH_SAMPLES_PER_FRAME - margin, stop * SPEECH_SAMPLES_PER_FRAME + margin
    )
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)
    pressure = windows[::SPEECH_SAMPLES_PER_FRAME] * np.hanning(WINDOW_SAMPLES)
    power = np.abs(np.fft.rfft(pressure, axis=1)) ** 2
    total = power.sum(axis=1) + 1e-9
    level_db = 10 * np.log10(total / (WINDOW_SAMPLES**2 * 0.1875))
    balance = np.log10((_band(power, 1600, 3500) + 1e-9) / (_band(power, 200, 900) + 1e-9))
    return Voicing(
        loudness=np.clip((level_db - QUIET_DB) / (LOUD_DB - QUIET_DB), 0, 1),
        brightness=np.clip((balance + 1.1) / 1.2, -1, 1),
        hiss=_band(power, 4000, 8000) / total,
    )


def _band(power: NDArray[np.float64], low_hz: int, high_hz: int) -> NDArray[np.float64]:
    bin_hz = SPEECH_RATE / WINDOW_SAMPLES
    result: NDArray[np.float64] = power[:, int(low_hz / bin_hz) : int(high_hz / bin_hz)].sum(axis=1)
    return result
