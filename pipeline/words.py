"""When each word of a take is said, as it is written for readers: a noun and its JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter

from pipeline.timed_cues import FittedCue

WordSource = Literal["engine", "aligned", "warped", "recognised", "spread"]
"""Told by the engine that spoke; known text found in the sound; known text carried over from a
spoken copy of it; text heard by a recogniser; known text spread over the sound of its sentence by
length."""

Format = Literal["words/1", "words/2"]
"""The second knows the sources `engine` and `warped`; files of the first are read as they are."""

FORMAT: Format = "words/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as written, punctuation and all, in seconds of the take.

    `sentence` is the index of the sentence that it belongs to.
    """

    text: str
    start_s: float
    stop_s: float
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A sentence (or a piece of a very long one) as written, in seconds of the take."""

    text: str
    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a take in order of time, none overlapping; empty where nothing is known.

    `source` is the least certain way by which any of them was found. `language` is BCP 47.
    `spaced`: words are parted by blanks; otherwise (Chinese, Japanese, Thai) a word is a character
    with the marks behind it, and they are put together without blanks. `cues` are those of a timed
    script.
    """

    words: tuple[Word, ...] = ()
    sentences: tuple[Phrase, ...] = ()
    source: WordSource = "aligned"
    language: str = "en"
    spaced: bool = True
    format: Format = FORMAT
    cues: tuple[FittedCue, ...] = ()

    def of_sentence(self, index: int) -> tuple[Word, ...]:
        return tuple(word for word in self.words if word.sentence == index)


_WORDS = TypeAdapter(Words)
_CERTAINTY: tuple[WordSource, ...] = get_args(WordSource)


def least_certain(sources: Sequence[WordSource]) -> WordSource:
    """That of the least certain part; `aligned` where there is none."""
    return max(sources, key=_CERTAINTY.index, default="aligned")


def save_words(words: Words, path: Path) -> None:
    """Write JSON; the same words always give the same bytes."""
    besides = None if words.cues else {"cues"}  # files of before have none
    path.write_bytes(_WORDS.dump_json(words, indent=1, exclude=besides) + b"\n")


def load_words(path: Path) -> Words:
    """Read what `save_words` wrote; raises pydantic's `ValidationError` for anything else."""
    return _WORDS.validate_json(path.read_bytes())
