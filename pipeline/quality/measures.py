"""The table of measures: what is measured of a picture, in which unit, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower"]

Span = Literal["segment", "take", "delivery"]
"""What a figure is of: the new frames of a segment, all of a take, or a delivered file."""

Reads = Literal["rendered", "delivered"]
"""Frames as a renderer drew them, before finish, plate and watermark; or a file as it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A row of the table; `formula` says in words what the figure is."""

    name: str
    unit: str
    better: Better
    span: Span
    reads: Reads = "rendered"
    formula: str = ""


_SEGMENT = (
    ("face_present", "share", "higher", "frames in which the face mesh is sure of a face"),
    ("faces", "", "lower", "most faces that the detector saw in a sampled frame"),
    ("identity", "dlib distance", "lower", "median distance of the face to the portrait's"),
    ("identity_drift", "dlib distance", "lower", "identity less that of the chain's first segment"),
    ("colour", "CIEDE2000", "lower", "mean difference to the portrait outside the head"),
    ("colour_drift", "CIEDE2000", "lower", "colour less that of the chain's first segment"),
    ("sharpness", "share", "higher", "median detail of the head over the portrait's"),
    ("sharpness_drift", "share", "higher", "sharpness over that of the chain's first segment"),
    ("flicker", "share", "higher", "1 less the mean change outside the head, of full scale"),
    ("frozen_speech", "s", "lower", "longest stretch of unchanged frames while speech is heard"),
    ("frozen_silence", "s", "lower", "longest stretch of unchanged frames in silence"),
    ("black", "frames", "lower", "frames darker than a quarter of the portrait, or than 16 of 255"),
    ("seam", "deviations", "lower", "change across the join with the segment before, over inside"),
    ("eyes_at_seam", "share", "lower", "change of the eyes' opening across that join"),
    ("lip_motion", "eye spans", "higher", "deviation of the lip gap while speech is heard"),
    (
        "segment_lips",
        "correlation",
        "higher",
        "as lips, of a segment with a second of speech",
    ),
    ("silent_gap", "eye spans", "lower", "median lip gap well inside a silence"),
    ("silent_mouth", "eye spans", "lower", "deviation of the lip gap well inside a silence"),
    ("head_motion", "eye spans", "lower", "furthest that the nose is from its middle place"),
)

_TAKE = (
    ("take_face_present", "share", "higher", "frames in which the face mesh is sure of a face"),
    ("take_face_gap", "s", "lower", "longest stretch without a face"),
    ("take_identity", "dlib distance", "lower", "median distance of the face to the portrait's"),
    ("take_identity_p95", "dlib distance", "lower", "95th percentile of that distance"),
    ("take_identity_drift", "dlib distance", "lower", "its mean of the last 5 s less the first 5"),
    ("take_colour_drift", "CIEDE2000", "lower", "colour's mean of the last 5 s less the first 5"),
    ("take_sharpness_drift", "share", "higher", "sharpness of the last 5 s over the first 5"),
    ("take_seam", "deviations", "lower", "the worst seam of all segment joins"),
    ("take_frozen_speech", "s", "lower", "longest stretch of unchanged frames in speech"),
    ("take_frozen_silence", "s", "lower", "longest stretch of unchanged frames in silence"),
    ("take_black", "frames", "lower", "black frames"),
    ("take_flicker", "share", "higher", "the worst second of flicker"),
    (
        "lips",
        "correlation",
        "higher",
        "lip gap with the opening that the phones ask for, within 2 frames",
    ),
    ("lip_lag", "frames", "lower", "how far the lips come from the speech, at the best match"),
    ("lip_lag_p50", "frames", "lower", "median of that over windows of 4 s"),
    ("lip_lag_p90", "frames", "lower", "90th percentile over windows"),
    ("lip_lag_p99", "frames", "lower", "99th percentile over windows"),
    ("take_lip_motion", "eye spans", "higher", "deviation of the lip gap while speech is heard"),
    ("take_silent_mouth", "eye spans", "lower", "deviation of the lip gap well inside silences"),
    ("take_silent_gap", "eye spans", "lower", "median lip gap well inside silences"),
    ("closures", "share", "higher", "sounds of both lips (p, b, m) at which they meet"),
    ("vowels", "eye spans", "higher", "mean lip gap at open vowels less that at close ones"),
    ("take_head_motion", "eye spans", "lower", "furthest that the nose is from its middle place"),
)

_DELIVERY = (
    ("duration_short", "frames", "lower", "frames by which the picture is shorter than the sound"),
)


def _rows() -> tuple[Measure, ...]:
    spans: tuple[tuple[Span, Reads, tuple[tuple[str, str, str, str], ...]], ...] = (
        ("segment", "rendered", _SEGMENT),
        ("take", "rendered", _TAKE),
        ("delivery", "delivered", _DELIVERY),
    )
    return tuple(
        Measure(
            name=name,
            unit=unit,
            better="higher" if better == "higher" else "lower",
            span=span,
            reads=reads,
            formula=formula,
        )
        for span, reads, rows in spans
        for name, unit, better, formula in rows
    )


MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _rows()}
"""By name. What could not be measured has no figure: a face of which the encoder is not installed,
a silence too short."""
