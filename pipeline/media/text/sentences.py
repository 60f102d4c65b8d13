# ruff: noqa: RUF001  # the marks of other scripts are meant
"""A script cut into the pieces that are spoken one by one, and the pause after each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from pipeline.media.text.breaks import letter_ends, word_ends
from pipeline.media.text.cleaning.plain_script import LINE_END, plain_script
from pipeline.media.text.sentence_ends import ends_of

Pause = Literal["clause", "sentence", "paragraph"]

LONGEST_CHARACTERS = 300
"""Longer sentences are cut at a clause mark: a voice's memory grows with what it says at once."""

LONGEST_SPOKEN = 500
"""Letters that are said at most for one piece: `1.1.1` is written with five characters and said
with nineteen. Piper takes 0.75 GB for 500 letters and 1.8 GB for 1,500."""


PARTING = "icu/1"
"""Changes with the rules for sentences and words of other languages than English."""


def parting_of(language: str) -> tuple[str, ...]:
    """What the rules of a language add to the names of its takes. English has those of before."""
    return () if language.partition("-")[0].lower() == "en" else (PARTING,)


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
_CLAUSE = re.compile(r"[,;:—–](?=\s)|[—、，；：،؛]")

_WORD_BEGINS = re.compile(r"(?<=\W)(?=\w)")


def split_script(
    script: str, said: Callable[[str], int] = len, *, language: str = "und"
) -> tuple[Sentence, ...]:
    """Pieces of at most `LONGEST_CHARACTERS` in order; blank lines part paragraphs.

    The `language` has its own marks at the ends of sentences, and its own words. `said` gives the
    letters that a voice says for a text; a piece has `LONGEST_SPOKEN` of them at most, or is one
    character. Put together the pieces are the script, up to white space and control characters.
    """
    return tuple(
        sentence
        for paragraph in _PARAGRAPH.split(_SPACES.sub(" ", plain_script(_clean(script))))
        for sentence in _sentences(paragraph, said, language)
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


def _sentences(paragraph: str, said: Callable[[str], int], language: str) -> Iterator[Sentence]:
    pieces = [
        piece
        for line in paragraph.split(LINE_END)
        for text in _cut_at_ends(" ".join(line.split()), language)
        for piece in _cut_to_length(text, said, language)
    ]
    yield from pieces[:-1]
    for last in pieces[-1:]:
        yield replace(last, pause="paragraph")


def _cut_at_ends(paragraph: str, language: str) -> Iterator[str]:
    start = 0
    for end in ends_of(paragraph, language):
        if text := paragraph[start:end].strip():
            yield text
        start = end
    if rest := paragraph[start:].strip():
        yield rest


def _cut_to_length(text: str, said: Callable[[str], int], language: str) -> Iterator[Sentence]:
    start = 0
    while not _fits(text, start, said):
        window = text[start : start + LONGEST_CHARACTERS + 1]
        cut = start + _Window(window, language).best_cut(said)
        yield Sentence(text=text[start:cut].strip(), pause="clause")
        start = cut + (text[cut] == " ")
    yield Sentence(text=text[start:], pause="sentence")


def _fits(text: str, start: int, said: Callable[[str], int]) -> bool:
    """Whether the rest of a text is short enough, or cannot be shortened."""
    left = len(text) - start
    return left <= 1 or (left <= LONGEST_CHARACTERS and said(text[start:]) <= LONGEST_SPOKEN)


class _Window:
    """The beginning of what is too long, with the places where it may be cut."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._language = language

    @cached_property
    def _letters(self) -> frozenset[int]:
        return frozenset(letter_ends(self._text))

    @cached_property
    def _words(self) -> tuple[int, ...]:
        return tuple(word_ends(self._text, self._language))

    def best_cut(self, said: Callable[[str], int]) -> int:
        """Where the longest piece ends of which no more is said than `LONGEST_SPOKEN`.

        A piece that says twice as much as it may is tried again with half as many characters.
        """
        cut = self._cut_within(min(LONGEST_CHARACTERS, len(self._text) - 1))
        while cut > 1 and (letters := said(self._text[:cut].strip())) > LONGEST_SPOKEN:
            reach = max(1, min(cut - 1, cut * LONGEST_SPOKEN // letters))
            cut = self._cut_within(reach)
        return cut

    def _cut_within(self, reach: int) -> int:
        """Behind the last clause mark not near the start, else at the last space, else behind the
        last word, else behind the last letter with its marks.

        A piece that is cut for what is said of it is rather cut before a word: in `1.1.1` behind a
        dot.
        """
        text = self._text
        marks = [mark.end() for mark in _CLAUSE.finditer(text, reach // 4, reach + 1)]
        if marks and marks[-1] <= reach:
            return marks[-1]
        space = text.rfind(" ", 1, reach + 1)
        if space > 0:
            return space
        words = [end for end in self._words if end <= reach]
        if words:
            return words[-1]
        begins = reach < LONGEST_CHARACTERS
        letters = [at for at in range(1, reach + 1) if at in self._letters]
        starts = [at for at in letters if begins and _WORD_BEGINS.match(text, at)]
        return max(starts or letters, default=reach)
