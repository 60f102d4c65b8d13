"""Phones guessed from loudness alone: the last resort, when nothing could be recognised."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE
from pipeline.nouns import Phone

STEP = SPEECH_RATE // 25
_FLOOR = 10 ** (-50 / 20)


def phones_of_loudness(samples: NDArray[np.float32]) -> tuple[Phone, ...]:
    """Per frame of 40 ms a wide vowel, a narrow one or silence, against the loud parts around."""
    whole = np.pad(samples, (0, -len(samples) % STEP)).reshape(-1, STEP)
    level = np.sqrt(np.mean(np.square(whole, dtype=np.float64), axis=1))
    loud = max(float(np.percentile(level, 90)) if len(level) else 0.0, _FLOOR)
    classes = np.digitize(level, [0.1 * loud, 0.5 * loud])
    return tuple(_runs(classes.tolist(), len(samples) / SPEECH_RATE))


def _runs(classes: list[int], length_s: float) -> Iterator[Phone]:
    runs = [(("SIL", "AH", "AA")[kind], len(list(run))) for kind, run in groupby(classes)]
    edges = np.cumsum([0, *(length for _, length in runs)]) * STEP / SPEECH_RATE
    for (name, _), (start, stop) in zip(runs, pairwise(edges.tolist()), strict=True):
        yield Phone(start_s=start, stop_s=min(stop, length_s), name=name)
