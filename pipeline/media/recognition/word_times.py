"""From the times of spoken words to the words as they are written: `1984` is said in three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.media.text.written_words import is_spaced
from pipeline.nouns import Span


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
    """A stretch of time shared by words, by their lengths; a blank counts as a letter."""
    weights = [
        max(1, is_spaced(word) + sum(letter.isalnum() for letter in word)) for word in written
    ]
    share_s = (stop_s - start_s) / max(1, sum(weights))
    edges = [start_s]
    for weight in weights:
        edges.append(edges[-1] + weight * share_s)
    return tuple(
        Span(start_s=round(start, 3), stop_s=round(stop, 3)) for start, stop in pairwise(edges)
    )
