"""What is done to bring a sound to its loudness, decided purely from what was measured: a gain, a
limit, and another pass where the limiter took too much."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.delivery.sound.limiter import ONE
from pipeline.delivery.sound.loudness import (
    GATE_S,
    NO_PEAK_DBTP,
    LoudnessFound,
    LoudnessTarget,
    told_of_loudness,
)

MOST_PASSES = 6
NEAR_LU = 0.2
"""What the limiter takes of the loudness is made up for down to here."""

AGAIN = 1.5
"""A louder sound loses more to the limiter: so many times what is lacking is added."""

MOST_GAIN_DB = 40.0
"""More would raise the noise of a room to the loudness of a voice."""

MOST_LIMITED_DB = 12.0
"""Peaks that are turned down further are heard: a sound stays quieter than asked instead."""

MARGIN_DB = 0.05
"""Meters that look between samples with another filter read a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """What the limiter did: the moments that it turned down, and by how much at most."""

    samples: int = 0
    most_db: float = 0.0

    def and_also(self, curve: NDArray[np.int64]) -> Limited:
        """Together with a stretch that was multiplied by `curve`, in 2^-30."""
        lowest = int(curve.min(initial=ONE))
        return Limited(
            samples=self.samples + int((curve < ONE).sum()),
            most_db=max(self.most_db, round(-20 * math.log10(lowest / ONE), 2)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GainStep:
    """One pass over a mix: its gain, and what no peak shall pass, in dB of full scale (None: no
    limiter). `number` counts passes from 1."""

    gain_db: float = 0.0
    limit_db: float | None = None
    number: int = 1


def first_step(before: LoudnessFound, wanted: LoudnessTarget) -> GainStep:
    """The gain that alone would reach the target. What has no loudness keeps its level."""
    if wanted.target_lufs is None or before.true_peak_dbtp <= NO_PEAK_DBTP:
        return GainStep()
    limit = wanted.ceiling_dbtp - MARGIN_DB
    if not before.measurable:
        return GainStep(limit_db=limit)
    gain = min(MOST_GAIN_DB, wanted.target_lufs - before.integrated_lufs)
    return GainStep(gain_db=round(gain, 2), limit_db=limit)


def next_step(
    done: GainStep, limited: Limited, after: LoudnessFound, wanted: LoudnessTarget
) -> GainStep | None:
    """Another pass where a peak came through, or where the limiter took of the loudness and may
    still take more; None where nothing is to be gained."""
    if done.limit_db is None or wanted.target_lufs is None or done.number == MOST_PASSES:
        return None
    over = after.true_peak_dbtp - wanted.ceiling_dbtp
    limit = done.limit_db - (over + MARGIN_DB if over > 0 else 0)
    short = wanted.target_lufs - after.integrated_lufs if limited.samples else 0.0
    room = min(MOST_LIMITED_DB - limited.most_db, MOST_GAIN_DB - done.gain_db)
    more = min(AGAIN * short, room) if after.measurable and abs(short) > NEAR_LU else 0.0
    gain = round(done.gain_db + more, 2)
    if (gain, limit) == (done.gain_db, done.limit_db):
        return None
    return GainStep(gain_db=gain, limit_db=limit, number=done.number + 1)


def told_of_finish(
    before: LoudnessFound, after: LoudnessFound, wanted: LoudnessTarget, limited: Limited
) -> tuple[str, ...]:
    """Warnings of a deliverable whose sound is not as asked, with the reason."""
    return tuple(_told(before, after, wanted, limited))


def _told(
    before: LoudnessFound, after: LoudnessFound, wanted: LoudnessTarget, limited: Limited
) -> Iterator[str]:
    if wanted.target_lufs is None:
        return
    if not before.measurable:
        why = (
            f"it is {before.seconds:.2f} s long, and loudness is measured from {GATE_S:.1f} s on"
            if before.seconds < GATE_S
            else "it is silent, or nearly"
        )
        yield f"loudness_unmeasured: the sound keeps its level, since {why}"
    missed = told_of_loudness(after, wanted, lossy=False)
    reason = ""
    if limited.most_db > MOST_LIMITED_DB - 1:
        reason = (
            f"; its peaks were turned down by {limited.most_db:.1f} dB, and more would be heard"
        )
    elif before.measurable and after.integrated_lufs - before.integrated_lufs > MOST_GAIN_DB - 1:
        reason = f"; it was turned up by {MOST_GAIN_DB:.0f} dB, and more would raise its noise"
    for sentence in missed:
        yield sentence + reason
