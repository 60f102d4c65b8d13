"""Sentences in capitals, which are said as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
