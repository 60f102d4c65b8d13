"""What cuts cost, and which pause is an anchor: the preferences of cutting, in numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import (
    Pause,
    SplitParams,
    anchors_of,
    best_cuts,
    chunk_cost,
    chunks_of,
    cut_cost,
    pauses_of,
)
from pipeline.nouns import Span

PARAMS = SplitParams(longest_s=8.0, shortest_s=2.0, silence_s=0.3, window_s=4.0)
"""At most 200 frames, at least 50, anchors 100 frames apart."""


def a_pause(at: int, length_s: float = 1.0, *, wide: int = 0, ends_sentence: bool = True) -> Pause:
    return Pause(first=at - wide, last=at + wide, length_s=length_s, ends_sentence=ends_sentence)


@pytest.mark.parametrize(
    ("frames", "segments"), [(50, 2), (94, 2), (95, 3), (141, 3), (142, 4), (200, 5)]
)
def test_a_chunk_costs_whole_segments(frames: int, segments: int) -> None:
    assert chunk_cost(frames, PARAMS) == segments * NEW_FRAMES


@pytest.mark.parametrize(("frames", "beyond"), [(49, 1), (1, 49), (201, 1), (230, 30)])
def test_each_frame_out_of_bounds_costs_more_than_two_segments(frames: int, beyond: int) -> None:
    segments = -(-frames // NEW_FRAMES)
    assert chunk_cost(frames, PARAMS) == segments * NEW_FRAMES + 100 * beyond


def test_a_brief_pause_costs_up_to_a_quarter_of_a_segment_more() -> None:
    calm, none, half = (cut_cost(a_pause(50, s)) for s in (0.6, 0.0, 0.3))
    assert (calm, none, half) == pytest.approx((11, 22, 16.5))
    assert cut_cost(a_pause(50, 9.0)) == calm


def test_a_cut_inside_a_sentence_costs_half_a_segment_more() -> None:
    inside = cut_cost(a_pause(50, ends_sentence=False))
    assert inside - cut_cost(a_pause(50)) == NEW_FRAMES // 2


def test_of_two_places_the_one_that_wastes_no_segment_is_cut() -> None:
    """Both pauses make allowed chunks; at 141 three whole segments lie before it, at 143 four."""
    assert best_cuts(0, 282, [a_pause(141), a_pause(143)], PARAMS) == (141,)
    assert best_cuts(0, 282, [a_pause(139), a_pause(141)], PARAMS) == (141,)


def test_of_two_places_as_good_the_calm_pause_is_cut() -> None:
    assert best_cuts(0, 282, [a_pause(130, 0.3), a_pause(141, 1.0)], PARAMS) == (141,)
    assert best_cuts(0, 270, [a_pause(130, 1.0), a_pause(135, 0.3)], PARAMS) == (130,)


def test_no_chunk_is_shorter_than_the_shortest_where_another_pause_serves() -> None:
    """The calmest pause would leave a chunk of 1.2 s; the brief one leaves none below 2 s."""
    pauses = [a_pause(30, 2.0), a_pause(130, 0.3)]
    assert best_cuts(0, 230, pauses, PARAMS) == (130,)


def test_a_long_take_is_cut_only_as_often_as_it_must() -> None:
    pauses = [a_pause(at) for at in range(47, 400, 47)]
    cuts = best_cuts(0, 376, pauses, PARAMS)
    assert len(cuts) == 1
    assert best_cuts(0, 200, pauses, PARAMS) == ()


def test_of_equally_strong_pauses_the_earlier_one_is_the_anchor() -> None:
    first, second = a_pause(200), a_pause(260)
    assert anchors_of([first, second], PARAMS.window_s) == (first,)
    assert anchors_of([first, second, a_pause(320)], PARAMS.window_s) == (first,)


def test_the_stronger_of_two_pauses_is_the_anchor_on_either_side() -> None:
    for strong, weak in ((200, 260), (260, 200)):
        pauses = sorted([a_pause(strong, 2.0), a_pause(weak, 1.0)], key=lambda p: p.first)
        assert [p.middle for p in anchors_of(pauses, PARAMS.window_s)] == [strong]


def test_pauses_a_window_apart_do_not_know_each_other() -> None:
    weak, strong = a_pause(200, 1.0), a_pause(301, 2.0)
    assert anchors_of([weak, strong], PARAMS.window_s) == (weak, strong)
    assert anchors_of([a_pause(201, 1.0), strong], PARAMS.window_s) == (strong,)


def test_the_end_of_a_sentence_is_stronger_than_a_longer_breath_inside() -> None:
    end, breath = a_pause(200, 0.4), a_pause(250, 2.0, ends_sentence=False)
    assert anchors_of([end, breath], PARAMS.window_s) == (end,)


@pytest.mark.parametrize(("at", "cut"), [(49, False), (50, True), (300, True), (301, False)])
def test_an_anchor_near_an_end_of_the_take_is_no_cut(at: int, cut: bool) -> None:
    chunks = chunks_of(350, sorted([a_pause(at), a_pause(175)], key=lambda p: p.first), PARAMS)
    assert (at in {chunk.start for chunk in chunks}) == cut


@given(st.lists(st.integers(60, 1900), min_size=1, max_size=20, unique=True))
def test_what_the_cuts_cost_is_the_least_of_all_choices(places: list[int]) -> None:
    """Against the plain search over all subsets of few pauses."""
    pauses = [a_pause(at) for at in sorted(places)[:8]]
    stop = pauses[-1].last + 100
    if stop <= PARAMS.longest_s * FPS:
        assert best_cuts(0, stop, pauses, PARAMS) == ()
        return

    def cost(cuts: list[int]) -> float:
        edges = [0, *cuts, stop]
        each = sum(chunk_cost(b - a, PARAMS) for a, b in pairwise(edges))
        return each + sum(cut_cost(p) for p in pauses if p.middle in cuts)

    every = [
        [p.middle for n, p in enumerate(pauses) if choice >> n & 1]
        for choice in range(1 << len(pauses))
    ]
    near = [
        cuts
        for cuts in every
        if all(b - a <= 2 * PARAMS.longest_s * FPS for a, b in pairwise([0, *cuts, stop]))
    ]
    if near:
        found = cost([*best_cuts(0, stop, pauses, PARAMS)])
        assert found <= min(map(cost, near)) + 1e-9


def plain_search(stop: int, pauses: list[Pause]) -> tuple[int, ...]:
    """The same search, place after place: whence it is cheapest to come, of equals the first."""
    costs = {
        place: cut_cost(pause) for pause in pauses for place in range(pause.first, pause.last + 1)
    } | {stop: 0.0}
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for place, here in costs.items():
        known = list(best.items())
        reached = [
            (cost + chunk_cost(place - before, PARAMS), before, cuts)
            for before, (cost, cuts) in known
            if place - before <= 2 * PARAMS.longest_s * FPS or before == known[-1][0]
        ]
        cheapest, before, cuts = min(reached)
        best[place] = cheapest + here, (*cuts, before)
    return best[stop][1][1:]


gaps = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 30), st.booleans()), max_size=25)


@given(gaps)
@settings(max_examples=40)
def test_the_cuts_are_those_that_a_plain_search_finds(drawn: list[tuple[int, int, bool]]) -> None:
    stop, pauses = 0, list[Pause]()
    for speech, length, ends in drawn:
        first = stop + speech
        stop = first + length
        pauses.append(Pause(first=first, last=stop - 1, length_s=length / FPS, ends_sentence=ends))
    stop += 700
    assert best_cuts(0, stop, pauses, PARAMS) == plain_search(stop, pauses)


def test_a_pause_begins_and_ends_a_margin_from_the_speech() -> None:
    spans = (Span(start_s=0.0, stop_s=2.0), Span(start_s=3.0, stop_s=5.0))
    (pause,) = pauses_of(spans, 125, 0.3)
    assert (pause.first, pause.last, pause.length_s) == (53, 72, 1.0)
    assert pauses_of(spans, 72, 0.3) == ()


def test_a_pause_that_is_too_brief_hides_none_behind_it() -> None:
    ends = [0.0, 2.0, 2.2, 4.0, 4.5, 6.0]
    spans = tuple(Span(start_s=a, stop_s=b) for a, b in zip(ends[::2], ends[1::2], strict=True))
    assert [pause.length_s for pause in pauses_of(spans, 150, 0.3)] == [0.5]
