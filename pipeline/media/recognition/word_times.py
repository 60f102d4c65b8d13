"""From the times of spoken words to the words as they are written: `1984` is said in three."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.nouns import Span

_UNSPACED = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def is_spaced(text: str) -> bool:
    """Whether words are parted by blanks in the script that most of the letters belong to."""
    letters = [letter for letter in text if letter.isalpha()]
    unspaced = sum(unicodedata.name(letter, "").startswith(_UNSPACED) for letter in letters)
    return 2 * unspaced <= len(letters)


def written_words(text: str, *, spaced: bool) -> tuple[str, ...]:
    """The words as readers see them: parted by blanks, or character by character with the marks
    that follow. Marks that stand alone belong to the word before."""
    parts = text.split() if spaced else [letter for letter in text if not letter.isspace()]
    words: list[str] = []
    for part in parts:
        if words and not any(letter.isalnum() for letter in part):
            words[-1] += f" {part}" if spaced else part
        else:
            words.append(part)
    return tuple(words)


def placed(
    written: Sequence[str], said: Sequence[int], times: Sequence[Span | None], phrase: Span
) -> tuple[Span, ...]:
    """When the written words of a `phrase` are said: word n in the next `said[n]` of the `times`.

    Words of which nothing was found share the gap between their neighbours, which may be nothing.
    """
    found: list[Span | None] = []
    at = 0
    for count in said:
        inside = [span for span in times[at : at + count] if span is not None]
        at += count
        found.append(Span(start_s=inside[0].start_s, stop_s=inside[-1].stop_s) if inside else None)
    return tuple(_filled(written, found, phrase))


def _filled(written: Sequence[str], found: Sequence[Span | None], phrase: Span) -> Iterator[Span]:
    now_s = phrase.start_s
    lacking: list[str] = []
    for word, span in zip(written, found, strict=True):
        if span is None:
            lacking.append(word)
            continue
        yield from spread(lacking, now_s, max(now_s, span.start_s))
        lacking = []
        yield span
        now_s = span.stop_s
    yield from spread(lacking, now_s, max(now_s, phrase.stop_s))


def spread(written: Sequence[str], start_s: float, stop_s: float) -> tuple[Span, ...]:
    """A stretch of time shared by words, by their lengths."""
    weights = [1 + sum(letter.isalnum() for letter in word) for word in written]
    share_s = (stop_s - start_s) / max(1, sum(weights))
    edges = [start_s]
    for weight in weights:
        edges.append(edges[-1] + weight * share_s)
    return tuple(
        Span(start_s=round(start, 3), stop_s=round(stop, 3)) for start, stop in pairwise(edges)
    )
