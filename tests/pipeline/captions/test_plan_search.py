"""The plan of cues against a plain search, with the prices of the house in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import inf
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.check import breaches_of
from pipeline.captions.cue import RULES, HouseRules
from pipeline.captions.layout import CaptionLayout, MeasuredText
from pipeline.captions.line_ends import break_cost
from pipeline.captions.plan import _Cut, _Plan, cues_of
from pipeline.words import Word
from tests.pipeline.captions.builders import words_of

SHIFTS = range(-12, 9, 2)
FEW = HouseRules(line_characters=12)
"""Lines so short that a few words make several cues."""


class Said(NamedTuple):
    """A word from frame `start` up to `stop`."""

    text: str
    start: int
    stop: int
    sentence: int


class Search:
    """All ways to part words into cues and to shift their beginnings."""

    def __init__(self, said: Sequence[Said], frames: int, rules: HouseRules) -> None:
        self.said, self.rules = said, rules
        self.end = max(frames, said[-1].stop) + 2

    def layout(self, start: int, stop: int) -> tuple[float, int] | None:
        """Its cost, and the characters to read."""
        texts = [word.text for word in self.said[start:stop]]
        most = self.rules.line_characters
        if len(" ".join(texts)) <= most:
            return 0.0, len(" ".join(texts))
        ways = []
        for middle in range(1, len(texts)):
            upper, lower = " ".join(texts[:middle]), " ".join(texts[middle:])
            if max(len(upper), len(lower)) <= most:
                uneven = 0.05 * abs(len(upper) - len(lower))
                ways.append((break_cost(texts[middle - 1]) + uneven, len(upper) + len(lower)))
        return min(ways, default=None)

    def text_costs(self, start: int, stop: int) -> float:
        """A cue costs 6, a break by its word less 3 in a pause of 8 frames; inside, the end of a
        sentence costs 3 and a pause of 18 frames 4."""
        said = self.said
        pause = said[stop].start - said[stop - 1].stop if stop < len(said) else 18
        cost = 6 + max(0, break_cost(said[stop - 1].text) - 3 * (pause >= 8))
        for word, following in zip(said[start : stop - 1], said[start + 1 : stop], strict=True):
            cost += 3 * (word.sentence != following.sentence)
            cost += 4 * (following.start - word.stop >= 18)
        return cost

    def time_costs(self, start: int, stop: int, at: int, next_at: int) -> float:
        """Each frame of a word cut off costs a half; a cue that cannot be read 60 and a quarter of
        the square of what it lacks; one without a frame is impossible."""
        layout = self.layout(start, stop)
        assert layout is not None
        latest = next_at - 2
        lacking = max(21, -(-layout[1] * 25 // 17)) - (latest - at)
        cost = 0.5 * max(0, self.said[stop - 1].stop - latest)
        cost += 1_000_000 * (latest - at < 1)
        return cost + (60 + lacking**2 / 4 if lacking > 0 else 0)

    def begins(self, start: int) -> dict[int, float]:
        """Where a cue may begin; a frame early costs 0.3, a frame late 0.8."""
        if start == len(self.said):
            return {self.end: 0.0}
        costs: dict[int, float] = {}
        for shift in SHIFTS:
            at = max(0, self.said[start].start + shift)
            costs[at] = min(costs.get(at, inf), -0.3 * shift if shift < 0 else 0.8 * shift)
        return costs

    def cheapest(self) -> float:
        @cache
        def onwards(start: int, at: int) -> float:
            if start == len(self.said):
                return 0.0
            best = inf
            for stop in range(start + 1, len(self.said) + 1):
                layout = self.layout(start, stop)
                from_ = max(0, self.said[start].start - 12)
                if layout is None or (self.said[stop - 1].stop - from_ > 175 and stop > start + 1):
                    break
                base = layout[0] + self.text_costs(start, stop)
                for next_at, cost in self.begins(stop).items():
                    time = self.time_costs(start, stop, at, next_at)
                    best = min(best, base + cost + time + onwards(stop, next_at))
            return best

        return min(cost + onwards(0, at) for at, cost in self.begins(0).items())

    def price(self, cuts: Sequence[_Cut]) -> float:
        total = 0.0
        for cut in cuts:
            layout = self.layout(cut.start, cut.stop)
            assert layout is not None
            total += self.begins(cut.start)[cut.at] + layout[0]
            total += self.text_costs(cut.start, cut.stop)
            total += self.time_costs(cut.start, cut.stop, cut.at, cut.next_at)
        return total


def as_words(said: Sequence[Said]) -> list[Word]:
    return [
        Word(text=w.text, start_s=w.start / 25, stop_s=w.stop / 25, sentence=w.sentence)
        for w in said
    ]


TEXT = st.sampled_from(["a", "the", "went", "home,", "there.", "nowhere", "indeed."])
PAUSES = st.sampled_from([0, 0, 0, 1, 7, 8, 9, 17, 18, 19, 30, 160])
WORDS = st.lists(st.tuples(TEXT, st.integers(1, 14), PAUSES), min_size=1, max_size=9)


def said_by(drawn: Sequence[tuple[str, int, int]]) -> list[Said]:
    said: list[Said] = []
    at, sentence = 15, 0
    for text, length, pause in drawn:
        said.append(Said(text, at, at + length, sentence))
        at += length + pause
        sentence += text.endswith(".")
    return said


@settings(max_examples=60)
@given(WORDS, st.integers(0, 40))
def test_no_other_way_to_cut_and_shift_cues_is_cheaper(
    drawn: list[tuple[str, int, int]], behind: int
) -> None:
    said = said_by(drawn)
    frames = said[-1].stop + behind
    search = Search(said, frames, FEW)
    cuts = list(_Plan(MeasuredText(as_words(said), FEW, spaced=True), frames).cuts())
    assert [cut.start for cut in cuts[1:]] == [cut.stop for cut in cuts[:-1]]
    assert (cuts[0].start, cuts[-1].stop) == (0, len(said))
    assert search.price(cuts) == pytest.approx(search.cheapest())


@settings(max_examples=60)
@given(WORDS)
def test_two_lines_are_the_cheapest_of_all_breaks(drawn: list[tuple[str, int, int]]) -> None:
    said = said_by(drawn)
    measured, search = MeasuredText(as_words(said), FEW, spaced=True), Search(said, 0, FEW)
    for start in range(len(said)):
        for stop in range(start + 1, len(said) + 1):
            found, best = measured.layout(start, stop), search.layout(start, stop)
            assert (found is None) == (best is None)
            if found is None or best is None:
                continue
            assert (found.cost, found.characters) == (pytest.approx(best[0]), best[1])
            assert 0 < found.first <= stop - start
            assert " ".join(measured.lines(start, stop)) == " ".join(
                word.text for word in said[start:stop]
            )


def test_two_full_lines_with_a_blank_between_them_fit() -> None:
    words = as_words([Said("x" * 42, 0, 50, 0), Said("y" * 42, 50, 100, 0)])
    measured = MeasuredText(words, RULES, spaced=True)
    assert measured.layout(0, 2) == CaptionLayout(first=1, characters=84, cost=4.0)
    longer = [words[0], replace(words[1], text="y" * 43)]
    assert MeasuredText(longer, RULES, spaced=True).layout(0, 2) is None
    one_line = replace(RULES, lines=1)
    assert MeasuredText(words, one_line, spaced=True).layout(0, 2) is None
    assert MeasuredText(words, one_line, spaced=True).layout(0, 1) == CaptionLayout(
        first=1, characters=42, cost=0.0
    )


def test_a_line_may_break_before_its_last_word_alone() -> None:
    measured = MeasuredText(words_of("it went on, unbelievably"), FEW, spaced=True)
    assert measured.layout(0, 4) == CaptionLayout(first=3, characters=23, cost=1 + 0.05)
    assert measured.lines(0, 4) == ("it went on,", "unbelievably")


@pytest.mark.parametrize(
    ("next_start", "stop"),
    [(63, 61), (74, 72), (75, 61), (76, 61), (90, 61)],
)
def test_a_darkness_of_less_than_twelve_frames_is_filled(next_start: int, stop: int) -> None:
    """One cue from frame 40, read in 21 frames; two frames before the next one are dark."""
    words = as_words([Said("One", 40, 50, 0), Said("Two", next_start, next_start + 9, 1)])
    plan = _Plan(MeasuredText(words, RULES, spaced=True), 200)
    cut = _Cut(start=0, stop=1, at=40, next_at=next_start)
    assert plan.stop_of(cut) == stop


@pytest.mark.parametrize(
    ("said", "next_at", "stop"),
    [
        (Said("One", 40, 80, 0), 200, 80),
        (Said("One", 40, 80, 0), 80, 78),
        (Said("One", 40, 300, 0), 400, 215),
        (Said("x" * 34, 40, 45, 0), 200, 90),
        (Said("x" * 35, 40, 45, 0), 200, 92),
    ],
    ids=["with its word", "before the next", "after seven seconds", "once read", "and up"],
)
def test_a_cue_stops_with_its_words_once_it_is_read(said: Said, next_at: int, stop: int) -> None:
    plan = _Plan(MeasuredText(as_words([said]), RULES, spaced=True), 500)
    assert plan.stop_of(_Cut(start=0, stop=1, at=40, next_at=next_at)) == stop


def test_a_word_stands_on_the_frames_that_it_touches() -> None:
    """A thousandth of a frame is rounding, more is not."""
    starts = [1.9999, 1.99999, 2.0, 2.00001, 2.0001]
    begun = [
        cues_of([Word(text="Hi.", start_s=at, stop_s=at + 2, sentence=0)], frames=200)[0].start_s
        for at in starts
    ]
    assert [round(at * 25) for at in begun] == [49, 50, 50, 50, 50]
    ended = [
        cues_of([Word(text="Hi.", start_s=0.4, stop_s=at, sentence=0)], frames=200)[0].stop_s
        for at in starts
    ]
    assert [round(at * 25) for at in ended] == [50, 50, 50, 50, 51]


def test_more_words_at_once_than_can_be_shown_stand_one_after_the_other() -> None:
    words = [Word(text="unreadable", start_s=1.0, stop_s=1.0, sentence=0)] * 200
    cues = cues_of(words, frames=100)
    assert all(cue.stop_s - cue.start_s >= 1 / 25 - 1e-9 for cue in cues)
    assert not {"overlap", "gap"} & {breach.rule for breach in breaches_of(cues)}
    assert " ".join(line for cue in cues for line in cue.lines).count("unreadable") == 200
