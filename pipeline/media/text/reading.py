"""A text as it is said: the words for a voice, piece by piece beside what is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pipeline.media.text.cleaning.letters import Plain, plain_letters, shouted_words
from pipeline.media.text.cleaning.stage_directions import unspoken_in
from pipeline.media.text.grammars.languages import said_in
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.written_words import is_unspaced_letter

By = Literal["as_written", "lexicon", "rules", "wetext", "icu", "voice", "unspoken"]
"""Who decided how a piece is said. What is `voice` is left to the voice and told, for no grammar
here knows it; `as_written` are plain words; `unspoken` are names of speakers and directions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPiece:
    """Characters of the written text and the characters that are said for them; either may be
    none. `guessed`: what is written may well mean something else."""

    written_start: int
    written_stop: int
    said_start: int
    said_stop: int
    by: By
    guessed: bool = False


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
    guessed: bool = False


READ_SENTENCES = 4096
"""Sentences that stay read, about the longest script: its length is measured, then it is spoken,
then aligned, each in its turn."""

_EMOJI = re.compile("(?: *[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]\u200d?)+ *")
_BRACKETS = re.compile(r"\[\[")
_BLANK = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_TOKEN = re.compile(r"\S+")
_UNREAD = re.compile(r"[\d%&@#*/+=<>^|\\~\u00a7\u00b0]")


def read(text: str, language: str = "en", lexicon: Lexicon = EMPTY) -> Reading:
    """How a sentence of the `language` is said; the lexicon has the first word, and knows the
    region of the row, which a voice does not have."""
    plain = plain_letters(text)
    changes = changes_of(plain.text, lexicon.language or language, lexicon)
    back = (
        replace(each, start=written[0], stop=written[1])
        for each in changes
        for written in [plain.written(each.start, each.stop)]
    )
    return written_out(text, _joined(back, text, plain))


def changes_of(text: str, language: str, lexicon: Lexicon = EMPTY) -> tuple[Change, ...]:
    """What is not said as it stands in plain letters, in order and apart."""
    asked = [
        Change(start=found.start, stop=found.stop, said=found.entry.voice, by="lexicon")
        for found in lexicon.found(text)
    ]
    return apart([asked, _by_rules(text, language)])


@lru_cache(READ_SENTENCES)
def _by_rules(text: str, language: str) -> tuple[Change, ...]:
    """What is said otherwise whatever a lexicon says."""
    plain = _BLANK.sub(" ", text)
    unspoken = (
        Change(start=start, stop=stop, said="", by="unspoken") for start, stop in unspoken_in(plain)
    )
    ruled = (
        Change(
            start=said.start,
            stop=said.stop,
            said=" ".join(said.words),
            by=by,
            guessed=said.guessed,
        )
        for by, said in said_in(plain, language)
    )
    shouted = (
        Change(start=start, stop=stop, said=plain[start:stop].lower(), by="rules")
        for start, stop in shouted_words(plain)
    )
    known = apart([unspoken, _silent(plain), ruled, shouted])
    return apart([known, _left_to_voice(plain, known)])


def _left_to_voice(text: str, known: Sequence[Change]) -> Iterator[Change]:
    """Words with figures or signs that nothing is known of."""
    at = 0
    for start, stop in [*((each.start, each.stop) for each in known), (len(text), len(text))]:
        for token in _TOKEN.finditer(text, at, max(at, start)):
            if _UNREAD.search(token.group()) or _is_figure(token.group()):
                yield Change(start=token.start(), stop=token.end(), said=token.group(), by="voice")
        at = max(at, stop)


def _is_figure(token: str) -> bool:
    return any(unicodedata.category(sign) in ("Nd", "No", "Sc", "Sm") for sign in token)


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


def _silent(text: str) -> Iterator[Change]:
    """Emoji, whose names a voice would say, and the brackets in which it would look for phones."""
    for match in _EMOJI.finditer(text):
        inside = match.start() > 0 and match.end() < len(text)
        said = " " if inside and " " in match.group() else ""
        yield Change(start=match.start(), stop=match.end(), said=said, by="rules")
    for match in _BRACKETS.finditer(text):
        yield Change(start=match.start(), stop=match.end(), said="[ [", by="rules")


def _joined(changes: Iterable[Change], text: str, plain: Plain) -> Iterator[Change]:
    """Changes of what is written: what lies between them is said in plain letters, and one letter
    that stands for several belongs to one change."""
    at = 0
    for each in changes:  # one may begin within the letter that the change before has
        change = replace(each, start=max(at, each.start), stop=max(at, each.stop))
        yield from _spelled_plainly(text, at, change.start, plain)
        yield change
        at = change.stop
    yield from _spelled_plainly(text, at, len(text), plain)


def _spelled_plainly(text: str, start: int, stop: int, plain: Plain) -> Iterator[Change]:
    """Words between changes in which letters stand for others."""
    if text.isascii():
        return
    for token in _TOKEN.finditer(text, start, stop):
        said = plain.of(token.start(), token.end())
        if said != token.group():
            yield Change(start=token.start(), stop=token.end(), said=said, by="rules")


def written_out(text: str, changes: Iterable[Change]) -> Reading:
    """The text with its changes made. A word that is said for a sign does not run into its
    neighbours, and a text keeps the full stop at its end."""
    said, at = "", 0
    pieces: list[ReadingPiece] = []

    def add(stop: int, words: str, change: Change | None = None) -> None:
        nonlocal said, at
        between = _is_spaced(said[-1:]) and _is_spaced(words[:1])
        start = len(said)
        said += f" {words}" if between else words if said else words.lstrip(" ")
        if stop > at or len(said) > start:
            pieces.append(
                ReadingPiece(
                    written_start=at,
                    written_stop=stop,
                    said_start=start,
                    said_stop=len(said),
                    by="as_written" if change is None else change.by,
                    guessed=change is not None and change.guessed,
                )
            )
        at = stop

    for change in changes:
        if change.start > at:
            add(change.start, text[at : change.start])
        ends = change.stop == len(text) and text.endswith(".") and not change.said.endswith(".")
        add(change.stop, f"{change.said}." if ends else change.said, change)
    if at < len(text):
        add(len(text), text[at:])
    return _without_last_blanks(said, pieces)


def _without_last_blanks(said: str, pieces: Sequence[ReadingPiece]) -> Reading:
    """What is left out at the end of a text leaves no blank before it."""
    length = len(said.rstrip(" "))
    cut = (
        replace(
            piece,
            said_start=min(piece.said_start, length),
            said_stop=min(piece.said_stop, length),
        )
        for piece in pieces
    )
    return Reading(said=said[:length], pieces=tuple(cut))


def _is_spaced(letter: str) -> bool:
    """Whether words that meet with such a letter are parted by a blank."""
    return letter.isalnum() and not is_unspaced_letter(letter)
