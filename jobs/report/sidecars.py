"""What the report reads of a sidecar, and where its figures lie beyond their gates: pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from model.shapes import FPS, NEW_FRAMES
from pipeline.nouns import Join
from pipeline.quality.gates import Gate
from pipeline.quality.verdict import GateBreach, verdict
from pipeline.sidecar import DrawnSegment, InputUsed, Names, PresetUsed

SEGMENT_S = NEW_FRAMES / FPS

MOST_FRAMES = 1 << 31
"""Of a take that anybody names: more are a damaged record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarTold:
    """What the report shows of a sidecar; what older ones do not say is empty."""

    preset: PresetUsed
    seed: int
    fingerprints: Names
    cuts_s: tuple[float, ...] = ()
    segments: tuple[str, ...] = ()
    title: str | None = None
    language: str = ""
    speaker: str | None = None
    consent_id: str | None = None
    script: str | None = None
    transcript: str | None = None
    prompt: str | None = None
    voices: tuple[str, ...] = ()
    inputs: tuple[InputUsed, ...] = ()
    joins: tuple[Join, ...] = ()
    drawn: tuple[DrawnSegment, ...] = ()
    restarts: tuple[int, ...] = ()
    retakes: tuple[Mapping[str, Any], ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    chosen: int = 0
    timings_s: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no run writes: one damaged sidecar costs no page of all."""
        if self.drawn and not self.cuts_s:
            raise ValueError("segments begin at cuts, and there are none")
        figures = chain(self.quality.values(), *(each.figures.values() for each in self.drawn))
        if not all(map(math.isfinite, chain(figures, self.cuts_s, self.timings_s.values()))):
            raise ValueError("figures and seconds are finite")
        frames = [each.get(name) for each in self.retakes for name in ("at", "to")]
        if any(isinstance(frame, int) and abs(frame) > MOST_FRAMES for frame in frames):
            raise ValueError("no take has so many frames")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBreach:
    """A breach, the place in words, and the second at which it is; None of the whole take."""

    breach: GateBreach
    place: str
    at_s: float | None

    @property
    def share(self) -> float:
        """How far beyond its limit, as a part of the limit."""
        return self.breach.excess / max(abs(self.breach.limit), 1e-9)


def sidecar_breaches(sidecar: SidecarTold) -> list[PlacedBreach]:
    """All breaches of the gates that the video was judged by, the worst first."""
    return sorted(_breaches(sidecar), key=lambda each: (each.breach.level != "fail", -each.share))


def _breaches(sidecar: SidecarTold) -> Iterator[PlacedBreach]:
    segment_gates = [gate for gate in sidecar.gates if gate.span == "segment"]
    for number, start_s in enumerate(segment_starts(sidecar)):
        yield from placed_breaches(dict(sidecar.drawn[number].figures), segment_gates, start_s)
    yield from placed_breaches(
        sidecar.quality, [g for g in sidecar.gates if g.span != "segment"], None
    )


def placed_breaches(
    figures: Mapping[str, float], gates: Sequence[Gate], at_s: float | None
) -> Iterator[PlacedBreach]:
    place = "of the whole take" if at_s is None else f"at {at_s:.2f} s"
    for breach in verdict(figures, gates).breaches:
        yield PlacedBreach(breach=breach, place=place, at_s=at_s)


def segment_starts(sidecar: SidecarTold) -> list[float]:
    """Where each drawn segment begins, in seconds: every chunk begins anew, and each of its
    segments but the last is of 47 frames."""
    starts: list[float] = []
    cuts = [*sidecar.cuts_s, float("inf")]
    chunk = 0
    at = cuts[0]
    for _ in sidecar.drawn:
        if at >= cuts[chunk + 1] - 1e-6:
            chunk += 1
            at = cuts[chunk]
        starts.append(round(at, 3))
        at += SEGMENT_S
    return starts
