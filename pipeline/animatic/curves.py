"""The controls of a take as functions of its time: any frames alone, always the same values."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.animatic.coarticulation import Mouth, mouth_of
from pipeline.animatic.controls import MOUTH_CONTROLS, Control, Curves
from pipeline.media.sound.wav import read_speech
from pipeline.phones import Phones

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


@lru_cache(maxsize=1 << 14)
def draw(seed: int, purpose: str, index: int) -> float:
    """Uniform in [0, 1), from the SHA-256 of its name."""
    digest = hashlib.sha256(f"animatic|{seed}|{purpose}|{index}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) * 2.0**-53


def value_noise(
    time_s: NDArray[np.float64], period_s: float, seed: int, purpose: str
) -> NDArray[np.float64]:
    """Smooth noise of about unit variance through one draw every `period_s`."""
    position = time_s / period_s
    knot = np.floor(position).astype(int)
    first = int(knot.min())
    drawn = [draw(seed, purpose, index) for index in range(first, int(knot.max()) + 2)]
    heights = (np.array(drawn) * 2 - 1) * math.sqrt(3)
    share = position - knot
    share = share * share * (3 - 2 * share)
    return np.asarray(heights[knot - first] * (1 - share) + heights[knot - first + 1] * share)


BLOCK_FRAMES = 64
"""Curves are computed in whole blocks counted from the take's start and then cut, so that the
same instructions run for a frame whatever the range that asks for it."""

MARGIN_FRAMES = 8
STEP = 1 / 4096
"""Curves are rounded to this, so that a platform's last bits do not change a fingerprint."""

EMPHASIS_FRAMES = 13
USUAL_JAW = 0.25

BLINK_SLOT_S = 4.0
DOUBLE_BLINKS = 0.15
DOUBLE_AFTER_S = 0.32
CLOSING_S, OPENING_S = 0.045, 0.075

BREATH_S = 4.3
"""One breath at rest."""

