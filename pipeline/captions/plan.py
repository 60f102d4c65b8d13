"""Which words share a cue, and when each cue stands: the cheapest of all ways, found by dynamic
programming over the words.

A cue begins at a few frames around its first word, so that hurried speech borrows time from the
pauses around it. A breach of the house rules costs as much as several ugly breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.captions.cue import RULES, Cue, HouseRules
from pipeline.captions.layout import MeasuredText, fitting
from pipeline.words import Word

SHIFTS = np.arange(-12, 9, 2)
"""Frames by which a cue may begin before or after its first word is heard."""

CLOSE = 12
"""A darkness shorter than this many frames before the next cue would flicker: it is filled."""

BREACH, LACKING_FRAMES, IMPOSSIBLE = 60.0, 0.25, 1e6
"""Frames that a cue lacks count by their square: two cues that are a little fast are read, one that
flashes by is not."""

CUE, INNER_SENTENCE, INNER_PAUSE, PAUSE_BONUS = 6.0, 3.0, 4.0, 3.0
EARLY_FRAME, LATE_FRAME, CUT_FRAME = 0.3, 0.8, 0.5
LONG_PAUSE, GOOD_PAUSE = round(0.7 * FPS), round(0.3 * FPS)

Costs = NDArray[np.float64]
_SHIFT_COSTS: Costs = np.where(SHIFTS < 0, -EARLY_FRAME * SHIFTS, LATE_FRAME * SHIFTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Words `start` up to `stop` from frame `at`; the next cue begins at `next_at`."""

    start: int
    stop: int
    at: int
    next_at: int


def cues_of(
    words: Sequence[Word],
    *,
    frames: int,
    speaker: str = "",
    spaced: bool = True,
    rules: HouseRules = RULES,
    language: str = "und",
) -> tuple[Cue, ...]:
    """Cues of all words of a take of `frames` frames, on its frame grid, in order."""
    ordered = sorted(fitting(words, rules), key=lambda word: word.start_s)
    if not ordered:
        return ()
    plan = _Plan(MeasuredText(ordered, rules, spaced=spaced, language=language), frames)
    cues: list[Cue] = []
    free_from = 0
    for cut in plan.cuts():
        start = max(cut.at, free_from)
        stop = max(plan.stop_of(cut), start + 1)
        free_from = stop + rules.gap
        lines = plan.measured.lines(cut.start, cut.stop)
        cues.append(Cue(start_s=start / FPS, stop_s=stop / FPS, lines=lines, speaker=speaker))
    return tuple(cues)


class _Plan:
    """The words on the frame grid, and the cheapest way from each of them to the end."""

    def __init__(self, measured: MeasuredText, frames: int) -> None:
        words, rules = measured.words, measured.rules
        self.rules = rules
        self.measured = measured
        self._stops = [ceil(round(word.stop_s * FPS, 3)) for word in words]
        starts = np.array([floor(round(word.start_s * FPS, 3)) for word in words])
        end = max(frames, self._stops[-1]) + rules.gap
        begins = np.maximum(starts[:, None] + SHIFTS, 0)
        self._begins = np.vstack([begins, np.full(len(SHIFTS), end)])
        pauses = [*(starts[1:] - self._stops[:-1]).tolist(), LONG_PAUSE]
        self._break_costs = [
            max(0.0, cost - PAUSE_BONUS * (pause >= GOOD_PAUSE))
            for cost, pause in zip(self.measured.break_costs, pauses, strict=True)
        ]
        inner = [
            INNER_SENTENCE * (word.sentence != following.sentence)
            + INNER_PAUSE * (pause >= LONG_PAUSE)
            for word, following, pause in zip(words, words[1:], pauses, strict=False)
        ]
        self._inner = [0.0, *accumulate(inner)]

    def cuts(self) -> Iterator[_Cut]:
        """The cheapest way through all words."""
        count = len(self._stops)
        costs = np.full((count + 1, len(SHIFTS)), np.inf)
        costs[count] = 0.0
        following = np.zeros((count, len(SHIFTS), 2), np.int64)
        for start in range(count - 1, -1, -1):
            for stop, needed, base in self._stops_from(start):
                ways = base + self._timing_costs(start, stop, needed) + costs[stop]
                best = ways.argmin(axis=1)
                cheapest = np.take_along_axis(ways, best[:, None], axis=1)[:, 0]
                better = cheapest < costs[start]
                costs[start] = np.where(better, cheapest, costs[start])
                following[start, better, 0] = stop
                following[start, better, 1] = best[better]
            costs[start] += _SHIFT_COSTS
        start, shift = 0, int(costs[0].argmin())
        while start < count:
            stop, next_shift = following[start, shift].tolist()
            at, next_at = self._begins[start, shift], self._begins[stop, next_shift]
            yield _Cut(start=start, stop=stop, at=int(at), next_at=int(next_at))
            start, shift = stop, next_shift

    def _stops_from(self, start: int) -> Iterator[tuple[int, int, float]]:
        """Where a cue that begins with a word may end, frames to read it, what its text costs."""
        begin = int(self._begins[start, 0])
        for stop in range(start + 1, len(self._stops) + 1):
            layout = self.measured.layout(start, stop)
            alone = stop == start + 1
            too_long = self._stops[stop - 1] - begin > self.rules.longest
            if layout is None or (too_long and not alone):
                return
            inside = self._inner[stop - 1] - self._inner[start]
            needed = self.rules.frames_to_read(layout.characters)
            yield stop, needed, CUE + layout.cost + self._break_costs[stop - 1] + inside

    def _timing_costs(self, start: int, stop: int, needed: int) -> Costs:
        """[from shift, to shift]: what it costs to show the words between two beginnings."""
        latest = self._begins[stop] - self.rules.gap
        room = latest[None, :] - self._begins[start][:, None]
        lacking = np.maximum(needed - room, 0)
        cut_off = np.maximum(self._stops[stop - 1] - latest, 0)
        breach: Costs = (
            BREACH * (lacking > 0) + LACKING_FRAMES * lacking**2 + IMPOSSIBLE * (room < 1)
        )
        breach += CUT_FRAME * cut_off
        return breach

    def stop_of(self, cut: _Cut) -> int:
        """When a cue ends: with its words, once it can be read, at the latest before the next."""
        latest = cut.next_at - self.rules.gap
        layout = self.measured.layout(cut.start, cut.stop)
        needed = self.rules.frames_to_read(layout.characters if layout else 0)
        stop = max(self._stops[cut.stop - 1], cut.at + needed)
        if latest - stop < CLOSE:
            stop = latest
        return min(stop, latest, cut.at + self.rules.longest)
