"""How well a voice reads its language, and which letters it would only spell by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Literal
from unicodedata import category

from manifests.errors import BadInput
from pipeline.media.text.check_script import JUDGED, script_of
from pipeline.media.text.language import scripts_of
from pipeline.media.voice.voices import Voice

Grade = Literal["reads", "reads_part", "placeholder"]

_WITHOUT_VOWELS = "it guesses the vowels of words that are written without their signs"

GRADES: Mapping[tuple[str, str], tuple[Grade, str]] = {
    ("espeak", "ja"): ("reads_part", "it reads kana only"),
    ("espeak", "he"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "iw"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "ar"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "fa"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "ur"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "sd"): ("reads_part", _WITHOUT_VOWELS),
    ("espeak", "th"): ("placeholder", "nobody who speaks it would understand it"),
}
"""By engine and language; whatever is not listed reads its script."""

_LENT = "DEVANAGARI BENGALI GURMUKHI GUJARATI TAMIL KANNADA MALAYALAM SINHALA GEORGIAN ARMENIAN"
LENT = frozenset({*_LENT.split(), "HANGUL", "GREEK"})
"""Scripts whose words espeak-ng reads in every language, by the rules of their own; Piper reads by
it."""

SPELLED: Mapping[tuple[str, str], frozenset[str]] = {
    ("espeak", "ja"): frozenset({"CJK"}),
    ("espeak", "en"): frozenset({"GREEK"}),
    ("espeak", "sr"): frozenset({"GREEK"}),
    ("piper", "en"): frozenset({"GREEK"}),
}
"""Scripts that are spelled though a language is written with them, or though they are lent."""

_LENT_BY: Mapping[str, frozenset[str]] = {
    "espeak": LENT,
    "piper": LENT,
    "flite": frozenset(),
    "kokoro": frozenset(),
}
"""Engines that were tried; of others nothing is known, so nothing is refused."""

_WORDS_OF_ONE = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
_PHONES = re.compile(r"\[\[[^\[\]]*\]\]")
_SHOWN = 40


def graded(voice: Voice) -> tuple[Grade, str]:
    """The grade, and what is missing at it."""
    return GRADES.get(_key(voice), ("reads", ""))


def told_of_grade(voice: Voice) -> tuple[str, ...]:
    """A warning where a voice does not read all of its language."""
    grade, missing = graded(voice)
    if grade == "reads":
        return ()
    how = "is a placeholder for" if grade == "placeholder" else "reads only part of"
    what = f"{voice.name} {how} {voice.languages[0]!r}: {missing}"
    return (f"voice_reads_part: {what}; listen to it, or name another voice",)


def check_letters(texts: Iterable[str], voice: Voice) -> None:
    """Raises `BadInput("unread_script")` for a text with a word that the voice would spell by the
    names of its letters. A single letter (the alpha of a formula) is said so by people too."""
    for text in texts:
        script = spelled_script(text, voice)
        if script:
            raise BadInput(
                "unread_script",
                f"{text[:_SHOWN]!r} has {script.title()} letters, which {voice.name} does not read "
                "but spells by their names; write them as they are said, or name another voice.",
            )


def spelled_script(text: str, voice: Voice) -> str:
    """The script of the first word that would be spelled; "" where there is none."""
    engine, language = _key(voice)
    lent = _LENT_BY.get(engine)
    if lent is None:
        return ""
    spelled = SPELLED.get((engine, language), frozenset())
    unread = (JUDGED - scripts_of(language) - lent) | spelled
    if unread.isdisjoint(map(script_of, set(text))):
        return ""  # nearly always; a manifest has a million scripts
    written = (sign for sign in _PHONES.sub(" ", text) if category(sign)[0] != "M")
    letters = map(script_of, written)
    for script, run in groupby(letters):
        if script in unread and (script in _WORDS_OF_ONE or sum(1 for _ in run) > 1):
            return script
    return ""


def _key(voice: Voice) -> tuple[str, str]:
    return voice.name.partition(":")[0], voice.languages[0].partition("-")[0]
