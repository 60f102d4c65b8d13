"""Values over the frames of a clip: how two go together, and how one drifts. NaN is no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.quality.column_statistics import mean_of

Series = NDArray[np.float64]
"""[frames], one value a frame; NaN where nothing could be measured."""

DRIFT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Means over the first and the last seconds of a clip, and what was added between them."""

    first: float
    last: float

    @property
    def change(self) -> float:
        return self.last - self.first


def drift_of(series: Series, step: int = 1, seconds: float = DRIFT_S) -> Drift:
    """Of a value measured at every `step`-th frame. The spans must not overlap: `ValueError`."""
    span = round(seconds * FPS / step)
    if len(series) < 2 * span:
        raise ValueError(
            f"{len(series) * step / FPS:.1f} s are too short for a drift between the first and the "
            f"last {seconds:g} s; measure a longer clip"
        )
    return Drift(first=mean_of(series[:span]), last=mean_of(series[-span:]))


RESAMPLED, TAILS = 2000, (2.5, 97.5)


def interval_of(values: Series, centre: Callable[[Series], float] = mean_of) -> tuple[float, float]:
    """Where 95 % of the centres of resampled values lie; NaN without any. Draws are fixed."""
    there = values[np.isfinite(values)]
    if not len(there):
        return float("nan"), float("nan")
    drawn = np.random.default_rng(0).integers(len(there), size=(RESAMPLED, len(there)))
    low, high = np.percentile([centre(there[row]) for row in drawn], TAILS)
    return float(low), float(high)
