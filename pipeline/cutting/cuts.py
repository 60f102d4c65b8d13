"""Where a take is cut into chunks: a pure function of its pauses and words, local under edits.

Cuts fall on the frame grid inside pauses, never in a word. A pause that is the strongest within
`window_s` on both sides is an anchor, and is always cut; only what lies between two anchors is
optimised. An edit can therefore move only the cuts up to the next anchors beside it
(docs/decisions/0004, 0313).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS, NEW_FRAMES, segments_of
from pipeline.nouns import Chunk, Span
from pipeline.words import Words

RULES = 2
"""Number of these rules, part of a cut list's name. 2: words are known."""

NO_WORDS = Words()


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
    """Frames `first` to `last` (both included) at which the take may be cut between two words.

    `ends_sentence` also where nobody knows the words.
    """

    first: int
    last: int
    length_s: float
    ends_sentence: bool = True

    @property
    def middle(self) -> int:
        return (self.first + self.last) // 2

    @property
    def strength(self) -> tuple[bool, float]:
        """Ends of sentences go before all others, longer pauses before shorter ones."""
        return self.ends_sentence, self.length_s


_MARGIN_S = 0.1
"""A cut keeps this distance from the words on both sides."""

_CUT_COST = NEW_FRAMES // 4
"""A cut costs a join; in frames of rendering that one would spend to avoid it."""

_INSIDE_COST = NEW_FRAMES // 2
"""What a cut inside a sentence costs more: the head begins anew while the thought goes on."""

_BRIEF_COST = NEW_FRAMES // 4
_CALM_S = 0.6
"""What a pause without length would cost more; none does that is as long as this."""

_OUT_OF_BOUNDS = 100
"""Cost of each frame by which a chunk is longer or shorter than allowed."""


def pauses_of(
    spans: Sequence[Span], frames: int, silence_s: float, words: Words = NO_WORDS
) -> tuple[Pause, ...]:
    """The pauses of at least `silence_s` between spans of speech; the take's two ends are none.

    Where the times of words are known, a pause is cut to what lies between two words.
    """
    found = []
    starts = [word.start_s for word in words.words]
    known = words.source != "spread"  # spread over its sentence, a word's time is only guessed
    for before, after in pairwise(spans):
        length_s = after.start_s - before.stop_s
        if length_s < silence_s - 1e-9:
            continue
        earliest, latest = before.stop_s + _MARGIN_S, after.start_s - _MARGIN_S
        at = bisect_left(starts, (earliest + latest) / 2)
        last_word, next_word = words.words[max(0, at - 1) : at], words.words[at : at + 1]
        if known:
            earliest = max([earliest, *(word.stop_s for word in last_word)])
            latest = min([latest, *(word.start_s for word in next_word)])
        first, last = -int(-earliest * FPS // 1), int(latest * FPS)
        if 0 < first <= last < frames:
            around = [word.sentence for word in (*last_word, *next_word)]
            goes_on = len(around) == 2 and around[0] == around[1]  # noqa: PLR2004 - a word on each side
            length_s = round(length_s, 3)
            pause = Pause(first=first, last=last, length_s=length_s, ends_sentence=not goes_on)
            found.append(pause)
    return tuple(found)


def anchors_of(pauses: Sequence[Pause], window_s: float) -> tuple[Pause, ...]:
    """The pauses stronger than all others within the window; of equals the earlier one counts."""
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
        if other.strength > pause.strength or (earlier and other.strength == pause.strength):
            return False
    return True


def chunks_of(frames: int, pauses: Sequence[Pause], params: SplitParams) -> tuple[Chunk, ...]:
    """Chunks that tile the `frames` of a take exactly, cut in its pauses.

    No chunk is longer than `longest_s` where there is a pause to cut; speech without a pause stays
    whole, since a cut inside a word is worse than a long chain.
    """
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
    costs ceil(n / 47) segments; a cut costs a quarter of a segment, as much again in a brief pause,
    and half a segment more inside a sentence.
    """
    if stop - start <= params.longest_s * FPS:
        return ()
    places, here_costs = [start], [0.0]
    for pause in pauses:
        frames = range(pause.first, pause.last + 1)
        places += frames
        here_costs += [cut_cost(pause)] * len(frames)
    within = int(2 * params.longest_s * FPS)
    at, prices = np.array(places), _chunk_costs(within, params)
    cost, before = np.zeros(len(places) + 1), [0]
    for here, place in enumerate([*places[1:], stop], start=1):
        there = min(bisect_left(places, place - within), here - 1)
        if there == here - 1:
            cheapest = cost[there] + chunk_cost(place - places[there], params)
        else:  # of equals the earliest
            options = cost[there:here] + prices[place - at[there:here]]
            nearest = int(options.argmin())
            cheapest, there = options[nearest], there + nearest
        cost[here] = cheapest + (here_costs[here] if here < len(places) else 0.0)
        before.append(there)
    cuts = []
    here = before[-1]
    while here:
        cuts.append(places[here])
        here = before[here]
    return tuple(reversed(cuts))


def cut_cost(pause: Pause) -> float:
    """What a cut in this pause costs, in frames."""
    brief = _BRIEF_COST * max(0.0, 1 - pause.length_s / _CALM_S)
    return _CUT_COST + brief + (0 if pause.ends_sentence else _INSIDE_COST)


def chunk_cost(frames: int, params: SplitParams) -> float:
    """What a chunk costs in frames: its segments, and what breaks the bounds."""
    too_long = max(0.0, frames - params.longest_s * FPS)
    too_short = max(0.0, params.shortest_s * FPS - frames)
    return segments_of(frames) * NEW_FRAMES + _OUT_OF_BOUNDS * (too_long + too_short)


@cache
def _chunk_costs(longest: int, params: SplitParams) -> NDArray[np.float64]:
    """What chunks of 0 to `longest` frames cost."""
    costs = np.array([chunk_cost(frames, params) for frames in range(longest + 1)])
    costs.flags.writeable = False
    return costs


def plan_chunks(
    frames: int,
    pauses: Sequence[Pause],
    continuity: Literal["auto", "chain", "cut"],
    longest_chain_s: float,
    params: SplitParams,
) -> tuple[Chunk, ...]:
    """One chain for the whole take, or chunks: `auto` cuts only what the preset's longest chain
    cannot hold."""
    chain = continuity == "chain" or (continuity == "auto" and frames <= longest_chain_s * FPS)
    if chain:
        return (Chunk(index=0, start=0, stop=frames),)
    return chunks_of(frames, pauses, params)
