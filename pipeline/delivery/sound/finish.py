"""The sound of a deliverable made of a take's mix: one constant gain, peaks turned down where they
would pass, silence for handles, and a report of what was done.

Samples are rounded to 24 bits without dither: the step is 144 dB down, below the noise of any
recording, and silence stays silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import MIX_RATE
from pipeline.delivery.sound.levels import GainStep, Limited, first_step, next_step, told_of_finish
from pipeline.delivery.sound.limiter import AFTER, BEFORE, FULL_SCALE, ONE, Pcm, factor_of, gains
from pipeline.delivery.sound.loudness import LoudnessFound, LoudnessTarget, loudness_of
from pipeline.media.sound.wav import MixWriter, read_info, read_pcm

BLOCK = 5 * MIX_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundReport:
    """The finished sound, `path`, and what was done to it: the gain, what the limiter did, and the
    samples of silence on either side."""

    wanted: LoudnessTarget
    path: Path
    before: LoudnessFound
    after: LoudnessFound
    gain_db: float = 0.0
    limited: Limited = Limited()
    handle_samples: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mix:
    path: Path
    channels: int
    samples: int

    def window(self, start: int, stop: int) -> Pcm:
        """Samples `start` to `stop`, silence outside of the file."""
        inside = read_pcm(self.path, max(0, start), min(stop, self.samples))
        return np.pad(inside, ((max(0, -start), max(0, stop - self.samples)), (0, 0)))


def finished_sound(
    mix: Path, wanted: LoudnessTarget, path: Path, handle_samples: int = 0
) -> SoundReport:
    """Bring a 48 kHz, 24-bit mix to the loudness that is wanted, in constant memory.

    The file is `path`, of 48 kHz and 24 bits, with as much silence before as behind; where neither
    loudness nor handles are asked for it is the very mix, and nothing is written. As it is means
    that every sample is the mix's own. Raises `ValueError` of any other file.
    """
    source = _opened(mix)
    before = loudness_of(mix)
    if wanted.target_lufs is None and not handle_samples:
        return SoundReport(wanted=wanted, path=mix, before=before, after=before)
    step: GainStep | None = first_step(before, wanted)
    while step is not None:
        done = step
        limited = _write(source, path, done, handle_samples)
        after = loudness_of(path)
        step = next_step(done, limited, after, wanted)
    return SoundReport(
        wanted=wanted,
        path=path,
        before=before,
        after=after,
        gain_db=done.gain_db,
        limited=limited,
        handle_samples=handle_samples,
        warnings=told_of_finish(before, after, wanted, limited),
    )


def _opened(mix: Path) -> _Mix:
    info = read_info(mix)
    if info is None or (info.rate, info.sample_bytes) != (MIX_RATE, 3):
        raise ValueError(f"{mix.name} is not a WAV file of 48 kHz and 24 bits")
    return _Mix(path=mix, channels=info.channels, samples=info.samples)


def _write(mix: _Mix, path: Path, step: GainStep, handle_samples: int) -> Limited:
    limited = Limited()
    with MixWriter(path, channels=mix.channels) as writer:
        writer.pad_to(handle_samples)
        for start in range(0, mix.samples, BLOCK):
            stop = min(start + BLOCK, mix.samples)
            turned, curve = turned_up(mix.window(start - BEFORE, stop + AFTER), step)
            limited = limited.and_also(curve)
            writer.append(turned)
        writer.pad_to(mix.samples + 2 * handle_samples)
    return limited


def turned_up(window: Pcm, step: GainStep) -> tuple[Pcm, NDArray[np.int64]]:
    """The middle of a window, `BEFORE` samples from its start and `AFTER` from its end, with what
    the limiter multiplied it by."""
    factor = factor_of(step.gain_db)
    middle = slice(BEFORE, len(window) - AFTER)
    if step.limit_db is None:
        curve = np.full(len(window), ONE, np.int64)[middle]
    else:
        curve = gains(window, factor, FULL_SCALE * factor_of(step.limit_db))[middle]
    whole = np.rint(window[middle] * factor * (curve / ONE)[:, None])
    return np.clip(whole, -FULL_SCALE, FULL_SCALE - 1).astype(np.int32), curve
