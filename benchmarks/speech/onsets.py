# ruff: noqa: RUF001  # phonetic letters are meant
"""Where hissing sounds begin in the sound itself, against where an engine says that they do.

It checks the truth of `engine_times` and owes nothing to any aligner. Behind a vowel, the band
from 4 to 7.5 kHz grows loud within a few milliseconds when an s begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt  # type: ignore[import-untyped]  # no types in scipy

from benchmarks.speech.engine_times import MARKS, Network, flite_phones, phonemes_of
from pipeline.media.sound.wav import read_info, read_pcm
from pipeline.media.voice.flite import Flite
from pipeline.media.voice.piper import Piper

BAND_HZ = (4000, 7500)
AROUND_S, STEP_S, SMOOTH_S = 0.15, 0.025, 0.008
CLEAR = 1.0
"""Of the logarithms of the loudness behind and before an onset; less is none."""

HISSING = "sʃ"
OPEN = "aeiouɪɛæʌəɚɑɔʊɐᵻɜːˈ"
_OPEN_OF_FLITE = "aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw"
OPEN_OF_FLITE = frozenset(_OPEN_OF_FLITE.split())

Samples = NDArray[np.float64]
Edge = tuple[float, float]
"""Where a hissing sound starts, with the blanks before it and by Piper's habit."""


def late_ms(voice: Flite | Piper, texts: Sequence[str]) -> dict[str, float]:
    """How far behind the engine's edge hissing sounds begin: medians."""
    found = flite_edges(voice, texts) if isinstance(voice, Flite) else piper_edges(voice, texts)
    late: list[Edge] = []
    with TemporaryDirectory() as folder:
        spoken = voice.speak(texts, Path(folder))
        for edges, wav in zip(found, spoken, strict=True):
            late += late_of(edges, wav) if wav else []
    middle_s, by_habit_s = np.median(np.array(late), axis=0).tolist()
    return {
        "sounds": len(late),
        "median_ms": round(1000 * middle_s, 1),
        "median_by_piper_s_habit_ms": round(1000 * by_habit_s, 1),
    }


def late_of(edges: Sequence[Edge], wav: Path) -> list[Edge]:
    info = read_info(wav)
    if info is None:
        raise SystemExit(f"{wav} is no WAV file")
    loud = loudness(read_pcm(wav)[:, 0] / (1 << 15), info.rate)
    onsets = [onset_s(loud, info.rate, start_s) for start_s, _ in edges]
    return [
        (onset - start_s, onset - by_habit_s)
        for onset, (start_s, by_habit_s) in zip(onsets, edges, strict=True)
        if onset is not None
    ]


def loudness(samples: Samples, rate: int) -> Samples:
    """The logarithm of the loudness in the band."""
    band = butter(4, BAND_HZ, "bandpass", fs=rate, output="sos")
    window = round(SMOOTH_S * rate)
    power = np.convolve(sosfiltfilt(band, samples) ** 2, np.ones(window) / window, "same")
    logarithm: Samples = np.log(np.sqrt(power) + 1e-4)
    return logarithm


def onset_s(loud: Samples, rate: int, near_s: float) -> float | None:
    """Where it grows most near a moment; None where it does not grow clearly."""
    start, stop = round((near_s - AROUND_S) * rate), round((near_s + AROUND_S) * rate)
    if start < 0 or stop > len(loud):
        return None
    step = round(STEP_S * rate)
    total = np.cumsum(np.concatenate([[0.0], loud[start:stop]]))
    growth = (total[2 * step :] - 2 * total[step:-step] + total[: -2 * step]) / step
    best = int(np.argmax(growth))
    return (start + step + best) / rate if growth[best] > CLEAR else None


def piper_edges(voice: Piper, texts: Sequence[str]) -> Iterator[list[Edge]]:
    network = Network(model=voice.model)
    for phonemes in phonemes_of(voice, texts):
        sounds = network.sounds(phonemes)
        yield [
            (sounds[before].stop_s, sounds[at].start_s)
            for at, phoneme in enumerate(phonemes)
            if phoneme in HISSING
            for before in [at - 2 if phonemes[at - 1] == " " else at - 1]
            if phonemes[before] in OPEN and phonemes[before] not in MARKS
        ]


def flite_edges(voice: Flite, texts: Sequence[str]) -> Iterator[list[Edge]]:
    for text in texts:
        phones = flite_phones(voice, text)
        yield [
            (phone.start_s, phone.start_s)
            for before, phone in pairwise(phones)
            if phone.name in {"s", "sh"}
            and before.name in OPEN_OF_FLITE
            and before.stop_s == phone.start_s
        ]
