"""Figures of lips: how they go with the speech, and where they meet; pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.quality.column_statistics import (
    FEWEST_FRAMES,
    correlation,
    deviation,
    lowest,
    mean_of,
    median_of,
    most,
    percentile,
)
from pipeline.quality.series import Column
from pipeline.quality.speech import Frameset, SpeechCurves

MOST_LAG = 10
"""Frames by which lips are looked for before and behind the speech."""

UNSEEN_LAG = 2
"""Frames between lips and speech that a gate lets pass (EBU R37: 40 ms early, 60 ms late)."""

WINDOW_S, WINDOW_STEP_S = 4.0, 1.0
"""Windows of which each has a lag of its own."""

CLOSED_SHARE = 0.35
"""Lips meet where their gap is at most this share of what it is when wide open."""

AROUND = 2
"""Frames about the middle of a sound in which its closure is looked for."""

LEAST_SPEECH = 24
"""Frames of speech in a segment, from which on its lips are held against what is said."""


def segment_lip_figures(gap: Column, spoken: SpeechCurves) -> dict[str, float]:
    """Of one segment; too little speech or silence says nothing."""
    enough = int(spoken.said[: len(gap)].sum()) >= LEAST_SPEECH
    return {
        "segment_lips": near_correlation(gap, spoken.opening) if enough else math.nan,
        "lip_motion": deviation(gap, spoken.said),
        "silent_mouth": deviation(gap, spoken.silent),
        "silent_gap": silent_gap(gap, spoken),
    }


def silent_gap(gap: Column, spoken: SpeechCurves) -> float:
    """How far the lips are apart where nothing is said."""
    quiet = gap[spoken.silent[: len(gap)]]
    return median_of(quiet) if len(quiet) >= FEWEST_FRAMES else math.nan


def take_lip_figures(gap: Column, spoken: SpeechCurves) -> dict[str, float]:
    """How the lips go with the speech, in place and at the best lag, and how far they move."""
    opening = spoken.opening
    lags = np.abs([best_lag(gap[a:b], opening[a:b]) for a, b in lag_windows(len(gap))])
    return {
        "take_lip_motion": deviation(gap, spoken.said),
        "take_silent_mouth": deviation(gap, spoken.silent),
        "take_silent_gap": silent_gap(gap, spoken),
        "closures": closures(gap, spoken.meet),
        "vowels": mean_of(gap[spoken.open_vowels]) - mean_of(gap[spoken.close_vowels]),
        "lips": near_correlation(gap, opening),
        "lip_lag": abs(best_lag(gap, opening)),
        "lip_lag_p50": percentile(lags, 50),
        "lip_lag_p90": percentile(lags, 90),
        "lip_lag_p99": percentile(lags, 99),
    }


def near_correlation(gap: NDArray[np.floating], opening: NDArray[np.floating]) -> float:
    """How the lips go with the speech where they are late or early by so little that nobody minds;
    by how much is the lag's to tell."""
    lags = (lag for lag in lags_by_size() if abs(lag) <= UNSEEN_LAG)
    return most(np.array([correlation(*shifted(gap, opening, lag)) for lag in lags]))


def lag_windows(frames: int) -> Iterator[tuple[int, int]]:
    """Of `WINDOW_S` each, from one step to the next; one of all where it is shorter."""
    length, step = round(WINDOW_S * FPS), round(WINDOW_STEP_S * FPS)
    for start in range(0, max(frames - length, 0) + 1, step):
        yield start, min(start + length, frames)


def best_lag(gap: NDArray[np.floating], opening: NDArray[np.floating]) -> float:
    """The frames by which the lips come late (negative: early) where they match best; NaN where
    nothing matches."""
    found = {lag: correlation(*shifted(gap, opening, lag)) for lag in lags_by_size()}
    there = {lag: value for lag, value in found.items() if math.isfinite(value)}
    return float(max(there, key=lambda lag: there[lag])) if there else math.nan


def lags_by_size() -> list[int]:
    """The smallest first, so that of equal matches the nearest counts."""
    return sorted(range(-MOST_LAG, MOST_LAG + 1), key=abs)


def shifted(
    gap: NDArray[np.floating], opening: NDArray[np.floating], lag: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Both where they overlap when the lips are taken to be `lag` frames late."""
    if lag >= 0:
        return gap[lag:], opening[: len(opening) - lag]
    return gap[:lag], opening[-lag:]


def closures(gap: Column, meet: Frameset) -> float:
    """The share of sounds of both lips at which they meet; NaN without any or without a face."""
    wide = percentile(gap, 95)
    at = np.flatnonzero(meet[: len(gap)])
    least = [lowest(gap[max(0, frame - AROUND) : frame + AROUND + 1]) for frame in at]
    seen = np.array([value for value in least if math.isfinite(value)])
    return float((seen <= CLOSED_SHARE * wide).mean()) if len(seen) and wide > 0 else math.nan
