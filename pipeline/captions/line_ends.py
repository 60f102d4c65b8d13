"""How badly a line reads that ends with a word: by its marks, and in texts without blanks by the
phrases that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from pipeline.media.text.breaks import phrase_ends
from pipeline.media.text.language import script_of_language
from pipeline.media.text.sentence_ends import is_abbreviation

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

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*|\d{1,2}\.")
"""The full stop of `am 3. Mai` ends no sentence; that of a year does."""

CLAUSE, WORD, NUMBER, INSIDE = 1, 4, 7, 9
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


def break_cost(word: str) -> int:
    """How badly a line reads that ends with `word`: 0 after a sentence to 9 after an article. A
    number belongs to its unit, a day to its month."""
    if _NUMBER.fullmatch(word):
        return NUMBER
    if _ends_sentence(word):
        return 0
    if _ends_clause(word):
        return 1
    return 9 if word.lower() in _BELONGING else 4


def _ends_sentence(word: str) -> bool:
    bare = word.rstrip(_CLOSERS)
    if bare.endswith(".") and is_abbreviation(bare[:-1].lstrip(_OPENERS)):
        return False
    return bare[-1:] in _SENTENCE_ENDS and bool(bare)


def _ends_clause(word: str) -> bool:
    return word.rstrip(_CLOSERS)[-1:] in _CLAUSE_ENDS and bool(word)
