"""Text as the words that are heard, and the phones of those that no dictionary has."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.media.text.cleaning.letters import plain_letters
from pipeline.media.text.grammars.english.amounts import number_words
from pipeline.media.text.ipa import arpabet_of
from pipeline.media.text.lexicon import EMPTY, Entry, Lexicon
from pipeline.media.text.reading import read

if TYPE_CHECKING:
    from hama import G2PModel  # type: ignore[import-untyped]  # no types in hama

READING = "aloud/4"
"""Changes with the rules by which text is read; names of takes hold it."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z]{2})")
_LONGEST_SPELLED = 4


def words_of(text: str, lexicon: Lexicon = EMPTY, *, language: str = "en") -> tuple[str, ...]:
    """Lower-case words without accents, as they are heard: numbers, units and signs are spoken
    out, abbreviations spelled. A word with phones of its own carries them: `read/R EH D`."""
    return tuple(word for part in _parts(text, lexicon, language) for word in part.words)


def words_by_written(
    text: str, written: Sequence[str], lexicon: Lexicon = EMPTY, *, language: str = "en"
) -> tuple[tuple[str, ...], ...]:
    """The words that are heard for each of the `written` words, which stand in `text` in order.

    What is said for several of them together (`$3 million`) is shared out among them.
    """
    starts: list[int] = []
    at = 0
    for word in written:
        starts.append(max(at, text.find(word, at)))
        at = starts[-1] + len(word)
    heard: list[list[str]] = [[] for _ in written]
    for part in _parts(text, lexicon, language):
        first = max(0, bisect_right(starts, part.start) - 1)
        count = max(1, bisect_left(starts, part.stop) - first)
        for share in range(count if heard else 0):
            edges = [each * len(part.words) // count for each in (share, share + 1)]
            heard[first + share] += part.words[edges[0] : edges[1]]
    return tuple(map(tuple, heard))


def aloud(text: str, lexicon: Lexicon = EMPTY, *, language: str = "en") -> str:
    """The text for a voice: what is said otherwise than it is written stands as it is said."""
    return read(text, language, lexicon).said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Characters `start` to `stop` of a text, and the words that are heard for them."""

    start: int
    stop: int
    words: tuple[str, ...]


def _parts(text: str, lexicon: Lexicon, language: str) -> Iterator[_Part]:
    """All of a text: what is said otherwise, and the words between."""
    reading = read(text, language, lexicon)
    asked = iter(lexicon.found(plain_letters(text).text))
    for piece in reading.pieces:
        start, stop = piece.written_start, piece.written_stop
        if piece.by == "as_written":
            yield from _between(text, start, stop)
        elif piece.by == "lexicon":
            yield _Part(start=start, stop=stop, words=_asked_words(next(asked).entry))
        else:
            words = tuple(_plain_words(reading.said[piece.said_start : piece.said_stop]))
            yield _Part(start=start, stop=stop, words=words)


def _asked_words(entry: Entry) -> tuple[str, ...]:
    if entry.phones:
        name = "".join(letter for letter in entry.word.lower() if letter.isalnum())
        return (f"{name}/{' '.join(entry.phones)}",)
    return tuple(word for each in entry.respelling.split() for word in _plain_words(each))


def _between(text: str, start: int, stop: int) -> Iterator[_Part]:
    for match in _WORD.finditer(text, start, stop):
        words = tuple(_plain_words(match.group()))
        yield _Part(start=match.start(), stop=match.end(), words=words)


def _plain_words(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", text).replace("\u2019", "'")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    for match in _WORD.finditer(_CAMEL.sub(" ", plain)):
        word = match.group()
        if word.isdigit():
            yield from number_words(word)
        elif _is_spelled(word):
            yield from (f"{letter}." for letter in word.lower())
        else:
            yield word.lower()


def _is_spelled(word: str) -> bool:
    """BBC, GPT: capitals that no one could read as a word. (`b.` is how dictionaries name a B.)"""
    if len(word) == 1:
        return word.lower() not in "aio"
    return word.isupper() and len(word) <= _LONGEST_SPELLED and not set(word) & set("AEIOUY")


_LONGEST_WORD = 60

_CARRIER = "hama"
_NETWORKS = {
    "encoder.hama": "ae527c1aa758cd1b038c63d4d768d05313adce7c50706c5366600ab4f4ef8d75",
    "decoder_step.hama": "9ac34717f88b7bed2ef84a779b6fda1ec24b0b88d37bb813631493116581369d",
}


def pronounce(word: str) -> tuple[str, ...]:
    """ARPAbet phones of a lower-case word by the carried letter-to-sound network.

    Empty for words in other than Latin letters: the network makes up English sounds for them.
    """
    if not word.isascii():
        return ()
    ipa = _letter_to_sound().predict(word[:_LONGEST_WORD]).ipa
    return arpabet_of(ipa)


@cache
def _letter_to_sound() -> G2PModel:
    spec = find_spec(_CARRIER)
    if spec is None or not spec.submodule_search_locations:
        raise ManifestUnusable("lexicon_missing", "hama is not installed; install hama 1.7.0.")
    assets = Path(spec.submodule_search_locations[0]) / "assets"
    for name, sha256 in _NETWORKS.items():
        if not (assets / name).exists() or sha256_of(assets / name) != sha256:
            message = f"{assets / name} is not the pinned file; install hama 1.7.0."
            raise ManifestUnusable("lexicon_changed", message)
    from hama import G2PModel  # noqa: PLC0415  # a native library: only for words that need it

    return G2PModel()
