"""The words of one cue laid out in one line or two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from pipeline.captions.cue import HouseRules
from pipeline.captions.line_ends import line_costs
from pipeline.media.text.breaks import letters_of_text, word_ends
from pipeline.words import Word

UNEVEN = 0.05
"""Cost of each character by which one line is longer than the other: twenty of them are as bad as
one step of `break_cost`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionLayout:
    """The first `first` words stand in the upper line, if there are two."""

    first: int
    characters: int
    cost: float


class MeasuredText:
    """Words with their widths added up, so that any stretch of them is measured at once.

    `spaced`: there is a blank between two words, unless it is the end of a line; else a word brings
    its own.
    """

    def __init__(
        self, words: Sequence[Word], rules: HouseRules, *, spaced: bool, language: str = "und"
    ) -> None:
        self.words = words
        self.rules = rules
        self._spaced = spaced
        self._language = language
        self._blank = " " if spaced else ""
        self._ends: list[int] = []  # where each word ends if all stood in one line
        self._starts: list[int] = []
        at = 0
        for word in words:
            self._starts.append(at)
            self._ends.append(at + rules.width(word.text.rstrip()))
            at += rules.width(word.text + self._blank)

    @cached_property
    def break_costs(self) -> list[int]:
        """Of a line that ends with each word."""
        texts = [word.text for word in self.words]
        return line_costs(texts, spaced=self._spaced, language=self._language)

    def characters(self, start: int, stop: int) -> int:
        """Of the words `start` up to `stop` in one line."""
        return self._ends[stop - 1] - self._starts[start]

    def layout(self, start: int, stop: int) -> CaptionLayout | None:
        """The best one of these words; None when they do not fit."""
        most = self.rules.line_characters
        total = self.characters(start, stop)
        if total <= most:
            return CaptionLayout(first=stop - start, characters=total, cost=0.0)
        if total > self.rules.lines * most + 1 or self.rules.lines == 1:
            return None
        cost, middle = min(self._in_two(start, stop), default=(0.0, start))
        if middle == start:
            return None
        characters = self.characters(start, middle) + self.characters(middle, stop)
        return CaptionLayout(first=middle - start, characters=characters, cost=cost)

    def _in_two(self, start: int, stop: int) -> Iterator[tuple[float, int]]:
        """Costs and middles of all ways to fill two lines."""
        for middle in range(start + 1, stop):
            upper, lower = self.characters(start, middle), self.characters(middle, stop)
            if max(upper, lower) <= self.rules.line_characters:
                yield self.break_costs[middle - 1] + UNEVEN * abs(upper - lower), middle

    def lines(self, start: int, stop: int) -> tuple[str, ...]:
        """The text of the best layout."""
        layout = self.layout(start, stop)
        texts = [word.text for word in self.words[start:stop]]
        first = len(texts) if layout is None else layout.first
        parts = (texts[:first], texts[first:])
        return tuple(self._blank.join(part).rstrip() for part in parts if part)


def fitting(words: Sequence[Word], rules: HouseRules) -> Iterator[Word]:
    """The words in order. A word wider than a line comes in pieces, which share its time."""
    for word in words:
        text = " ".join(word.text.split())
        if not text:
            continue
        pieces = list(_pieces(text, rules))
        pieces[-1] += " " * word.text[-1:].isspace()
        step_s = (word.stop_s - word.start_s) / len(pieces)
        for index, piece in enumerate(pieces):
            start_s = word.start_s + index * step_s
            yield replace(word, text=piece, start_s=start_s, stop_s=start_s + step_s)


def _pieces(text: str, rules: HouseRules) -> Iterator[str]:
    """As many whole words (of Chinese in an English sentence) as fit; letters of those too long."""
    piece = ""
    for part in _parts(text, rules):
        if piece and rules.width(piece + part) > rules.line_characters:
            yield piece
            piece = ""
        piece += part
    yield piece


def _parts(text: str, rules: HouseRules) -> Iterator[str]:
    if rules.width(text) <= rules.line_characters:
        yield text
        return
    for start, stop in pairwise([0, *word_ends(text, "und")]):
        part = text[start:stop]
        whole = rules.width(part) <= rules.line_characters
        yield from (part,) if whole else letters_of_text(part)
