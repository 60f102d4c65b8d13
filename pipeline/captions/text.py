"""How wide text is, which way it runs, and where a line may well end."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.media.text.breaks import letters_of_text
from pipeline.media.text.language import is_right_to_left
from pipeline.media.text.sentence_ends import is_abbreviation

RIGHT_TO_LEFT_MARK = "\u200f"
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})

_CLOSERS = "\"'”’»›)]」』】》）〕〉"  # noqa: RUF001  # the marks of other languages are meant
_OPENERS = "\"'“‘„«‹([「『（"  # noqa: RUF001
_SENTENCE_ENDS = ".!?…؟۔。！？।॥።፧។။།"  # noqa: RUF001
_CLAUSE_ENDS = ",;:—–،؛、，；："  # noqa: RUF001

_CLINGING = """
a an the my your his her its our their this that these those of to in on at by for from with
and or but nor so if as than because not no is are was were be been has have had will would
although though while when which who where until since unless whether
der die das den dem des ein eine einen einem einer und oder aber von zu im am mit für auf
le la les un une du de et ou mais à au aux en dans par pour sur
el los las una y o del al con por para il lo gli i e di da nel che
"""
"""Words that belong to what follows them; a line that ends with one reads badly."""

_BELONGING = frozenset(_CLINGING.split())


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


def ends_sentence(word: str) -> bool:
    bare = word.rstrip(_CLOSERS)
    if bare.endswith(".") and is_abbreviation(bare[:-1].lstrip(_OPENERS)):
        return False
    return bare[-1:] in _SENTENCE_ENDS and bool(bare)


def ends_clause(word: str) -> bool:
    return word.rstrip(_CLOSERS)[-1:] in _CLAUSE_ENDS and bool(word)


def break_cost(word: str) -> int:
    """How badly a line reads that ends with `word`: 0 after a sentence to 9 after an article."""
    if ends_sentence(word):
        return 0
    if ends_clause(word):
        return 1
    return 9 if word.lower() in _BELONGING else 4
