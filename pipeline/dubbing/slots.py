"""Speech into the slot of its scene: silence is trimmed first, then the rest is stretched a
little."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

from manifests.errors import BadInput
from model.shapes import FPS
from pipeline.nouns import Span

MOST_STRETCH = 0.08
"""By how much of its length speech may be drawn out or hurried; beyond, it sounds wrong."""

NEAR_ENOUGH = 1
"""Frames by which a slot may be missed."""

LEAST_PAUSE_S, LEAST_EDGE_S = 0.16, 0.08
"""What is left of each pause inside the speech, and at either end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a take becomes `frames` frames long: without the stretches `removed` (in order and
    apart), all else drawn out by `factor`."""

    frames: int
    removed: tuple[Span, ...] = ()
    factor: float = 1.0

    @property
    def changes(self) -> bool:
        """Whether anything is done to the take at all."""
        return bool(self.removed) or self.factor != 1.0

    @property
    def told(self) -> tuple[str, ...]:
        """For people: what was done, if anything was."""
        if not self.changes:
            return ()
        gone_s = sum(span.stop_s - span.start_s for span in self.removed)
        trimmed = f"{gone_s:.2f} s of silence trimmed, "
        return (f"slot_fit: {trimmed}speech stretched by {self.factor - 1:+.1%}",)

    def moved(self, time_s: float) -> float:
        """Where a moment of the old take is in the new one."""
        if not self.changes:
            return time_s
        left_s = time_without(self.removed, time_s)
        return round(min(left_s * self.factor, self.frames / FPS), 3)

    def moved_span(self, span: Span) -> Span:
        return Span(start_s=self.moved(span.start_s), stop_s=self.moved(span.stop_s))


def time_without(removed: Sequence[Span], time_s: float) -> float:
    """Where a moment is once these stretches are gone."""
    return time_s - sum(
        min(time_s, span.stop_s) - span.start_s for span in removed if span.start_s < time_s
    )


def plan_fit(frames: int, spans: Sequence[Span], target_s: float) -> Fit:
    """How speech of `frames` frames, heard in `spans`, fits a slot to the nearest frame.

    Raises `BadInput("slot_missed")` that tells by how much.
    """
    length_s, wanted = frames / FPS, max(1, round(target_s * FPS))
    removed = tuple(evenly_trimmed(_spare(spans, length_s), length_s - wanted / FPS))
    left_s = length_s - sum(span.stop_s - span.start_s for span in removed)
    fewest = ceil(left_s * FPS * (1 - MOST_STRETCH) - 1e-6)
    most = floor(left_s * FPS * (1 + MOST_STRETCH) + 1e-6)
    reached = min(max(wanted, fewest), most)
    if abs(reached - wanted) > NEAR_ENOUGH:
        raise _missed(length_s, left_s, wanted / FPS)
    return Fit(frames=reached, removed=removed, factor=_factor(reached / FPS, left_s))


def _factor(reached_s: float, left_s: float) -> float:
    """1 where it is that up to rounding."""
    return 1.0 if abs(reached_s - left_s) < 1e-6 else reached_s / left_s  # noqa: PLR2004


def _spare(spans: Sequence[Span], length_s: float) -> list[Span]:
    """The silences that may go, in order: what is left keeps words apart."""
    if not spans:
        return []
    inside = (
        (before.stop_s + LEAST_PAUSE_S / 2, after.start_s - LEAST_PAUSE_S / 2)
        for before, after in pairwise(spans)
    )
    first, last = spans[0].start_s - LEAST_EDGE_S, spans[-1].stop_s + LEAST_EDGE_S
    edges = [(0.0, first), *inside, (last, length_s)]
    return [Span(start_s=start, stop_s=stop) for start, stop in edges if stop > start]


def evenly_trimmed(spare: Sequence[Span], excess_s: float) -> Iterator[Span]:
    """The same share of each silence, so that the rhythm of the speech stays; together `excess_s`,
    or all there is."""
    there_s = sum(span.stop_s - span.start_s for span in spare)
    if excess_s <= 0 or not there_s:
        return
    share = min(1.0, excess_s / there_s)
    for span in spare:
        yield Span(start_s=span.start_s, stop_s=span.start_s + share * (span.stop_s - span.start_s))


def _missed(length_s: float, left_s: float, wanted_s: float) -> BadInput:
    most = 1 + MOST_STRETCH if wanted_s > left_s else 1 - MOST_STRETCH
    nearest_s = left_s * most
    how, remedy = ("short", "longer") if wanted_s > nearest_s else ("long", "shorter")
    trimmed = f", {left_s:.2f} s without the pauses that can go" if left_s < length_s else ""
    return BadInput(
        "slot_missed",
        f"The speech is {length_s:.2f} s long{trimmed}, and {nearest_s:.2f} s when stretched by "
        f"{MOST_STRETCH:.0%}: {abs(nearest_s - wanted_s):.2f} s too {how} for its slot of "
        f"{wanted_s:.2f} s. Give it a {remedy} text or another slot.",
    )
