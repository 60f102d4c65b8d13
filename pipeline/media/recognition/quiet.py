"""Where a recording is quiet: to 10 ms, for the edges of words. (Whether somebody speaks at all is
for pipeline/media/sound/vad.py to say.)"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE
from pipeline.media.recognition.cepstra import CEPSTRA_PER_S
from pipeline.nouns import Span

SHORTEST_S = 0.1
"""Shorter ones are the closures of stops, within words."""

SLIVER_S = 0.05
"""Less sound than this, on the other side of a quiet stretch, is of the neighbour."""

_STEP = SPEECH_RATE // CEPSTRA_PER_S
_DEEPEST_DB, _SHALLOWEST_DB = 40.0, 14.0
"""Below the loud parts, where a quiet stretch begins: 5 dB above the noise, between these."""

_ABOVE_NOISE_DB = 5.0
_SILENT = 1e-6


def levels_db(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of each 10 ms of 16 kHz samples [n]."""
    whole = np.pad(samples.astype(np.float64), (0, -len(samples) % _STEP)).reshape(-1, _STEP)
    return np.asarray(20 * np.log10(np.sqrt(np.square(whole).mean(axis=1)) + _SILENT))


def quiet_spans(levels: NDArray[np.float64]) -> tuple[Span, ...]:
    """Quiet stretches of the `levels_db` of a whole recording, in order; at its ends any length."""
    if not len(levels):
        return ()
    smooth = np.convolve(np.pad(levels, 1, mode="edge"), np.ones(3) / 3, "valid")
    loud, noise = (float(np.percentile(smooth, share)) for share in (95, 10))
    border = min(max(loud - _DEEPEST_DB, noise + _ABOVE_NOISE_DB), loud - _SHALLOWEST_DB)
    edges = np.flatnonzero(np.diff(np.pad((smooth < border).astype(np.int8), 1))).tolist()
    spans = (
        Span(start_s=start / CEPSTRA_PER_S, stop_s=stop / CEPSTRA_PER_S)
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
    )
    last_s = len(levels) / CEPSTRA_PER_S
    return tuple(
        span
        for span in spans
        if span.start_s == 0 or span.stop_s == last_s or span.stop_s - span.start_s >= SHORTEST_S
    )


def sounding_parts(span: Span, quiet: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of the span outside of the quiet, in order."""
    first = bisect_right(quiet, span.start_s, key=lambda each: each.stop_s)
    last = bisect_left(quiet, span.stop_s, key=lambda each: each.start_s)
    inside = quiet[first : max(first, last)]
    edges = [span.start_s, *(edge for q in inside for edge in (q.start_s, q.stop_s)), span.stop_s]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start_s=start, stop_s=stop) for start, stop in pairs if stop > start)


def within_sound(span: Span, quiet: Sequence[Span]) -> Span:
    """The span without the quiet at its ends, nor slivers of sound beyond a quiet stretch. One that
    lies in the quiet is left as it is."""
    parts = list(sounding_parts(span, quiet))
    while len(parts) > 1 and parts[0].stop_s - parts[0].start_s < SLIVER_S:
        del parts[0]
    while len(parts) > 1 and parts[-1].stop_s - parts[-1].start_s < SLIVER_S:
        del parts[-1]
    return Span(start_s=parts[0].start_s, stop_s=parts[-1].stop_s) if parts else span
