"""What gates say of figures: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from model.shapes import FPS
from pipeline.nouns import Clip
from pipeline.quality.gates import Gate
from pipeline.quality.measures import Span

Level = Literal["pass", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateBreach:
    """A figure that lies beyond the `limit` of a gate."""

    measure: str
    value: float
    limit: float
    level: Level
    unit: str = ""
    below: bool = False

    @property
    def excess(self) -> float:
        """How far beyond the limit it is."""
        return abs(self.value - self.limit)

    @property
    def told(self) -> str:
        """Such as `identity is 0.31, below 0.4`."""
        unit = f" {self.unit}" if self.unit else ""
        side = "below" if self.below else "above"
        return f"{self.measure} is {self.value:.4g}{unit}, {side} {self.limit:.4g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The worst level of all breaches, and the breaches, those that fail first."""

    breaches: tuple[GateBreach, ...] = ()

    @property
    def level(self) -> Level:
        return self.breaches[0].level if self.breaches else "pass"

    @property
    def fails(self) -> bool:
        return self.level == "fail"

    @property
    def told(self) -> str:
        """What fails, or what is warned of where nothing does."""
        return "; ".join(each.told for each in self.breaches if each.level == self.level)


PASSED = Verdict()


def verdict(figures: Mapping[str, float], gates: Sequence[Gate]) -> Verdict:
    """What the gates say of figures; a measure without a figure says nothing."""
    found = [breach for gate in gates if (breach := breach_of(figures, gate)) is not None]
    return Verdict(breaches=tuple(sorted(found, key=lambda breach: breach.level != "fail")))


def breach_of(figures: Mapping[str, float], gate: Gate) -> GateBreach | None:
    """How a figure breaches a gate; exactly at a limit it does not."""
    value = figures.get(gate.measure)
    if value is None:
        return None
    below = gate.better == "higher"
    levels: tuple[tuple[Level, float | None], ...] = (("fail", gate.fail), ("warn", gate.warn))
    for level, limit in levels:
        if limit is not None and (value < limit if below else value > limit):
            return GateBreach(
                measure=gate.measure,
                value=value,
                limit=limit,
                level=level,
                unit=gate.unit,
                below=below,
            )
    return None


def whole_verdict(
    clips: Iterable[Clip], figures: Mapping[str, float], gates: Sequence[Gate]
) -> Verdict:
    """What the gates say of a take and all its segments: each measure once, where it is worst."""
    worst: dict[str, GateBreach] = {}
    for _, those, span in judged_parts(clips, figures):
        for breach in verdict(those, [gate for gate in gates if gate.span == span]).breaches:
            there = worst.get(breach.measure)
            if there is None or breach.excess > there.excess:
                worst[breach.measure] = breach
    return Verdict(breaches=tuple(sorted(worst.values(), key=lambda each: each.level != "fail")))


def quality_warnings(
    clips: Iterable[Clip], figures: Mapping[str, float], gates: Sequence[Gate]
) -> Iterator[str]:
    """What a row is flagged with: each measure once, where it is worst, and how often."""
    found: dict[str, list[tuple[str, GateBreach]]] = {}
    for place, those, span in judged_parts(clips, figures):
        for breach in verdict(those, [gate for gate in gates if gate.span == span]).breaches:
            found.setdefault(breach.measure, []).append((place, breach))
    for breaches in found.values():
        place, worst = max(breaches, key=lambda each: each[1].excess)
        more = f" and {len(breaches) - 1} more places" if len(breaches) > 1 else ""
        yield f"quality_flagged: {worst.told}, {place}{more}; look at it before it is shown"


def judged_parts(
    clips: Iterable[Clip], figures: Mapping[str, float]
) -> Iterator[tuple[str, Mapping[str, float], Span]]:
    """The segments, also those of which only a head is seen, and the take, each with its place in
    words and its figures."""
    for clip in clips:
        for segment, file in zip(clip.chunk.segments, clip.segments, strict=False):
            yield f"at {segment.start / FPS:.2f} s", dict(file.figures), "segment"
        for head in clip.heads:
            start = clip.chunk.segments[head.segment.index].start
            yield f"at {start / FPS:.2f} s", dict(head.segment.figures), "segment"
    yield "of the whole take", figures, "take"
