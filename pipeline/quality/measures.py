"""The table of measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower"]
Span = Literal["segment", "take", "delivery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    name: str
    unit: str
    better: Better
    span: Span
    reads: str = "rendered"
    formula: str = ""


MEASURES: Mapping[str, Measure] = {
    m.name: m
    for m in (
        Measure(name="face_present", unit="share", better="higher", span="segment"),
        Measure(name="colour_drift", unit="CIEDE2000", better="lower", span="segment"),
        Measure(name="take_face_present", unit="share", better="higher", span="take"),
    )
}
