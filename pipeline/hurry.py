"""Cutting a take further than it needs, so that it is on time: a pure function of its pauses
(docs/decisions/0232)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from model.shapes import FPS, segments_of
from pipeline.cuts import Pause, SplitParams
from pipeline.nouns import Chunk

_NO_WAY = (2**31, 0, 0.0, 0)
"""No cut leads here: a chunk would be too short."""


def hurried(
    chunks: Sequence[Chunk], pauses: Sequence[Pause], longest: int, params: SplitParams
) -> tuple[Chunk, ...]:
    """The chunks cut further so that none takes more than `longest` segments, as far as there are
    pauses: with the fewest cuts that do it, at the longest silences among those."""
    cuts = [0]
    for chunk in chunks:
        inside = [pause for pause in pauses if chunk.start < pause.first <= pause.last < chunk.stop]
        cuts += [*fewest_cuts(chunk, inside, longest, params), chunk.stop]
    return tuple(
        Chunk(index=index, start=start, stop=stop)
        for index, (start, stop) in enumerate(pairwise(cuts))
    )


def fewest_cuts(
    chunk: Chunk, pauses: Sequence[Pause], longest: int, params: SplitParams
) -> tuple[int, ...]:
    """Frames at which the chunk is cut, by dynamic programming over the middles of its pauses: the
    least excess over `longest` segments, then the fewest cuts and those inside sentences, then the
    longest silences."""
    places = [chunk.start, *(pause.middle for pause in pauses), chunk.stop]
    silence_s = [0.0, *(pause.length_s for pause in pauses), 0.0]
    inside = [0, *(not pause.ends_sentence for pause in pauses), 0]
    shortest = params.shortest_s * FPS
    best: list[tuple[int, int, float, int]] = [(0, 0, 0.0, 0)]
    for here in range(1, len(places)):
        options = []
        for there in range(here):
            frames = places[here] - places[there]
            if frames < shortest and (there or here < len(places) - 1):
                continue
            over, cuts, silent, _ = best[there]
            excess = max(over, segments_of(frames) - longest)
            options.append((excess, cuts + 1 + inside[here], silent - silence_s[here], there))
        best.append(min(options, default=_NO_WAY))
    found = []
    here = best[-1][3]
    while here:
        found.append(places[here])
        here = best[here][3]
    return tuple(reversed(found))
