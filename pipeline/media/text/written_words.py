"""The words of a text as readers see them, also of scripts that put no blanks between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from pipeline.media.text.breaks import word_ends

_UNSPACED = """
CJK IDEOGRAPHIC HIRAGANA KATAKANA KATAKANA-HIRAGANA HALFWIDTH BOPOMOFO THAI LAO KHMER MYANMAR
TIBETAN
"""
_SCRIPTS = frozenset(_UNSPACED.split())
_OPENING = frozenset({"Ps", "Pi", "Zs"})


def is_spaced(text: str) -> bool:
    """Whether words are parted by blanks in the script that most of the letters belong to."""
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(map(is_unspaced_letter, letters)) <= len(letters)


@lru_cache(1 << 14)
def is_unspaced_letter(letter: str) -> bool:
    """Whether a letter's script puts no blanks between words."""
    return letter.isalpha() and unicodedata.name(letter, "").partition(" ")[0] in _SCRIPTS


def written_words(text: str, *, spaced: bool, language: str = "und") -> tuple[str, ...]:
    """The words with the marks beside them. Put together they are the text.

    Parted by blanks, they are put together with blanks; else the blank behind a word belongs to it.
    """
    if spaced:
        return tuple(_with_marks(text.split()))
    return tuple(_whole_words(text, [0, *word_ends(text, language)]))


def _with_marks(parts: Sequence[str]) -> Iterator[str]:
    """Marks that stand alone belong to the word before, opening ones to the word behind."""
    word = ""
    for part in parts:
        if word and not _opens(word) and (_is_said(part) or _opens(part)):
            yield word
            word = part
        else:
            word = f"{word} {part}" if word else part
    if word:
        yield word


def _whole_words(text: str, edges: Sequence[int]) -> Iterator[str]:
    """No word is nothing but marks, unless the text is."""
    word = ""
    for start, stop in pairwise(edges):
        piece = text[start:stop]
        if _is_said(word) and _is_said(piece):
            yield word
            word = ""
        word += piece
    if word:
        yield word


def _is_said(part: str) -> bool:
    return any(letter.isalnum() for letter in part)


def _opens(part: str) -> bool:
    return all(unicodedata.category(sign) in _OPENING for sign in part)
