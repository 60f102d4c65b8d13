"""How long a take will be, as far as its row tells: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from manifests.job import Job

CHARACTERS_PER_S: Mapping[str, float] = {"en": 15.86}
"""Measured, with the pauses between sentences: piper:joe over this project's own pages, by
benchmarks/quote_pace.py (benchmarks/results/quote-pace.json)."""

UNMEASURED_CHARACTERS_PER_S = 14.0
"""Of languages written in letters that none of our voices here speaks."""

UNMEASURED_DENSE_CHARACTERS_PER_S = 4.5
"""Of languages whose characters are whole syllables or words."""

DENSE = frozenset({"zh", "ja", "ko", "yue"})

PACE_SPREAD = 0.15
"""How far one short script lies from its pace: measured with it for English, taken for all."""

GUESS_SPREAD = 0.6
"""How far a recording may lie from the mean of the others, where nothing tells its length."""

DECLARED = "audio_duration_s"
"""The key of `metadata` under which a row declares the length of its recording: no probe then."""


@dataclass(frozen=True, slots=True)
class Length:
    """Seconds of a take; `spread` is the deviation of their logarithm, 0 where they are known."""

    seconds: float
    spread: float = 0.0


def script_length(job: Job) -> Length:
    """The length of a script by its number of characters."""
    return Length(len(job.script or "") / pace_of(job.language), PACE_SPREAD)


def pace_of(language: str) -> float:
    """Characters per second of speech in a language (a BCP-47 tag)."""
    language = language.partition("-")[0].lower()
    dense = UNMEASURED_DENSE_CHARACTERS_PER_S
    otherwise = dense if language in DENSE else UNMEASURED_CHARACTERS_PER_S
    return CHARACTERS_PER_S.get(language, otherwise)


def declared_length(job: Job) -> Length | None:
    """The length that the row itself declares for its recording, if it is a length at all."""
    try:
        seconds = float(job.metadata.get(DECLARED, ""))
    except ValueError:
        return None
    return Length(seconds) if 0 < seconds < float("inf") else None
