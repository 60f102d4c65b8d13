"""Cues said in their rooms: what is done to each, and which cannot be, decided purely.

A cue begins on its time. Too long for its room, it loses silence first, then its voice speaks
faster by itself, then the sound is stretched without a change of pitch; no further than is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from pipeline.dubbing.slots import MOST_STRETCH, evenly_trimmed, time_without
from pipeline.nouns import Span

GAP_S = 0.08
"""Two frames that stay silent before the next cue, as between captions."""

RATE_STEP = 0.05
"""Rates of a voice are multiples of it: a step is hardly heard, and few programs are started."""

_EXACT_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CueSound:
    """A cue as a voice said it, `rate` times as fast as by itself and at most `fastest`: seconds
    from its first sound to its last, and the silences in it that may go. Without length nothing is
    said."""

    length_s: float
    spare: tuple[Span, ...] = ()
    rate: float = 1.0
    fastest: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFit:
    """A cue without the stretches `removed`, all else drawn out by `factor`: `length_s` then, and
    `late_s` more than its room has."""

    length_s: float
    removed: tuple[Span, ...] = ()
    factor: float = 1.0
    late_s: float = 0.0

    @property
    def trimmed_s(self) -> float:
        return sum(span.stop_s - span.start_s for span in self.removed)

    def moved(self, time_s: float) -> float:
        """Where a moment of the cue's sound is then."""
        return time_without(self.removed, time_s) * self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Faster:
    """The voice must say the cue anew, at this rate; `length_s` it takes at least until then."""

    rate: float
    length_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCue:
    """When a cue begins, in how much room, and what is done to it."""

    begins_s: float
    room_s: float
    fit: CueFit

    @property
    def ends_s(self) -> float:
        return self.begins_s + self.fit.length_s


@dataclass(frozen=True, slots=True, kw_only=True)
class CuePlan:
    """All cues in order; while some must be said `faster` (by place, at which rate), those are not
    as they will be."""

    placed: tuple[PlacedCue, ...]
    faster: Mapping[int, float]


def fit_cue(sound: CueSound, room_s: float) -> CueFit | Faster:
    """What is done to a cue for its room, each means only where those before do not suffice."""
    removed = tuple(evenly_trimmed(sound.spare, sound.length_s - room_s))
    left_s = sound.length_s - sum(span.stop_s - span.start_s for span in removed)
    if left_s <= room_s + _EXACT_S:
        return CueFit(length_s=left_s, removed=removed)
    if sound.rate < sound.fastest:
        return Faster(rate=_next_rate(sound, left_s, room_s), length_s=left_s)
    factor = max(1 - MOST_STRETCH, room_s / left_s)
    late_s = max(0.0, left_s * factor - room_s)
    return CueFit(
        length_s=left_s * factor,
        removed=removed,
        factor=factor,
        late_s=late_s if late_s > _EXACT_S else 0.0,
    )


def _next_rate(sound: CueSound, left_s: float, room_s: float) -> float:
    """The slowest step at which the cue should fit, if the voice keeps to it."""
    if room_s * sound.fastest <= left_s * sound.rate:
        return sound.fastest
    steps = ceil(round(sound.rate * left_s / room_s / RATE_STEP, 6))
    return min(sound.fastest, round(steps * RATE_STEP, 6))


def plan_cues(
    starts: Sequence[float], end_s: float, sounds: Sequence[CueSound], *, overrun: bool = False
) -> CuePlan:
    """Where each cue is said. With `overrun` one that is too long runs on, and those behind it
    begin later until a silence has made up for it; without, every cue begins on its time."""
    placed: list[PlacedCue] = []
    faster: dict[int, float] = {}
    free_from, waits = 0.0, False
    rooms = cue_rooms(starts, end_s, [sound.length_s > 0 for sound in sounds])
    for at, (start_s, stop_s) in enumerate(rooms):
        begins_s = max(start_s, free_from) if overrun and sounds[at].length_s else start_s
        waits = waits and begins_s > start_s
        room_s = max(0.0, stop_s - begins_s)
        found = fit_cue(sounds[at], room_s)
        if isinstance(found, Faster):
            if not waits:  # else those before may yet leave it more room
                faster[at] = found.rate
                waits = True
            found = CueFit(length_s=found.length_s)
        placed.append(PlacedCue(begins_s=begins_s, room_s=room_s, fit=found))
        if found.length_s:
            free_from = placed[-1].ends_s + GAP_S
    return CuePlan(placed=tuple(placed), faster=faster)


def cue_rooms(
    starts: Sequence[float], end_s: float, said: Sequence[bool]
) -> Iterator[tuple[float, float]]:
    """From where to where each cue may be said: up to the next one in which something is."""
    stops: list[float] = []
    stop_s = end_s
    for start_s, is_said in zip(reversed(starts), reversed(said), strict=True):
        stops.append(stop_s)
        if is_said:
            stop_s = start_s - GAP_S
    return zip(starts, reversed(stops), strict=True)
