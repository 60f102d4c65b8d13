"""What speech sounds like, 100 times a second: cepstra, much the same for all who say the same.

A shorter throat has all its resonances higher. `tract` says by how much: the bands of one voice are
scaled until they lie where those of the other lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.conditions.mel import TRANSFORM_SAMPLES, mel_bands
from model.shapes import SPEECH_RATE

Cepstra = NDArray[np.float64]
"""[steps, 13]."""

CEPSTRA_PER_S = 100
COUNT = 13
TRACTS = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2)
"""From men to children; the highest band still lies below 8 kHz."""

FEWEST = 10
"""Steps that have a variance."""

_STEP = SPEECH_RATE // CEPSTRA_PER_S
_WINDOW = SPEECH_RATE // 40
_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 26, 100.0, 6600.0
_EMPHASIS = 0.97
_FLOOR = 1e-8
_HAMMING = np.hamming(_WINDOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a recording was made, for a voice that is to sound as if it were there: how much louder
    it must be, and the power of the noise there, [257]."""

    gain: float = 1.0
    noise: NDArray[np.float64] | float = 0.0


NOWHERE = Room()


def room_of(recording: NDArray[np.float32], voice: NDArray[np.float32]) -> Room:
    """By what the quietest twelfth of the steps sounds like, and by the loudest sixth of both."""
    here, there = power_of(voice), power_of(recording)
    if not len(here) or not len(there):
        return NOWHERE
    levels = there.sum(axis=1)
    quietest = there[levels <= np.percentile(levels, 8)]
    gain = _loudness(there) / max(_loudness(here), 1e-12)
    return Room(gain=gain, noise=quietest.mean(axis=0))


def _loudness(power: NDArray[np.float64]) -> float:
    levels = power.sum(axis=1)
    return float(levels[levels >= np.percentile(levels, 85)].mean())


def cepstra_of(samples: NDArray[np.float32], tract: float = 1.0, room: Room = NOWHERE) -> Cepstra:
    """Of 16 kHz speech [n]: of windows of 25 ms about the middle of each step of 10 ms."""
    from scipy.fft import dct  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    power = power_of(samples) * room.gain + room.noise
    bands = np.log(power @ _bands(tract) + _FLOOR)
    return np.asarray(dct(bands, norm="ortho")[:, :COUNT])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Cepstra of which those that sound have zero mean and unit variance: without what is the
    voice's and the room's own. `sounding` [steps]: whether a step is not quiet."""

    columns: Cepstra
    sounding: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.columns)


def standardised(columns: Cepstra, sounding: NDArray[np.bool_]) -> Sounds:
    """However much silence there is; all steps count where hardly any sounds."""
    heard = columns[sounding] if np.count_nonzero(sounding) >= FEWEST else columns
    if len(heard):
        deviation = np.maximum(heard.std(axis=0), 1e-9)
        columns = np.ascontiguousarray((columns - heard.mean(axis=0)) / deviation)
    return Sounds(columns=columns, sounding=sounding)


def power_of(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """[steps, 257] of 16 kHz samples, the high ones raised."""
    steps = -(-len(samples) // _STEP)
    before = (_WINDOW - _STEP) // 2
    padded = np.pad(samples.astype(np.float64), (before + 1, _WINDOW + _STEP))
    sharp = padded[1:] - _EMPHASIS * padded[:-1]
    spans = np.lib.stride_tricks.sliding_window_view(sharp, _WINDOW)[::_STEP][:steps]
    return np.asarray(np.abs(np.fft.rfft(spans * _HAMMING, TRANSFORM_SAMPLES)) ** 2)


@cache
def _bands(tract: float) -> NDArray[np.float64]:
    return mel_bands(_BANDS, _LOWEST_HZ, _HIGHEST_HZ, tract)
