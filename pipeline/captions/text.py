"""How wide text is, which way it runs, and what captions can hold of it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.media.text.breaks import letters_of_text
from pipeline.media.text.language import is_right_to_left

RIGHT_TO_LEFT_MARK = "\u200f"
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})

_UNHELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Controls, halves of surrogates and what Unicode keeps free of characters: XML refuses them, and
no reader shows them."""


def holdable(text: str) -> str:
    """What captions of every kind can hold of a text."""
    return _UNHELD.sub("", text)


def named(signs: str) -> str:
    """Signs as a message tells them. A sign that shows nothing is told by its number alone."""
    return ", ".join(
        f"{sign} (U+{ord(sign):04X})"
        if unicodedata.category(sign)[0] in "SP"
        else f"U+{ord(sign):04X}"
        for sign in signs
    )


def width(text: str, *, wide_marks: bool = False) -> int:
    """Characters as a reader counts them: a letter with its vowel signs and marks is one, one of
    Chinese, Japanese or Korean (full width) two."""
    if text.isascii():
        return len(text)
    return sum(_width(letter, wide_marks=wide_marks) for letter in letters_of_text(text))


@lru_cache(1 << 14)
def _width(letter: str, *, wide_marks: bool) -> int:
    seen = [sign for sign in letter if unicodedata.category(sign) not in _NO_WIDTH]
    if not seen:
        return 0
    kind = unicodedata.east_asian_width(seen[0])
    marked = wide_marks and kind == "A" and unicodedata.category(seen[0])[0] == "P"
    return 2 if kind in "WF" or marked else 1


def directed(line: str, language: str) -> str:
    """A line of a language that runs from the right says so at both ends: marks stand on their side
    also where it begins or ends with a word of another script, or in a player that knows no base
    direction."""
    if not line or not is_right_to_left(language):
        return line
    return f"{RIGHT_TO_LEFT_MARK}{line}{RIGHT_TO_LEFT_MARK}"
