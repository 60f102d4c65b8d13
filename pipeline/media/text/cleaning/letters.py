"""Letters that stand for others: ligatures, styled, circled, full-width ones, squares of units; and
sentences in capitals, which are said as words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_KINDS = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<small>", "<noBreak>", "<sub>",
          "<initial>", "<medial>", "<final>", "<isolated>")  # fmt: skip
_KEPT_COMPAT = frozenset("\u2026\u2025\u00a8\u00af\u00b4\u00b8\u02d8\u02d9\u2017\u203e\u0132\u0133")
_OWN = {"\u2116": "No."}
_TYPED_LETTERS = ("L", "N", "S", "Z")
_SIGNS = frozenset("\uff05\uff04\uff06\uff03\uff20\uff0b\uff1d\uff0f")
"""Full-width marks that are said; stops and commas of the East stay, for they part sentences."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in plain letters; `starts[n]` and `stops[n]` bound the letter n in the text that is
    written."""

    text: str
    starts: tuple[int, ...]
    stops: tuple[int, ...]

    def written(self, start: int, stop: int) -> tuple[int, int]:
        """Where the characters `start` to `stop` stand in what is written."""
        if start == stop:
            at = self.starts[start] if start < len(self.starts) else (self.stops or (0,))[-1]
            return at, at
        return self.starts[start], self.stops[stop - 1]

    def of(self, start: int, stop: int) -> str:
        """What the characters `start` to `stop` of what is written stand for."""
        return self.text[bisect_left(self.starts, start) : bisect_left(self.starts, stop)]


def plain_letters(text: str) -> Plain:
    """Each letter as those it stands for; a text of plain letters is itself."""
    if text.isascii():
        span = tuple(range(len(text)))
        return Plain(text, span, tuple(at + 1 for at in span))
    letters, places = [], []
    for at, sign in enumerate(text):
        said = _plain(sign)
        if sign in _FRACTIONS and at and text[at - 1].isdigit():
            said = f" {said}"
        letters.append(said)
        places += [at] * len(said)
    return Plain("".join(letters), tuple(places), tuple(at + 1 for at in places))


_FRACTIONS = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")


@lru_cache(maxsize=1 << 12)
def _plain(sign: str) -> str:
    if sign in _OWN:
        return _OWN[sign]
    if sign in _FRACTIONS:
        return unicodedata.normalize("NFKC", sign).replace("\u2044", "/")
    kind = unicodedata.decomposition(sign).partition(" ")[0]
    if sign in _KEPT_COMPAT or not kind.startswith("<"):
        return sign
    is_typed = unicodedata.category(sign)[0] in _TYPED_LETTERS or sign in _SIGNS
    if is_typed and (kind in _KINDS or kind == "<compat>"):
        return unicodedata.normalize("NFKC", sign)
    return sign


_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_FEWEST_WORDS, _FEWEST_LONG, _LONG = 3, 2, 4
_INITIALS = """
USA UK EU UN FBI CIA NATO TV PC CEO CFO CTO DIY VIP HD AI OK DNA BBC CNN NBC NHS GPS USB PDF
"""
_SPELLED = frozenset(_INITIALS.split())
_VOWELS = re.compile(r"[AEIOUYÀ-ÖØ-Ý]")


def shouted_words(text: str) -> Iterator[tuple[int, int]]:
    """Where the words of a sentence in capitals stand that are said as words, not spelled."""
    words = list(_WORD.finditer(text))
    long = sum(len(word.group()) >= _LONG for word in words)
    if len(words) < _FEWEST_WORDS or long < _FEWEST_LONG or not text.isupper():
        return
    for word in words:
        plain = word.group()
        if len(plain) > 1 and plain not in _SPELLED and _VOWELS.search(plain):
            yield word.span()
