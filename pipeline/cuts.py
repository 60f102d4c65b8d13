"""Where a take is cut into chunks: a pure function of its speech spans, local under edits.

Cuts fall on the frame grid inside pauses. A pause that is the longest within `window_s` on both
sides is an anchor, and is always cut; only what lies between two anchors is optimised. An edit can
therefore move only the cuts up to the next anchors beside it (docs/decisions/0004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from model.shapes import FPS, NEW_FRAMES, segments_of
from pipeline.nouns import Chunk, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitParams:
    """Longest and shortest chunk, the shortest pause that may be cut, the anchors' window:
    seconds."""

    longest_s: float = 28.0
    shortest_s: float = 3.0
    silence_s: float = 0.3
    window_s: float = 14.0

    def __post_init__(self) -> None:
        if min(self.shortest_s, self.silence_s, self.window_s) <= 0:
            raise ValueError("all of shortest_s, silence_s and window_s must be above 0")
        if self.longest_s <= self.shortest_s:
            raise ValueError("longest_s must be above shortest_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Frames `first` to `last` (both included) at which the take may be cut between two words."""

    first: int
    last: int
    length_s: float

    @property
    def middle(self) -> int:
        return (self.first + self.last) // 2


_MARGIN_S = 0.1
"""A cut keeps this distance from the words on both sides."""

_CUT_COST = NEW_FRAMES // 4
"""A cut costs a join; in frames of rendering that one would spend to avoid it."""

_NO_WAY = (2**31, 0, 0.0, 0)
"""No cut leads here: a chunk would be too short."""

_OUT_OF_BOUNDS = 100
"""Cost of each frame by which a chunk is longer or shorter than allowed."""


def pauses_of(spans: Sequence[Span], frames: int, silence_s: float) -> tuple[Pause, ...]:
    """The pauses between speech spans that are long enough, without the take's two ends."""
    found = []
    for before, after in pairwise(spans):
        length_s = after.start_s - before.stop_s
        first = -int(-(before.stop_s + _MARGIN_S) * FPS // 1)
        last = int((after.start_s - _MARGIN_S) * FPS)
        if length_s >= silence_s - 1e-9 and 0 < first <= last < frames:
            found.append(Pause(first=first, last=last, length_s=round(length_s, 3)))
    return tuple(found)


def anchors_of(pauses: Sequence[Pause], window_s: float) -> tuple[Pause, ...]:
    """The pauses longer than all others within the window; of equals the earlier one counts."""
    window = window_s * FPS
    return tuple(
        pause
        for index, pause in enumerate(pauses)
        if _beats(pause, pauses, range(index - 1, -1, -1), window, earlier=True)
        and _beats(pause, pauses, range(index + 1, len(pauses)), window, earlier=False)
    )


def _beats(
    pause: Pause, pauses: Sequence[Pause], others: range, window: float, *, earlier: bool
) -> bool:
    for index in others:
        other = pauses[index]
        if abs(other.middle - pause.middle) > window:
            return True
        if other.length_s > pause.length_s or (earlier and other.length_s == pause.length_s):
            return False
    return True


def chunks_of(frames: int, spans: Sequence[Span], params: SplitParams) -> tuple[Chunk, ...]:
    """Chunks that tile the `frames` of a take exactly, cut in its pauses.

    No chunk is longer than `longest_s` where there is a pause to cut; speech without a pause stays
    whole, since a cut inside a word is worse than a long chain.
    """
    pauses = pauses_of(spans, frames, params.silence_s)
    shortest = params.shortest_s * FPS
    anchors = [
        pause
        for pause in anchors_of(pauses, params.window_s)
        if shortest <= pause.middle <= frames - shortest
    ]
    edges = [0, *(anchor.middle for anchor in anchors), frames]
    cuts = [0]
    for start, stop in pairwise(edges):
        inside = [p for p in pauses if start < p.first and p.last < stop]
        cuts += [*best_cuts(start, stop, inside, params), stop]
    return tuple(
        Chunk(index=index, start=start, stop=stop)
        for index, (start, stop) in enumerate(pairwise(cuts))
    )


def best_cuts(
    start: int, stop: int, pauses: Sequence[Pause], params: SplitParams
) -> tuple[int, ...]:
    """The cheapest cuts between two anchors, by dynamic programming over the cut frames in
    `pauses`.

    The cost is counted in rendered frames: 47 for every segment begun, so that a chunk of n frames
    costs ceil(n / 47) segments; a cut costs a quarter of a segment.
    """
    if stop - start <= params.longest_s * FPS:
        return ()
    places = [start, *(frame for p in pauses for frame in range(p.first, p.last + 1)), stop]
    cost: list[float] = [0.0]
    before = [0]
    for here in range(1, len(places)):
        options = [
            (cost[there] + chunk_cost(places[here] - places[there], params), there)
            for there in range(here - 1, -1, -1)
            if there == here - 1 or places[here] - places[there] <= 2 * params.longest_s * FPS
        ]
        cheapest, there = min(options)
        cost.append(cheapest)
        before.append(there)
    cuts = []
    here = before[-1]
    while here:
        cuts.append(places[here])
        here = before[here]
    return tuple(reversed(cuts))


def chunk_cost(frames: int, params: SplitParams) -> float:
    """What a chunk costs in frames: its segments, one join, and what breaks the bounds."""
    too_long = max(0.0, frames - params.longest_s * FPS)
    too_short = max(0.0, params.shortest_s * FPS - frames)
    return segments_of(frames) * NEW_FRAMES + _CUT_COST + _OUT_OF_BOUNDS * (too_long + too_short)


def plan_chunks(
    frames: int,
    spans: Sequence[Span],
    continuity: Literal["auto", "chain", "cut"],
    longest_chain_s: float,
    params: SplitParams,
) -> tuple[Chunk, ...]:
    """One chain for the whole take, or chunks: `auto` cuts only what the preset's longest chain
    cannot hold."""
    chain = continuity == "chain" or (continuity == "auto" and frames <= longest_chain_s * FPS)
    if chain:
        return (Chunk(index=0, start=0, stop=frames),)
    return chunks_of(frames, spans, params)


def hurried(
    chunks: Sequence[Chunk], spans: Sequence[Span], longest: int, params: SplitParams
) -> tuple[Chunk, ...]:
    """The chunks cut further so that none takes more than `longest` segments, as far as there are
    pauses: with the fewest cuts that do it, at the longest silences among those."""
    pauses = pauses_of(spans, chunks[-1].stop, params.silence_s)
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
    least excess over `longest` segments, then the fewest cuts, then the longest silences."""
    places = [chunk.start, *(pause.middle for pause in pauses), chunk.stop]
    silence_s = [0.0, *(pause.length_s for pause in pauses), 0.0]
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
            options.append((excess, cuts + 1, silent - silence_s[here], there))
        best.append(min(options, default=_NO_WAY))
    found = []
    here = best[-1][3]
    while here:
        found.append(places[here])
        here = best[here][3]
    return tuple(reversed(found))
