# ruff: noqa: RUF001  # the marks of other scripts are meant
"""A script cut into the pieces that are spoken one by one, and the pause after each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Pause = Literal["clause", "sentence", "paragraph"]

LONGEST_CHARACTERS = 300
"""Longer sentences are cut at a clause mark: a voice's memory grows with what it says at once."""

LONGEST_SPOKEN = 500
"""Letters that are said at most for one piece: `1.1.1` is written with five characters and said
with nineteen. Piper takes 0.75 GB for 500 letters and 1.8 GB for 1,500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Text on one line without control characters, and what follows it."""

    text: str
    pause: Pause

    @property
    def spoken(self) -> str:
        """The text for a voice: no emoji (it would say their names), no brackets of phonemes."""
        return " ".join(_EMOJI.sub(" ", self.text).replace("[[", "[ [").split())

    @property
    def speakable(self) -> bool:
        """Whether a letter or a digit is in it."""
        return any(unicodedata.category(character)[0] in "LN" for character in self.spoken)


_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]\u200d?")
_SPACES = re.compile(r"[^\S\n\u2029]+")
_PARAGRAPH = re.compile(r"\n(?: ?\n)+|\u2029")
_NEWLINES = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
_CLOSERS = r"[\"'”’»›)\]」』】》]*"

# Latin marks end a sentence before a space; those of scripts that put no space after them anywhere.
# The look behind keeps a million dots from being tried a million times.
_END = re.compile(rf"(?<![.!?…؟۔։])[.!?…؟۔։]+{_CLOSERS}(?=\s|$)|[。！？｡．।॥]+{_CLOSERS}")

_CLAUSE = re.compile(r"[,;:—–](?=\s)|[—、，；：،؛]")

_WORD_BEGINS = re.compile(r"(?<=\W)(?=\w)")

_TITLES = "mr mrs ms dr prof st sr jr rev hon gen col capt lt sgt mt ft gov sen rep messrs mme mlle"
_BEFORE_NUMBERS = "nr fig vol pp ch sec art approx ca bzw vgl abb"
_ALWAYS = "vs e.g i.e z.b d.h u.a cf al"
_ABBREVIATIONS = frozenset(f"{_TITLES} {_BEFORE_NUMBERS} {_ALWAYS}".split())
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_LOOK_AHEAD = 40
_QUOTES = "\"'“‘«‹([「『"


def split_script(script: str, said: Callable[[str], int] = len) -> tuple[Sentence, ...]:
    """Pieces of at most `LONGEST_CHARACTERS` in order; blank lines part paragraphs.

    `said` gives the letters that a voice says for a text; a piece has `LONGEST_SPOKEN` of them at
    most, or is one character. Put together the pieces are the script, up to white space and
    control characters.
    """
    return tuple(
        sentence
        for paragraph in _PARAGRAPH.split(_SPACES.sub(" ", _clean(script)))
        for sentence in _sentences(" ".join(paragraph.split()), said)
    )


def _clean(script: str) -> str:
    """One kind of newline; no control characters, no byte order marks, no halves of surrogates."""
    lines = _NEWLINES.sub("\n", script)
    return "".join(
        character
        for character in lines
        if character in "\n\t"
        or (unicodedata.category(character) not in ("Cc", "Cs") and character != "\ufeff")
    )


def _sentences(paragraph: str, said: Callable[[str], int]) -> Iterator[Sentence]:
    pieces = [piece for text in _cut_at_ends(paragraph) for piece in _cut_to_length(text, said)]
    yield from pieces[:-1]
    for last in pieces[-1:]:
        yield replace(last, pause="paragraph")


def _cut_at_ends(paragraph: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(paragraph):
        if _ends_sentence(paragraph, start, end):
            yield paragraph[start : end.end()].strip()
            start = end.end()
    if rest := paragraph[start:].strip():
        yield rest


def _ends_sentence(paragraph: str, start: int, end: re.Match[str]) -> bool:
    """Not after an abbreviation or an initial, nor where the sentence goes on in lower case."""
    following = paragraph[end.end() : end.end() + _LOOK_AHEAD].lstrip().lstrip(_QUOTES)[:1]
    if following.islower():
        return False
    if end.group() != ".":
        return True
    words = paragraph[max(start, end.start() - _LOOK_AHEAD) : end.start()].split()
    word = words[-1].lstrip(_QUOTES) if words else ""
    if word.lower() == "no":  # an answer, unless a number follows
        return not following.isdigit()
    initial = _INITIALS.fullmatch(word) and word.isupper() and word != "I" and following
    return not (initial or word.lower() in _ABBREVIATIONS)


def _cut_to_length(text: str, said: Callable[[str], int]) -> Iterator[Sentence]:
    start = 0
    while not _fits(text, start, said):
        cut = start + _best_cut(text[start : start + LONGEST_CHARACTERS + 1], said)
        yield Sentence(text=text[start:cut].strip(), pause="clause")
        start = cut + (text[cut] == " ")
    yield Sentence(text=text[start:], pause="sentence")


def _fits(text: str, start: int, said: Callable[[str], int]) -> bool:
    """Whether the rest of a text is short enough, or cannot be shortened."""
    left = len(text) - start
    return left <= 1 or (left <= LONGEST_CHARACTERS and said(text[start:]) <= LONGEST_SPOKEN)


def _best_cut(window: str, said: Callable[[str], int]) -> int:
    """Where the longest piece ends of which no more is said than `LONGEST_SPOKEN`.

    A piece that says twice as much as it may is tried again with half as many characters.
    """
    cut = _cut_within(window, min(LONGEST_CHARACTERS, len(window) - 1))
    while cut > 1 and (letters := said(window[:cut].strip())) > LONGEST_SPOKEN:
        reach = max(1, min(cut - 1, cut * LONGEST_SPOKEN // letters))
        cut = _cut_within(window, reach)
    return cut


def _cut_within(window: str, reach: int) -> int:
    """Behind the last clause mark not near the start, else at the last space, else at `reach`.

    A piece that is cut for what is said of it is rather cut before a word: in `1.1.1` behind a dot.
    """
    marks = [mark.end() for mark in _CLAUSE.finditer(window, reach // 4, reach + 1)]
    if marks and marks[-1] <= reach:
        return marks[-1]
    space = window.rfind(" ", 1, reach + 1)
    if space > 0 or reach == LONGEST_CHARACTERS:
        return space if space > 0 else reach
    return max((at for at in range(1, reach + 1) if _WORD_BEGINS.match(window, at)), default=reach)
