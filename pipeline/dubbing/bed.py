"""Music and effects laid under a voice: full where nobody speaks, turned down where somebody does.

The gain is a curve of our own over the known stretches of speech and no compressor: it turns the
bed down before the first word and not after it, and it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import MIX_RATE
from pipeline.media.sound.audio import AudioLimits, decode_bed
from pipeline.media.sound.wav import MixWriter, read_info, read_pcm
from pipeline.nouns import Span

DUCKED_DB = -12.0
ATTACK_S, RELEASE_S = 0.25, 0.6
"""How long the bed takes to go down, ahead of a word, and to come up again behind it. In pauses too
short for both it stays down, or it would pump."""

END_FADE_S = 0.5
BLOCK = 30 * MIX_RATE
_FULL_SCALE = 1 << 23

Levels = NDArray[np.float64]


def lay_bed(
    bed: Path, *, name: str, mix: Path, spans: Sequence[Span], limits: AudioLimits, desk: Path
) -> tuple[str, ...]:
    """Mix `bed`, which people know as `name`, into `mix` in place; returns warnings.

    The voice's samples are taken as they are. A bed that is longer ends with the voice, faded out;
    a shorter one leaves silence. Raises `BadInput` as `decode_bed` does.
    """
    ready, mono, together = desk / "bed.wav", desk / "bed-mono.wav", desk / "together.wav"
    told = decode_bed(bed, name=name, speech=mono, mix=ready, limits=limits)
    clipped = _mixed(mix, ready, together, spans)
    together.replace(mix)
    ready.unlink()
    mono.unlink()
    voice = read_info(mix)
    samples = 0 if voice is None else voice.samples
    warnings = list(told.warnings)
    if told.samples < samples - MIX_RATE:
        missing_s = (samples - told.samples) / MIX_RATE
        warnings.append(f"bed_short: {name} ends {missing_s:.1f} s before the voice")
    if clipped:
        warnings.append(
            f"bed_clipped: {clipped / MIX_RATE:.3f} s of voice and {name} together are too loud"
        )
    return tuple(warnings)


def _mixed(voice: Path, bed: Path, path: Path, spans: Sequence[Span]) -> int:
    """Write the sum block by block; returns how many samples were too loud together."""
    over, under = read_info(voice), read_info(bed)
    if over is None or under is None:
        raise ValueError("voice and bed are not WAV files")
    clipped = 0
    with MixWriter(path, channels=max(over.channels, under.channels)) as writer:
        for start in range(0, over.samples, BLOCK):
            stop = min(start + BLOCK, over.samples)
            times_s = np.arange(start, stop) / MIX_RATE
            gain = bed_gain(times_s, spans, over.samples / MIX_RATE)
            music = np.zeros((stop - start, under.channels))
            there = read_pcm(bed, start, stop)
            music[: len(there)] = there
            whole = read_pcm(voice, start, stop) + np.rint(gain[:, None] * music)
            clipped += int(((whole < -_FULL_SCALE) | (whole >= _FULL_SCALE)).any(axis=1).sum())
            writer.append(np.clip(whole, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int32))
    return clipped


def bed_gain(times_s: Levels, spans: Sequence[Span], length_s: float) -> Levels:
    """By what the bed is multiplied at each moment: 1 in long pauses, a quarter under speech."""
    points: list[tuple[float, float]] = [(-1.0, 0.0)]
    for span in _together(spans):
        points += [
            (span.start_s - ATTACK_S, 0.0),
            (span.start_s, DUCKED_DB),
            (span.stop_s, DUCKED_DB),
            (span.stop_s + RELEASE_S, 0.0),
        ]
    at_s, levels_db = zip(*points, strict=True)
    gain: Levels = 10 ** (np.interp(times_s, at_s, levels_db) / 20)
    return gain * np.clip((length_s - times_s) / END_FADE_S, 0.0, 1.0)


def _together(spans: Sequence[Span]) -> list[Span]:
    """Stretches of speech with only short pauses between them, as one."""
    groups: list[Span] = []
    for span in spans:
        if groups and span.start_s - groups[-1].stop_s < ATTACK_S + RELEASE_S:
            groups[-1] = Span(start_s=groups[-1].start_s, stop_s=span.stop_s)
        else:
            groups.append(span)
    return groups
