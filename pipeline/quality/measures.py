"""The table of measures: what is measured of a segment, a take or a delivered file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower"]
Span = Literal["segment", "take", "delivery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is measured, in which unit, and which way is better."""

    name: str
    unit: str
    better: Better
    span: Span
    reads: Literal["rendered", "delivered"] = "rendered"
    formula: str = ""


MEASURES: Mapping[str, Measure] = {}
