"""A text as it is said: the words for a voice, piece by piece beside what is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.media.text.english_numbers import READ_SENTENCES, said_otherwise
from pipeline.media.text.lexicon import EMPTY, Lexicon

By = Literal["as_written", "lexicon", "rules", "wetext", "icu", "voice"]
"""Who decided how a piece is said. What is `voice` is left to the voice and told, for no grammar
here knows it; what is `as_written` are plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPiece:
    """Characters of the written text and the characters that are said for them; either may be
    none."""

    written_start: int
    written_stop: int
    said_start: int
    said_stop: int
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`said` is the text for a voice. The pieces tile both texts, in order."""

    said: str
    pieces: tuple[ReadingPiece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Characters `start` to `stop` of a text are said as `said`."""

    start: int
    stop: int
    said: str
    by: By


_EMOJI = re.compile("(?: *[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]\u200d?)+ *")
_BRACKETS = re.compile(r"\[\[")


def read(text: str, language: str = "en", lexicon: Lexicon = EMPTY) -> Reading:
    """How a sentence of the `language` is said; the lexicon has the first word."""
    return written_out(text, changes_of(text, language, lexicon))


def changes_of(text: str, language: str, lexicon: Lexicon) -> tuple[Change, ...]:
    """What is not said as it is written, in order and apart."""
    asked = tuple(
        Change(start=found.start, stop=found.stop, said=found.entry.voice, by="lexicon")
        for found in lexicon.found(text)
    )
    return apart([asked, _silent(text), _ruled(text, language)])


def apart(layers: Iterable[Iterable[Change]]) -> tuple[Change, ...]:
    """The changes of all layers but those that meet one of a layer before."""
    taken: list[Change] = []
    for layer in layers:
        before = tuple(taken)
        taken += [
            each
            for each in layer
            if not any(each.start < other.stop and other.start < each.stop for other in before)
        ]
    return tuple(sorted(taken, key=lambda change: (change.start, change.stop)))


@lru_cache(READ_SENTENCES)
def _ruled(text: str, language: str) -> tuple[Change, ...]:
    if language.partition("-")[0].lower() != "en":
        return ()
    return tuple(
        Change(start=said.start, stop=said.stop, said=" ".join(said.words), by="rules")
        for said in said_otherwise(text)
    )


def _silent(text: str) -> Iterator[Change]:
    """Emoji, whose names a voice would say, and the brackets in which it would look for phones."""
    for match in _EMOJI.finditer(text):
        inside = match.start() > 0 and match.end() < len(text)
        said = " " if inside and " " in match.group() else ""
        yield Change(start=match.start(), stop=match.end(), said=said, by="rules")
    for match in _BRACKETS.finditer(text):
        yield Change(start=match.start(), stop=match.end(), said="[ [", by="rules")


def written_out(text: str, changes: Iterable[Change]) -> Reading:
    """The text with its changes made. A word that is said for a sign does not run into its
    neighbours, and a text keeps the full stop at its end."""
    said, at = "", 0
    pieces: list[ReadingPiece] = []

    def add(stop: int, words: str, by: By) -> None:
        nonlocal said, at
        between = said[-1:].isalnum() and words[:1].isalnum()
        start = len(said)
        said += f" {words}" if between else words
        if stop > at or len(said) > start:
            pieces.append(
                ReadingPiece(
                    written_start=at,
                    written_stop=stop,
                    said_start=start,
                    said_stop=len(said),
                    by=by,
                )
            )
        at = stop

    for change in changes:
        if change.start > at:
            add(change.start, text[at : change.start], "as_written")
        ends = change.stop == len(text) and text.endswith(".") and not change.said.endswith(".")
        add(change.stop, f"{change.said}." if ends else change.said, change.by)
    if at < len(text):
        add(len(text), text[at:], "as_written")
    return Reading(said=said, pieces=tuple(pieces))
