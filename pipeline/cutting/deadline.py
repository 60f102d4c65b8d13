"""Cutting a take further than it needs, so that it is on time: a pure function of its pauses
(docs/decisions/0232)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from model.shapes import FPS, segments_of
from pipeline.cutting.cuts import Pause, SplitParams
from pipeline.nouns import Chunk


def cut_for_deadline(
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
    """Frames at which the chunk is cut, in the middles of its pauses: the least excess over
    `longest` segments, then the fewest cuts (one inside a sentence counts twice), then the longest
    silences. One shorter than the shortest has no step at all, and stays whole."""
    places = [chunk.start, *(pause.middle for pause in pauses), chunk.stop]
    shortest = params.shortest_s * FPS
    steps = [
        (there, here, segments_of(places[here] - places[there]))
        for here in range(1, len(places))
        for there in range(here)
        if places[here] - places[there] >= shortest
    ]
    allowed = max(longest, _least_longest(steps, len(places)))
    prices = [(1 + (not pause.ends_sentence), -pause.length_s) for pause in pauses]
    return tuple(places[cut] for cut in _cheapest(steps, [(0, 0.0), *prices], allowed))


Step = tuple[int, int, int]
"""From one place to a later one, and the segments between them; in the order of the later place."""


def _least_longest(steps: Sequence[Step], places: int) -> int:
    """The least that the longest chunk can take, over all ways to the last place."""
    longest = [0, *([_NEVER] * (places - 1))]
    for there, here, segments in steps:
        longest[here] = min(longest[here], max(longest[there], segments))
    return longest[-1]


def _cheapest(
    steps: Sequence[Step], prices: Sequence[tuple[int, float]], allowed: int
) -> list[int]:
    """The places cut on the cheapest way to the last place whose chunks take at most `allowed`;
    `prices` are those of a cut at each place but the last. A place that no way leads to keeps what
    it began with, since a way over such a place is never cheaper than that."""
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    best += [(_NEVER, 0.0, 0)] * len(prices)
    for there, here, segments in steps:
        cuts, silent, _ = best[there]
        more, silence = prices[here] if here < len(prices) else (0, 0.0)
        if segments <= allowed:
            best[here] = min(best[here], (cuts + more, silent + silence, there))
    found = []
    here = best[-1][2]
    while here:
        found.append(here)
        here = best[here][2]
    return found[::-1]


_NEVER = 2**31
"""More cuts, or segments, than any chunk has."""
