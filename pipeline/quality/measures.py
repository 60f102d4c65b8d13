"""The table of measures: what is measured of a picture, in which unit, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.quality.measure_rows import OF_DELIVERIES, OF_SEGMENTS, OF_TAKES, Better, Rows

Span = Literal["segment", "take", "delivery"]
"""What a figure is of: the new frames of a segment, all of a take, or a delivered file."""

Reads = Literal["rendered", "delivered"]
"""Frames as a renderer drew them, before finish, plate and watermark; or a file as it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What several measures read at once: `cost_s` are seconds of one core for a second of 480x720
    (benchmarks/results: measuring.json, looks.json). `brought` names the networks that users
    bring for it."""

    cost_s: float
    brought: tuple[str, ...] = ()


LOOKS: Mapping[str, Look] = {
    "mesh": Look(cost_s=0.038),
    "dlib": Look(cost_s=0.064),
    "detail": Look(cost_s=0.007),
    "change": Look(cost_s=0.006),
    "small": Look(cost_s=0.013),
    "faces": Look(cost_s=0.005),
    "colours": Look(cost_s=0.002),
    "syncnet": Look(cost_s=0.852, brought=("syncnet_lips", "syncnet_sound")),
    "arcface": Look(cost_s=0.318, brought=("arcface",)),
    "record": Look(cost_s=0),
    "header": Look(cost_s=0.005),
    "decoding": Look(cost_s=0.074),
    "loudness": Look(cost_s=0.021),
    "watermark": Look(cost_s=0.186),
}
"""By name. Those of networks that users bring follow the face once more, both together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A row of the table: `look` names what it is read from, `formula` says in words what the
    figure is."""

    name: str
    unit: str
    better: Better
    span: Span
    look: str
    reads: Reads = "rendered"
    formula: str = ""

    @property
    def cost_s(self) -> float:
        """Of its look, in seconds of one core for a second of 480x720."""
        return LOOKS[self.look].cost_s

    @property
    def brought(self) -> tuple[str, ...]:
        """The networks that users bring for it."""
        return LOOKS[self.look].brought


def _rows() -> tuple[Measure, ...]:
    spans: tuple[tuple[Span, Reads, Rows], ...] = (
        ("segment", "rendered", OF_SEGMENTS),
        ("take", "rendered", OF_TAKES),
        ("delivery", "delivered", OF_DELIVERIES),
    )
    return tuple(
        Measure(
            name=name,
            unit=unit,
            better=better,
            span=span,
            look=look,
            reads=reads,
            formula=formula,
        )
        for span, reads, rows in spans
        for name, unit, better, look, formula in rows
    )


MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _rows()}
"""By name. What could not be measured has no figure: a face of which the encoder is not installed,
a network that was not brought, a silence too short."""
