"""Which segments of a chunk are drawn, with which seed and from which one on, and which of them is
seen when: pure. A retake draws some once more; behind its end the line of before is seen again.

Drawings are numbered in the order in which they are made: those of the row's own seed first, then
those of each retake. Each names the one that it goes on from, so that a drawing that a retake does
not touch keeps its name, also behind the retake's end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from manifests.fingerprint import Value

START = -1
"""Stands for the portrait, which the first segment of a chunk goes on from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retake:
    """From the segment that holds the frame `at` of the take on, to before the frame `to` (None:
    to the end), the seed is another one. From `to` on what was seen before is seen again."""

    at: int
    seed: int
    to: int | None = None

    def covers(self, other: Retake) -> bool:
        """Whether nothing of the other one lies outside this one."""
        ends = self.to is None or (other.to is not None and other.to <= self.to)
        return self.at <= other.at and ends


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDrawing:
    """One drawing of the `index`-th segment, from the state behind the drawing `before`; `inside` a
    retake that ends."""

    index: int
    seed: int
    before: int
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Frames `start` to `stop` of the take, all in one segment, are seen of this drawing."""

    start: int
    stop: int
    drawing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """All drawings of a chunk that are needed, what is seen of them in order of time, and the
    `seams`: frames at which a retake that ends begins, and those at which the line of before is
    taken up."""

    drawings: tuple[SegmentDrawing, ...]
    seen: tuple[Stretch, ...]
    seams: tuple[int, ...]

    @property
    def last(self) -> tuple[int, ...]:
        """Of each segment the drawing that its last frame is seen of."""
        ends = {self.drawings[each.drawing].index: each.drawing for each in self.seen}
        return tuple(number for _, number in sorted(ends.items()))

    @property
    def heads(self) -> tuple[Stretch, ...]:
        """What is seen of drawings before the last one of the same segment."""
        last = set(self.last)
        return tuple(each for each in self.seen if each.drawing not in last)


@dataclass(slots=True)
class _Draft:
    """Lines being drawn; `last` is, of each segment, the drawing that its last frame is seen of."""

    drawings: list[SegmentDrawing]
    last: list[int]
    seen: list[Stretch]


@lru_cache(maxsize=512)
def lines_of(edges: tuple[int, ...], seed: int, retakes: tuple[Retake, ...]) -> Lines:
    """The lines of a chunk whose segments begin and end at these frames."""
    count = len(edges) - 1
    drawings = [SegmentDrawing(index=k, seed=seed, before=k - 1) for k in range(count)]
    seen = [Stretch(start=a, stop=b, drawing=k) for k, (a, b) in enumerate(pairwise(edges))]
    draft = _Draft(drawings, list(range(count)), seen)
    seams: set[int] = set()
    for retake in retakes:
        seams = _draw(draft, edges, retake, seams)
    return _needed(draft, seams)


def _draw(draft: _Draft, edges: Sequence[int], retake: Retake, seams: set[int]) -> set[int]:
    """Draw a retake over what is seen; returns the seams that are left, with its own."""
    end = edges[-1] if retake.to is None else min(retake.to, edges[-1])
    first = max(0, bisect_right(edges, retake.at) - 1)
    start = edges[first]
    if retake.at >= edges[-1] or end <= edges[0] or end <= start:
        return seams
    stop = bisect_left(edges, end)  # of the segments that are drawn
    before = draft.last[first - 1] if first else START
    drawn = range(len(draft.drawings), len(draft.drawings) + stop - first)
    for index, number in zip(range(first, stop), drawn, strict=True):
        ends = retake.to is not None
        draft.drawings.append(
            SegmentDrawing(index=index, seed=retake.seed, before=before, inside=ends)
        )
        before = number
        if edges[index + 1] <= end:
            draft.last[index] = number
    draft.seen = sorted(
        [*_outside(draft.seen, start, end), *_inside(edges, first, end, drawn)],
        key=lambda each: each.start,
    )
    own = () if retake.to is None else (start, end)
    inside = {at for at in own if edges[0] < at < edges[-1]}  # elsewhere clips are joined anyway
    return {at for at in seams if at < start or at > end} | inside


def _outside(seen: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    for each in seen:
        if each.start < start:
            yield Stretch(start=each.start, stop=min(each.stop, start), drawing=each.drawing)
        if each.stop > end:
            yield Stretch(start=max(each.start, end), stop=each.stop, drawing=each.drawing)


def _inside(edges: Sequence[int], first: int, end: int, drawn: range) -> Iterator[Stretch]:
    for index, number in enumerate(drawn, start=first):
        yield Stretch(start=edges[index], stop=min(edges[index + 1], end), drawing=number)


def _needed(draft: _Draft, seams: set[int]) -> Lines:
    """Without drawings that nothing seen goes back to."""
    needed: set[int] = set()
    for each in draft.seen:
        number = each.drawing
        while number != START and number not in needed:
            needed.add(number)
            number = draft.drawings[number].before
    place = {number: at for at, number in enumerate(sorted(needed))} | {START: START}
    drawings = tuple(
        replace(each, before=place[each.before])
        for each in (draft.drawings[number] for number in sorted(needed))
    )
    seen = tuple(replace(each, drawing=place[each.drawing]) for each in draft.seen)
    return Lines(drawings=drawings, seen=seen, seams=tuple(sorted(seams)))


def new_drawings(before: Lines, now: Lines) -> int:
    """How many drawings of `now` are not those of `before`: a drawing is known by its seed and by
    what it goes on from."""
    numbers: dict[tuple[int, int], int] = {}

    def named(lines: Lines) -> set[int]:
        names: dict[int, int] = {START: START}
        for number, each in enumerate(lines.drawings):
            names[number] = numbers.setdefault((names[each.before], each.seed), len(numbers))
        return set(names.values())

    there = named(before)
    return len(named(now) - there)


def retaken(before: tuple[Retake, ...], retake: Retake) -> tuple[Retake, ...]:
    """What was said before with one more retake. Those right before it that it covers are gone; an
    earlier one stays, since what was drawn after it may go on from it."""
    while before and retake.covers(before[-1]):
        before = before[:-1]
    return (*before, retake)


def changing(retakes: Sequence[Retake], seed: int) -> tuple[Retake, ...]:
    """Those of the retakes that change something in a row of this seed."""
    changes: list[Retake] = []
    for retake in retakes:
        plain = all(each.to is None for each in changes)
        onwards = not changes or retake.at >= changes[-1].at
        same = retake.seed == (changes[-1].seed if changes else seed)
        if not (plain and onwards and same):
            changes.append(retake)
    return tuple(changes)


def told_of_retake(retake: Retake) -> dict[str, Value]:
    """As sidecars and requests tell it: one to the end as it was told before others ended."""
    told: dict[str, Value] = {"at": retake.at, "seed": retake.seed}
    return told if retake.to is None else told | {"to": retake.to}
