"""How badly a line reads that ends with a word: by its marks, and in texts without blanks by the
phrases that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from pipeline.captions.text import break_cost
from pipeline.media.text.breaks import phrase_ends
from pipeline.media.text.language import script_of_language

CLAUSE, WORD, INSIDE = 1, 4, 9
"""Costs as `break_cost` has them: of a line that ends inside a phrase as of one that ends with an
article."""

_BLANK_IS_NO_PAUSE = frozenset({"Jpan", "Hans", "Hant"})
"""It stands between Latin words; in Thai and its neighbours where other scripts have a comma."""


def line_costs(words: Sequence[str], *, spaced: bool, language: str) -> list[int]:
    """Of a line that ends with each word."""
    if spaced:
        return [break_cost(word) for word in words]
    phrases = {*phrase_ends("".join(words), language)}
    pauses = script_of_language(language) not in _BLANK_IS_NO_PAUSE
    places = zip(words, [*words[1:], ""], accumulate(map(len, words)), strict=True)
    return [
        _cost(word, following, inside=bool(phrases) and end not in phrases, pauses=pauses)
        for word, following, end in places
    ]


def _cost(word: str, following: str, *, inside: bool, pauses: bool) -> int:
    marked = break_cost(word.rstrip())
    shortened = word.endswith(".") and bool(following)  # `ดร.` stands before a name
    if marked <= CLAUSE and not shortened:
        return marked
    if pauses and word.endswith(" ") and _of_words(word.rstrip()[-1:], following[:1]):
        return CLAUSE
    return INSIDE if inside or shortened else WORD


def _of_words(before: str, after: str) -> bool:
    """Not beside a number or a Latin word, which have blanks around them everywhere."""
    return not (before.isascii() or after.isascii())
