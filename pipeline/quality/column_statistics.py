"""Numbers that sum up columns; what is NaN was not measured and does not count."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.media.picture.optical_flow import seam_score
from pipeline.quality.series import Column
from pipeline.quality.speech import Frameset

FEWEST_FRAMES = 12
"""Half a second: over less nothing is said of how a mouth moves."""

NO_CHANGE = 1e-9
"""The range of a column over its largest number, below which it is one number, rounded."""

DRIFT_S = 5.0
"""Of the first and the last seconds that a drift is between."""


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
    if min(_relative_range(first), _relative_range(second)) < NO_CHANGE:
        return math.nan
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float(first @ second) / size if size > 0 else math.nan


def _relative_range(values: NDArray[np.float64]) -> float:
    most = float(np.abs(values).max())
    return float(np.ptp(values)) / most if most > 0 else 0.0


def stands_out(change: float, others: NDArray[np.floating]) -> float:
    """The seam score of a change beside others; NaN without any."""
    there = others[np.isfinite(others)].astype(np.float64)
    return seam_score(change, there) if len(there) else math.nan


def longest(marked: Frameset) -> int:
    """The most frames in a row that are marked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def means_at_ends(column: Column) -> tuple[float, float]:
    """The means of the first and of the last seconds; NaN for what is too short for both."""
    span = round(DRIFT_S * FPS)
    if len(column) < 2 * span:
        return math.nan, math.nan
    return mean_of(column[:span]), mean_of(column[-span:])


def drift(column: Column) -> float:
    """The mean of the last seconds less that of the first."""
    first, last = means_at_ends(column)
    return last - first


def ratio(column: Column) -> float:
    """The mean of the last seconds over that of the first."""
    first, last = means_at_ends(column)
    return last / max(first, 1e-6) if math.isfinite(first) else math.nan


def deviation(column: Column, where: Frameset) -> float:
    """Standard deviation over the frames meant; NaN where they are fewer than half a second."""
    there = column[where[: len(column)]]
    there = there[np.isfinite(there)]
    return float(there.std()) if len(there) >= FEWEST_FRAMES else math.nan


def share_of(marked: Frameset) -> float:
    return float(marked.mean()) if len(marked) else math.nan


def mean_of(column: NDArray[np.floating]) -> float:
    """Of the values there are; NaN without any."""
    there = column[np.isfinite(column)]
    return float(there.mean(dtype=np.float64)) if len(there) else math.nan


def median_of(column: NDArray[np.floating]) -> float:
    """Of the values there are; NaN without any."""
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
