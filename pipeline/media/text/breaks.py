"""Where text may be parted: between letters, words, sentences and lines, as ICU knows them, and
between the phrases of a language without blanks, as budoux knows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import accumulate, cycle, pairwise

import budoux
from icu import BreakIterator, Locale  # type: ignore[import-untyped]  # no types in PyICU

from pipeline.media.text.language import script_of_language

_QUOTE = re.compile('"')
_HALVES = re.compile("[\ud800-\udfff]")
_SAID_AGAIN = "\u0e46"
"""The Thai sign that the word before it is said twice, which stands behind a blank."""

_LAST_OF_ONE_UNIT = "\uffff"


def letters_of_text(text: str) -> tuple[str, ...]:
    """The letters as readers count them (grapheme clusters): with their vowel signs and marks."""
    if text.isascii():
        return tuple(text)
    return _parts(text, letter_ends(text))


def letter_ends(text: str) -> list[int]:
    return _ends(BreakIterator.createCharacterInstance(Locale.getRoot()), text)


def sentence_ends(text: str, language: str) -> list[int]:
    """Behind each sentence and the blanks that follow it, by the marks of the language."""
    return _ends(BreakIterator.createSentenceInstance(Locale(language)), text)


def word_ends(text: str, language: str) -> list[int]:
    """Where a word ends and a line may end: marks and blanks belong to a word beside them, by the
    rules of the script (nothing ends with an opening bracket, nothing begins with a full stop)."""
    words = _ends(BreakIterator.createWordInstance(Locale(language)), text)
    strict = BreakIterator.createLineInstance(Locale(f"{language}@lb=strict"))
    allowed = {*_ends(strict, _with_brackets(text))} & {*letter_ends(text)}
    return [end for end in words if end in allowed and text[end : end + 1] != _SAID_AGAIN]


def _with_brackets(text: str) -> str:
    """Straight quotes as opening and closing ones by turns: ICU parts nothing beside a straight
    one."""
    marks = cycle("\u300c\u300d")
    return _QUOTE.sub(lambda _: next(marks), text)


def phrase_ends(text: str, language: str) -> list[int]:
    """Where a line of Japanese, Chinese or Thai ends well; of other languages nothing is known."""
    script = script_of_language(language)
    if script not in _PHRASES or not text:
        return []
    return list(accumulate(map(len, _parser(script).parse(text))))


_PHRASES: Mapping[str, Callable[[], budoux.Parser]] = {
    "Jpan": budoux.load_default_japanese_parser,
    "Hans": budoux.load_default_simplified_chinese_parser,
    "Hant": budoux.load_default_traditional_chinese_parser,
    "Thai": budoux.load_default_thai_parser,
}


@cache
def _parser(script: str) -> budoux.Parser:
    return _PHRASES[script]()


def _ends(iterator: BreakIterator, text: str) -> list[int]:
    """In characters of Python, the end of the text last; ICU counts units of UTF-16."""
    if not text:
        return []
    whole = _HALVES.sub("\ufffd", text)  # half of a pair is no text for ICU
    iterator.setText(whole)
    ends = [int(end) for end in iterator]
    if max(whole) <= _LAST_OF_ONE_UNIT:
        return ends
    units = accumulate(1 + (character > _LAST_OF_ONE_UNIT) for character in whole)
    at = {unit: place for place, unit in enumerate(units, start=1)}
    return [at[end] for end in ends]


def _parts(text: str, ends: list[int]) -> tuple[str, ...]:
    return tuple(text[start:stop] for start, stop in pairwise([0, *ends]))