SWAYS = (
    (Control.YAW, 0.050, 0.9),
    (Control.PITCH, 0.030, 0.8),
    (Control.ROLL, 0.020, 1.1),
    (Control.SHIFT_X, 0.020, 1.0),
    (Control.SHIFT_Y, 0.012, 0.9),
    (Control.ZOOM, 0.010, 1.5),
)
"""Idle motion: size (radians, eye spans, factor) and seconds between its random knots."""

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What moves the face of one take: its phones, its 16 kHz speech, the seed of all else."""

    phones: Phones
    speech: Path
    seed: int

    def between(self, start: int, stop: int) -> Curves:
        """float32 [stop - start, 17] of frames `start` to `stop` of the take."""
        first, last = start // BLOCK_FRAMES, -(-stop // BLOCK_FRAMES)
        blocks = [self._block(index) for index in range(first, last)]
        offset = first * BLOCK_FRAMES
        return np.concatenate(blocks)[start - offset : stop - offset]

    def _block(self, index: int) -> Curves:
        start = index * BLOCK_FRAMES - MARGIN_FRAMES
        stop = (index + 1) * BLOCK_FRAMES + MARGIN_FRAMES
        voicing = voicing_of(self.speech, start, stop)
        mouth = mouth_of(self.phones, start, stop, guessed_mouth(voicing))
        mouth[:, Control.JAW] *= self._jaw_gain(voicing)
        curves = np.zeros((stop - start, len(Control)))
        curves[:, :MOUTH_CONTROLS] = mouth
        time_s = (np.arange(start, stop) + 0.5) / FPS
        self._set_head(curves, time_s, emphasis_of(mouth[:, Control.JAW]))
        self._set_face(curves, time_s)
        kept = curves[MARGIN_FRAMES:-MARGIN_FRAMES]
        return (np.round(kept / STEP) * STEP).astype(np.float32)

    def _jaw_gain(self, voicing: Voicing) -> Series:
        """Loud speech opens the mouth further, and some people open it further than others."""
        person = 0.9 + 0.2 * draw(self.seed, "jaw", 0)
        return person * (0.70 + 0.40 * smoothed(voicing.loudness, 3))

    def _set_head(self, curves: NDArray[np.float64], time_s: Series, emphasis: Series) -> None:
        liveliness = 0.5 + 0.5 * draw(self.seed, "liveliness", 0)
        speaking = 0.45 + 0.55 * np.clip(emphasis / USUAL_JAW, 0, 1)
        for control, size, period_s in SWAYS:
            sway = value_noise(time_s, period_s, self.seed, control.name)
            curves[:, control] = liveliness * size * speaking * sway
        nod = np.clip(emphasis - USUAL_JAW, -USUAL_JAW, 0.5)
        phase = 2 * math.pi * draw(self.seed, "breath", 0)
        breath = np.sin(2 * math.pi * time_s / BREATH_S + phase)
        curves[:, Control.PITCH] += liveliness * 0.05 * nod + 0.004 * breath
        curves[:, Control.SHIFT_Y] += liveliness * 0.02 * nod + 0.006 * breath

    def _set_face(self, curves: NDArray[np.float64], time_s: Series) -> None:
        wander = value_noise(time_s, 0.8, self.seed, "brow")
        lift = np.clip(emphasis_of(curves[:, Control.JAW]) - USUAL_JAW, 0, 0.4)
        curves[:, Control.BROW] = np.clip(0.25 * wander + 0.8 * lift, -0.3, 1)
        curves[:, Control.SMILE] = 0.25 * draw(self.seed, "smile", 0)
        curves[:, Control.BLINK] = blinks(time_s, self.seed)


def emphasis_of(jaw: Series) -> Series:
    """The jaw averaged over half a second: stress, without the single phones."""
    return smoothed(jaw, EMPHASIS_FRAMES)


def smoothed(series: Series, frames: int) -> Series:
    """The running mean over an odd number of frames."""
    padded = np.pad(series, frames // 2, mode="edge")
    return np.convolve(padded, np.full(frames, 1 / frames), "valid")


def guessed_mouth(voicing: Voicing) -> Mouth:
    """A mouth by loudness and spectral balance, for speech whose phones nobody knows."""
    loud = smoothed(voicing.loudness, 3)
    # The dips between syllables are what closes lips; loudness alone would leave them open.
    syllable = np.clip(loud - 0.75 * smoothed(loud, 11), 0, 1) * 2.2
    hiss, bright = smoothed(voicing.hiss, 3), smoothed(voicing.brightness, 3)
    mouth = np.zeros((len(loud), MOUTH_CONTROLS))
    mouth[:, Control.JAW] = np.clip(loud * syllable - 0.3 * hiss, 0, 0.8)
    mouth[:, Control.WIDE] = 0.6 * loud * np.clip(bright, 0, 1)
    mouth[:, Control.PUCKER] = 0.7 * loud * np.clip(-bright, 0, 1)
    mouth[:, Control.UPPER_LIP] = mouth[:, Control.LOWER_LIP] = loud * (0.15 + 0.2 * hiss)
    return mouth


def blinks(time_s: Series, seed: int) -> Series:
    """Lid closure from 0 to 1: one blink per slot of 4 s, so 2 to 6 s apart; some are double."""
    closure = np.zeros(len(time_s))
    slots = np.floor(time_s / BLINK_SLOT_S).astype(int)
    for slot in range(int(slots.min()) - 1, int(slots.max()) + 2):
        at_s = BLINK_SLOT_S * slot + 1 + 2 * draw(seed, "blink", slot)
        is_double = draw(seed, "double blink", slot) < DOUBLE_BLINKS
        for begin_s in (at_s, at_s + DOUBLE_AFTER_S) if is_double else (at_s,):
            since_s = time_s - begin_s
            width_s = np.where(since_s < 0, CLOSING_S, OPENING_S)
            closure = np.maximum(closure, np.exp(-((since_s / width_s) ** 2)))
    return closure
