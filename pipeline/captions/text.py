"""How wide text is, which way it runs, and where a line may well end."""

from __future__ import annotations

import re
import unicodedata

_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})

_CLOSERS = "\"'”’»›)]」』】》"  # noqa: RUF001  # the marks of other languages are meant
_SENTENCE_ENDS = ".!?…؟۔。！？।॥"  # noqa: RUF001
_CLAUSE_ENDS = ",;:—–،؛、，；："  # noqa: RUF001
_ABBREVIATIONS = "mr. mrs. ms. dr. prof. st. e.g. i.e. z.b. d.h. bzw. ca. nr."

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
_SHORTENED = frozenset(_ABBREVIATIONS.split())


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


def width(text: str) -> int:
    """Characters as a reader counts them: marks above and below letters take no place."""
    return sum(unicodedata.category(character) not in _NO_WIDTH for character in text)


def ends_sentence(word: str) -> bool:
    bare = word.rstrip(_CLOSERS)
    return bare[-1:] in _SENTENCE_ENDS and bool(bare) and bare.lower() not in _SHORTENED


def ends_clause(word: str) -> bool:
    return word.rstrip(_CLOSERS)[-1:] in _CLAUSE_ENDS and bool(word)


def break_cost(word: str) -> int:
    """How badly a line reads that ends with `word`: 0 after a sentence to 9 after an article."""
    if ends_sentence(word):
        return 0
    if ends_clause(word):
        return 1
    return 9 if word.lower() in _BELONGING else 4
