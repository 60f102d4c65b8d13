# ruff: noqa: RUF001  # signs of phonetics are meant
"""The phonemes of a text as Kokoro was taught them, by espeak-ng clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manifests.errors import Transient
from pipeline.media.voice.espeak import Espeak, ask_espeak

VERSION = "1"
"""Of the way in which text becomes phonemes here; digests of voices hold it."""

LETTERS: Mapping[str, str] = {
    "eɪ": "A",
    "aɪ": "I",
    "aʊ": "W",
    "ɔɪ": "Y",
    "oʊ": "O",
    "əʊ": "Q",
    "tʃ": "ʧ",
    "dʒ": "ʤ",
    "ts": "ʦ",
    "dz": "ʣ",
}
"""Sounds of two signs that Kokoro writes as one letter."""

_CLAUSE = re.compile(r"[^,.;:!?…—]*(?:[,.;:!?…—]+(?=\s|$)|[,.;:!?…—]|$)")
_MARKS = re.compile(r"[,.;:!?…—]+\s*$")
_STRESS = "ˈˌ"


@dataclass(frozen=True, slots=True)
class Phonemes:
    """What is said, and words as characters from, count and phoneme."""

    said: str
    words: tuple[tuple[int, int, int], ...]


def phonemes_of(texts: Sequence[str], espeak: Espeak) -> list[Phonemes]:
    """Of each text, by one process for all. Raises `Transient("voice_failed")`."""
    clauses = [(number, at, part) for number, text in enumerate(texts) for at, part in _parts(text)]
    asked = [
        {"voice": espeak.file, "variant": "", "text": part, "wav": ""} for _, _, part in clauses
    ]
    answers = ask_espeak(espeak.carried, asked)
    if len(answers) != len(asked) or any("phones" not in each for each in answers):
        message = f"{espeak.name} told no phonemes of {len(texts)} sentences"
        raise Transient("voice_failed", message)
    told = list(zip(clauses, answers, strict=True))
    return [
        joined_phonemes([(at, part, answer) for (n, at, part), answer in told if n == number])
        for number in range(len(texts))
    ]


def _parts(text: str) -> Iterator[tuple[int, str]]:
    for match in _CLAUSE.finditer(text):
        if any(sign.isalnum() for sign in match.group()):
            yield match.start(), match.group()


def joined_phonemes(clauses: Sequence[tuple[int, str, Mapping[str, Any]]]) -> Phonemes:
    """Of clauses with their places and what espeak-ng told of each."""
    said = ""
    words: list[tuple[int, int, int]] = []
    for start, text, told in clauses:
        waiting = list(told.get("words", ()))
        for ipa, time in told.get("phones", ()):
            if ipa and waiting and time >= waiting[0][2]:
                at, count, _ = waiting.pop(0)
                said += " " if said and not said.endswith(" ") else ""
                words.append((start + at, count, len(said)))
            said += _letters(ipa)
        marks = _MARKS.search(text)
        said += f"{marks.group().strip()[0]} " if marks else ""
    return Phonemes(said.strip(), tuple(words))


def _letters(ipa: str) -> str:
    plain = ipa.lstrip(_STRESS)
    return ipa[: len(ipa) - len(plain)] + LETTERS.get(plain, plain)
