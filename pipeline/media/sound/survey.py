"""What the samples of a recording tell before anything is made of them: how loud, how clean, and
whether its sides cancel out. Facts are gathered block by block; what follows from them is decided
in pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""[n, channels], full scale at 1."""

NEAR_FULL_SCALE = 0.99
"""Three equal samples in a row above this are a waveform that was cut off, and no peak of its own.
"""

CLIPPED_SHARE = 1e-4
"""Less of a recording at full scale is not heard: 5 ms of a minute."""

LOUDEST = 1000.0
"""60 dB over full scale: no recorder writes it."""

CANCELLING = -0.5
"""Correlation of two sides below which their sum loses more than it keeps (6 dB)."""

CANCELLING_SHARE, CANCELLING_SHARE_OF_MUSIC = 0.05, 0.9
STEREO = 2
QUIET = 10 ** (-36 / 20)
"""A peak below it: speech mastered for any of the usual profiles peaks 20 dB higher."""

QUIETER = 0.02
"""34 dB below the loudest channel: the noise of an empty input, or what spills over to it."""


@dataclass(slots=True)
class SoundSurvey:
    """Facts of a recording, from blocks of about a second."""

    channels: int
    samples: int = 0
    peak: float = 0.0
    clipped: int = 0
    wrong: int = 0
    """Samples that are no number, or no sound."""

    swing: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Per channel: half of what lies between the highest and the lowest sample of a block; a
    constant offset is no sound."""

    energy: float = 0.0
    cancelling: float = 0.0
    """Of two sides: all energy, and what lies in blocks where they cancel out."""

    def __post_init__(self) -> None:
        self.swing = np.zeros(self.channels)

    def hear(self, block: Samples) -> None:
        """Take in the next samples."""
        self.samples += len(block)
        wrong = ~np.isfinite(block) | (np.abs(block) > LOUDEST)
        if wrong.any():
            self.wrong += int(wrong.any(axis=1).sum())
            return
        self.peak = max(self.peak, peak_of(block))
        half = (block.max(axis=0) - block.min(axis=0)).astype(np.float64) / 2
        self.swing = np.maximum(self.swing, half)
        self.clipped += flat_samples(block)
        if self.channels == STEREO:
            energy, cancels = _sides(block)
            self.energy += energy
            self.cancelling += energy if cancels else 0.0


def peak_of(block: Samples | NDArray[np.int32]) -> float:
    """How far the samples go from zero, to either side."""
    return max(float(block.max(initial=0)), -float(block.min(initial=0)))


def flat_samples(block: Samples) -> int:
    """Moments at which a channel stands still near full scale for three samples or longer."""
    high = np.abs(block) >= NEAR_FULL_SCALE
    if not high.any():
        return 0
    twice = high[1:] & (block[1:] == block[:-1])
    thrice = twice[1:] & twice[:-1]
    flat = np.zeros(block.shape, np.bool_)
    for offset in range(3):
        flat[offset : offset + len(thrice)] |= thrice
    return int(flat.any(axis=1).sum())


def _sides(block: Samples) -> tuple[float, bool]:
    """The energy of both sides, and whether they cancel out. Differences of neighbours weigh a
    voice more than rumble, and an offset not at all."""
    left, right = np.diff(block.astype(np.float64), axis=0).T
    energies = float(left @ left), float(right @ right)
    together = (energies[0] * energies[1]) ** 0.5
    return sum(energies), bool(together and float(left @ right) / together < CANCELLING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What is done to a recording: one channel alone is taken (`only`, from 0), or all; everything
    is multiplied by `gain`."""

    only: int | None = None
    gain: float = 1.0


def channel_to_take(survey: SoundSurvey, silent: float, *, voice: bool) -> int | None:
    """The one channel that sounds, or the louder of two sides that cancel out; else None: all.

    Music may be on one side, and wide in parts: it keeps both its sides unless nearly all of it
    cancels out.
    """
    alone = survey.channels > (1 if voice else STEREO) and _sounding(survey, silent) == 1
    if alone or _cancels(survey, voice=voice):
        return int(survey.swing.argmax())
    return None


def _sounding(survey: SoundSurvey, silent: float) -> int:
    return int((survey.swing >= max(silent, QUIETER * survey.swing.max())).sum())


def _cancels(survey: SoundSurvey, *, voice: bool) -> bool:
    share = CANCELLING_SHARE if voice else CANCELLING_SHARE_OF_MUSIC
    return survey.cancelling > share * survey.energy


def told_of_channels(
    survey: SoundSurvey, silent: float, name: str, *, voice: bool
) -> Iterator[str]:
    """A warning about what `channel_to_take` decides."""
    taken = channel_to_take(survey, silent, voice=voice)
    if taken is None:
        return
    if _sounding(survey, silent) == 1:
        yield (
            f"one_channel: of the {survey.channels} channels of {name} only channel {taken + 1}"
            " sounds; it was taken alone"
        )
    else:
        yield (
            f"audio_out_of_phase: the sides of {name} cancel out, since one has the opposite"
            f" polarity; channel {taken + 1} was taken alone"
        )


def told_of_clipping(survey: SoundSurvey, name: str) -> Iterator[str]:
    """A warning where a recording was cut off before it came to us: nothing brings it back."""
    share = survey.clipped / max(survey.samples, 1)
    if share >= CLIPPED_SHARE:
        yield (
            f"audio_clipped: {share:.2%} of {name} is cut off at full scale, which distorts it;"
            " record it with less gain"
        )


def told_of_level(survey: SoundSurvey, name: str) -> Iterator[str]:
    """A warning where a voice is hardly heard: it is delivered at the level that it came with."""
    if 0 < survey.swing.max(initial=0.0) < QUIET:
        peak_db = 20 * math.log10(survey.swing.max())
        yield (
            f"audio_quiet: {name} peaks at {peak_db:.0f} dBFS, which is hardly heard, and is"
            " delivered so; raise it before it is handed over"
        )


def told_of_gain(gain: float, name: str) -> Iterator[str]:
    """A warning where everything was turned down; nothing of it is lost."""
    if gain < 1:
        over_db = -20 * math.log10(gain)
        yield (
            f"audio_over_full_scale: at 48 kHz {name} goes {over_db:.1f} dB over full scale; all of"
            f" it was turned down by {over_db:.1f} dB"
        )
