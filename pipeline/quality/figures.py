"""Figures of a segment and of a whole take, from the columns of its frames: pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.quality.series import Column, SegmentSeries
from pipeline.quality.speech import Frameset, SpeechCurves

LEAST_CHANGE = 0.004
"""Mean grey levels below which a frame is the one before: a still head breathes and blinks more."""

DARK, DARK_SHARE = 16.0, 0.25
"""A black frame: darker than this of 255, and than this share of the portrait."""

LEAST_PRESENCE = 0.5

FEWEST_FRAMES = 12
"""Half a second: over less nothing is said of how a mouth moves."""

LEAST_SPREAD = 0.1
"""Grey levels: a still stretch has no spread, and there any change would be infinitely rare."""

MOST_LAG = 10
"""Frames by which lips are looked for before and behind the speech."""

UNSEEN_LAG = 2
"""Frames between lips and speech that a gate lets pass (EBU R37: 40 ms early, 60 ms late)."""

WINDOW_S, WINDOW_STEP_S = 4.0, 1.0
"""Windows of which each has a lag of its own."""

DRIFT_S = 5.0
"""Of the first and the last seconds that a drift is between."""

CLOSED_SHARE = 0.35
"""Lips meet where their gap is at most this share of what it is when wide open."""

AROUND = 2
"""Frames about the middle of a sound in which its closure is looked for."""

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
        "identity": middle(series.identity),
        "colour": mean(series.colour),
        "sharpness": middle(series.detail),
        "flicker": 1 - mean(series.behind) / 255,
        "black": float(black_frames(series.luma, luma).sum()),
        "seam": seam_of(series.change),
        "lip_motion": deviation(series.gap, spoken.said),
        "silent_mouth": deviation(series.gap, spoken.silent),
        "head_motion": head_motion(series),
    }
    found |= frozen_figures(series.change, spoken)
    found |= drifts_of(found, first)
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
        "take_identity": middle(series.identity),
        "take_identity_p95": percentile(series.identity, 95),
        "take_identity_drift": drift(series.identity),
        "take_colour_drift": drift(series.colour),
        "take_sharpness_drift": ratio(series.detail),
        "take_seam": most(np.array(list(seams_inside(parts)), np.float32)),
        "take_black": float(black_frames(series.luma, luma).sum()),
        "take_flicker": 1 - worst_second(series.behind) / 255,
        "take_lip_motion": deviation(series.gap, spoken.said),
        "take_silent_mouth": deviation(series.gap, spoken.silent),
        "closures": closures(series.gap, spoken.meet),
        "vowels": mean(series.gap[spoken.open_vowels]) - mean(series.gap[spoken.close_vowels]),
        "take_head_motion": head_motion(series),
    }
    found |= {
        f"take_{name}": value for name, value in frozen_figures(series.change, spoken).items()
    }
    found |= lip_figures(series.gap, spoken)
    return {name: round(value, 6) for name, value in found.items() if math.isfinite(value)}


def lip_figures(gap: Column, spoken: SpeechCurves) -> dict[str, float]:
    """How the lips go with the speech, in place and at the best lag."""
    opening = spoken.opening
    lags = np.abs([best_lag(gap[a:b], opening[a:b]) for a, b in lag_windows(len(gap))])
    return {
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


def correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Pearson's, over the frames that both have, of the longer one its first; NaN where too few are
    left or one never moves."""
    frames = min(len(one), len(other))
    one, other = one[:frames], other[:frames]
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < FEWEST_FRAMES:
        return math.nan
    first = np.asarray(one[both], np.float64)
    second = np.asarray(other[both], np.float64)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float(first @ second) / size if size > 0 else math.nan


def closures(gap: Column, meet: Frameset) -> float:
    """The share of sounds of both lips at which they meet; NaN without any or without a face."""
    wide = percentile(gap, 95)
    at = np.flatnonzero(meet[: len(gap)])
    least = [lowest(gap[max(0, frame - AROUND) : frame + AROUND + 1]) for frame in at]
    seen = np.array([value for value in least if math.isfinite(value)])
    return float((seen <= CLOSED_SHARE * wide).mean()) if len(seen) and wide > 0 else math.nan


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


def stands_out(value: float, others: NDArray[np.floating]) -> float:
    there = others[np.isfinite(others)].astype(np.float64)
    if not len(there):
        return math.nan
    return (value - float(there.mean())) / max(float(there.std()), LEAST_SPREAD)


def black_frames(luma: Column, portrait: float) -> Frameset:
    return np.asarray(luma < min(DARK, DARK_SHARE * portrait))


def head_motion(series: SegmentSeries) -> float:
    """How far the nose goes from its middle place, in eye spans."""
    across, down = series.nose_x, series.nose_y
    away = np.hypot(across - middle(across), down - middle(down))
    return most(away)


def longest(marked: Frameset) -> int:
    """The most frames in a row that are marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def worst_second(behind: Column) -> float:
    """The largest mean of a second's frames."""
    parts = [mean(behind[at : at + FPS]) for at in range(0, max(len(behind) - FPS, 0) + 1, FPS)]
    return most(np.array(parts, np.float32))


def drift(column: Column) -> float:
    """The mean of the last seconds less that of the first; NaN for what is too short."""
    span = round(DRIFT_S * FPS)
    if len(column) < 2 * span:
        return math.nan
    return mean(column[-span:]) - mean(column[:span])


def ratio(column: Column) -> float:
    """The mean of the last seconds over that of the first; NaN for what is too short."""
    span = round(DRIFT_S * FPS)
    if len(column) < 2 * span:
        return math.nan
    return mean(column[-span:]) / max(mean(column[:span]), 1e-6)


def deviation(column: Column, where: Frameset) -> float:
    """Standard deviation over the frames meant; NaN where they are fewer than half a second."""
    there = column[where[: len(column)]]
    there = there[np.isfinite(there)]
    return float(there.std()) if len(there) >= FEWEST_FRAMES else math.nan


def share_of(marked: Frameset) -> float:
    return float(marked.mean()) if len(marked) else math.nan


def mean(column: NDArray[np.floating]) -> float:
    there = column[np.isfinite(column)]
    return float(there.mean(dtype=np.float64)) if len(there) else math.nan


def middle(column: NDArray[np.floating]) -> float:
    return percentile(column, 50)


def percentile(column: NDArray[np.floating], share: float) -> float:
    there = column[np.isfinite(column)]
    return float(np.percentile(there.astype(np.float64), share)) if len(there) else math.nan


def most(column: NDArray[np.floating]) -> float:
    there = column[np.isfinite(column)]
    return float(there.max()) if len(there) else math.nan


def lowest(column: NDArray[np.floating]) -> float:
    there = column[np.isfinite(column)]
    return float(there.min()) if len(there) else math.nan
