"""Figures of a segment and of a whole take, from the columns of its frames: pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from model.shapes import FPS
from pipeline.quality.column_statistics import (
    drift,
    longest,
    mean_of,
    median_of,
    most,
    percentile,
    ratio,
    share_of,
    stands_out,
)
from pipeline.quality.lip_figures import segment_lip_figures, take_lip_figures
from pipeline.quality.series import Column, SegmentSeries
from pipeline.quality.speech import Frameset, SpeechCurves

LEAST_CHANGE = 0.004
"""Mean grey levels below which a frame is the one before: a still head breathes and blinks more."""

DARK, DARK_SHARE = 16.0, 0.25
"""A black frame: darker than this of 255, and than this share of the portrait."""

LEAST_PRESENCE = 0.5

SEEN = 12
"""Frames on each side of a join whose changes a seam stands out of."""

Figures = Mapping[str, float]


def segment_figures(
    series: SegmentSeries, spoken: SpeechCurves, luma: float, first: Figures
) -> dict[str, float]:
    """Of one segment; `first` are the figures of the first one of its chain, none for that one
    itself, and `luma` is the portrait's light. What cannot be measured is left out."""
    found = {
        "face_present": share_of(series.presence >= LEAST_PRESENCE),
        "faces": most(series.faces),
        "identity": median_of(series.identity),
        "colour": mean_of(series.colour),
        "sharpness": median_of(series.detail),
        "flicker": 1 - mean_of(series.behind) / 255,
        "black": float(black_frames(series.luma, luma).sum()),
        "seam": seam_of(series.change),
        "head_motion": head_motion(series),
    }
    found |= segment_lip_figures(series.gap, spoken)
    found |= frozen_figures(series.change, spoken)
    found |= drifts_of(found, first)
    return rounded(found)


def rounded(found: Figures) -> dict[str, float]:
    """As figures are kept; what is not a number was not measured."""
    return {name: round(value, 6) for name, value in found.items() if math.isfinite(value)}


def eyes_at_seam(before: float, series: SegmentSeries) -> dict[str, float]:
    """The change of the eyes' opening from the frame `before` the first one to it, as a share of
    the wider; none where either is not seen."""
    opened = float(series.eyes[0]) if len(series) else math.nan
    share = abs(opened - before) / max(opened, before, 1e-6)
    return {"eyes_at_seam": round(share, 6)} if math.isfinite(share) else {}


def drifts_of(found: Figures, first: Figures) -> dict[str, float]:
    """What changed since the first segment of the chain."""
    begun = first or found
    return {
        "identity_drift": found["identity"] - begun.get("identity", math.nan),
        "colour_drift": found["colour"] - begun.get("colour", math.nan),
        "sharpness_drift": found["sharpness"] / max(begun.get("sharpness", math.nan), 1e-6),
    }


def frozen_figures(change: Column, spoken: SpeechCurves) -> dict[str, float]:
    """The longest stretches of unchanged frames, in speech and in silence, in seconds."""
    still = change < LEAST_CHANGE
    said = spoken.said[: len(still)]
    return {
        "frozen_speech": longest(still & said) / FPS,
        "frozen_silence": longest(still & ~said) / FPS,
    }


def take_figures(
    parts: Sequence[Sequence[SegmentSeries]], spoken: SpeechCurves, luma: float
) -> dict[str, float]:
    """Of a whole take: the series of the segments of each of its clips, in order."""
    whole = [series for part in parts for series in part]
    series = SegmentSeries.joined(whole)
    if not len(series) or len(series) != len(spoken.said):
        return {}
    found = {
        "take_face_present": share_of(series.presence >= LEAST_PRESENCE),
        "take_face_gap": longest(series.presence < LEAST_PRESENCE) / FPS,
        "take_identity": median_of(series.identity),
        "take_identity_p95": percentile(series.identity, 95),
        "take_identity_drift": drift(series.identity),
        "take_colour_drift": drift(series.colour),
        "take_sharpness_drift": ratio(series.detail),
        "take_seam": most(np.array(list(seams_inside(parts)), np.float32)),
        "take_black": float(black_frames(series.luma, luma).sum()),
        "take_flicker": 1 - worst_second(series.behind) / 255,
        "take_head_motion": head_motion(series),
    }
    found |= {
        f"take_{name}": value for name, value in frozen_figures(series.change, spoken).items()
    }
    found |= take_lip_figures(series.gap, spoken)
    return rounded(found)


def seam_of(change: Column) -> float:
    """How many deviations the change into the first frame stands out of those behind it; NaN where
    nothing is before it."""
    if len(change) < SEEN or not math.isfinite(change[0]):
        return math.nan
    return stands_out(float(change[0]), change[1 : SEEN + 1])


def seams_inside(parts: Sequence[Sequence[SegmentSeries]]) -> Iterator[float]:
    """Of the joins of segments within each clip, against the changes on both sides."""
    for part in parts:
        for before, after in pairwise(part):
            beside = np.concatenate([before.change[-SEEN:], after.change[1 : SEEN + 1]])
            if len(after) and math.isfinite(after.change[0]):
                yield stands_out(float(after.change[0]), beside)


def black_frames(luma: Column, portrait: float) -> Frameset:
    return np.asarray(luma < min(DARK, DARK_SHARE * portrait))


def head_motion(series: SegmentSeries) -> float:
    """How far the nose goes from its middle place, in eye spans."""
    across, down = series.nose_x, series.nose_y
    away = np.hypot(across - median_of(across), down - median_of(down))
    return most(away)


def worst_second(behind: Column) -> float:
    """The largest mean of a second's frames."""
    parts = [mean_of(behind[at : at + FPS]) for at in range(0, max(len(behind) - FPS, 0) + 1, FPS)]
    return most(np.array(parts, np.float32))
