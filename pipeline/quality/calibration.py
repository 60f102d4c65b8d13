"""From the figures of good clips to gates, for each preset and language: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.quality.gates import Gate
from pipeline.quality.measures import MEASURES

FEWEST_FIGURES = 30
"""Of a measure, from which on a quantile is believed."""

LEAST_SHARE = 0.02
"""The distance from the middle to the quantile counts as this part of the middle at least: where
all clips have one figure, a gate at it would fail the first that differs."""

DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodClip:
    """What was measured of one segment or take that is good."""

    preset: str
    language: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """`quantile`: this part of the good figures may be warned of. `margin`: what fails lies so many
    times the distance from the median to the quantile beyond it."""

    quantile: float = 0.01
    margin: float = 1.0


def calibrated(clips: Iterable[GoodClip], how: Calibration) -> Iterator[Gate]:
    """A gate for each preset, language and measure with figures enough, in their order."""
    found: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for clip in clips:
        for name, value in clip.figures.items():
            if name in MEASURES:
                found[clip.preset, clip.language, name].append(value)
    for (preset, language, name), values in sorted(found.items()):
        if len(values) >= FEWEST_FIGURES:
            yield _gate(name, values, how, preset, language)


def _gate(name: str, values: Iterable[float], how: Calibration, preset: str, language: str) -> Gate:
    measure, good = MEASURES[name], np.array(list(values))
    higher = measure.better == "higher"
    middle = float(np.median(good))
    edge = float(np.quantile(good, how.quantile if higher else 1 - how.quantile))
    distance = max(abs(middle - edge), LEAST_SHARE * abs(middle))
    away = -distance if higher else distance
    return Gate(
        measure=name,
        better=measure.better,
        span=measure.span,
        unit=measure.unit,
        warn=round(middle + away, DIGITS),
        fail=round(middle + away * (1 + how.margin), DIGITS),
        presets=(preset,),
        languages=(language,),
    )


def heading(how: Calibration, clips: int, outs: Iterable[str]) -> str:
    """What the file says of itself."""
    return (
        f"Gates calibrated from {clips} good segments and takes of {', '.join(outs)}.\n"
        f"warn: the {how.quantile:g} quantile of good figures; fail: {how.margin:g} of the "
        "distance from their median beyond it."
    )
