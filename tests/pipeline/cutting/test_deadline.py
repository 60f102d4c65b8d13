"""Cuts that a deadline asks for, against the plain search over all choices."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from model.shapes import FPS, NEW_FRAMES, segments_of
from pipeline.cutting.cuts import Pause, SplitParams
from pipeline.cutting.deadline import cut_for_deadline, fewest_cuts
from pipeline.nouns import Chunk

PARAMS = SplitParams(longest_s=40.0, shortest_s=2.0, silence_s=0.3, window_s=14.0)


def a_pause(at: int, length_s: float = 1.0, *, ends_sentence: bool = True) -> Pause:
    return Pause(first=at, last=at, length_s=length_s, ends_sentence=ends_sentence)


def a_chunk(start: int, stop: int) -> Chunk:
    return Chunk(index=0, start=start, stop=stop)


Price = tuple[int, int, float]


def price(chunk: Chunk, cuts: list[Pause], longest: int) -> Price | None:
    """Excess, cuts (those inside sentences twice), silence given up; None for a chunk too short."""
    edges = [chunk.start, *(cut.middle for cut in cuts), chunk.stop]
    frames = [b - a for a, b in pairwise(edges)]
    if cuts and min(frames) < PARAMS.shortest_s * FPS:
        return None
    excess = max(0, max(segments_of(n) for n in frames) - longest)
    count = len(cuts) + sum(not cut.ends_sentence for cut in cuts)
    return excess, count, -sum(cut.length_s for cut in cuts)


pauses = st.lists(
    st.tuples(st.integers(1, 499), st.sampled_from([0.3, 0.5, 1.0]), st.booleans()),
    max_size=6,
    unique_by=lambda each: each[0],
)


@given(pauses, st.integers(1, 9), st.integers(0, 300))
def test_no_choice_of_pauses_is_better(
    places: list[tuple[int, float, bool]], longest: int, start: int
) -> None:
    chunk = a_chunk(start, start + 500)
    there = [a_pause(start + at, s, ends_sentence=end) for at, s, end in sorted(places)]
    every = [
        [p for n, p in enumerate(there) if choice >> n & 1] for choice in range(1 << len(there))
    ]
    prices = [found for cuts in every if (found := price(chunk, cuts, longest)) is not None]
    chosen = fewest_cuts(chunk, there, longest, PARAMS)
    found = price(chunk, [p for p in there if p.middle in chosen], longest)
    assert found is not None
    best = min(prices)
    assert found[:2] == best[:2]
    assert abs(found[2] - best[2]) < 1e-9


def test_what_fits_is_not_cut() -> None:
    chunk = a_chunk(0, 3 * NEW_FRAMES)
    assert fewest_cuts(chunk, [a_pause(70)], 3, PARAMS) == ()
    assert fewest_cuts(chunk, [a_pause(70)], 2, PARAMS) == (70,)


def test_a_chunk_as_short_as_the_shortest_is_allowed_and_no_shorter() -> None:
    chunk = a_chunk(0, 200)
    assert fewest_cuts(chunk, [a_pause(50)], 4, PARAMS) == (50,)
    assert fewest_cuts(chunk, [a_pause(49)], 4, PARAMS) == ()
    assert fewest_cuts(chunk, [a_pause(150)], 4, PARAMS) == (150,)
    assert fewest_cuts(chunk, [a_pause(151)], 4, PARAMS) == ()


def test_a_take_too_short_to_be_cut_stays_whole() -> None:
    assert fewest_cuts(a_chunk(0, 40), [a_pause(20)], 0, PARAMS) == ()


def test_each_chunk_is_cut_in_its_own_pauses_alone() -> None:
    """A pause that touches a chunk's edge belongs to no chunk."""
    chunks = (a_chunk(0, 200), Chunk(index=1, start=200, stop=400))
    reaching = Pause(first=100, last=200, length_s=1.0)
    inside = Pause(first=260, last=340, length_s=1.0)
    cut = cut_for_deadline(chunks, [reaching, inside], 3, PARAMS)
    assert [(c.index, c.start, c.stop) for c in cut] == [(0, 0, 200), (1, 200, 300), (2, 300, 400)]
    widest = Pause(first=201, last=399, length_s=1.0)
    assert [c.start for c in cut_for_deadline(chunks, [widest], 3, PARAMS)] == [0, 200, 300]
