"""A retake ends in the first pause behind the asked place, where it costs least."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cutting.cuts import Pause
from pipeline.cutting.take_up import take_up


def a_pause(first: int, last: int) -> Pause:
    return Pause(first=first, last=last, length_s=(last - first) / 25)


PAUSES = st.lists(st.integers(1, 400), min_size=0, max_size=12, unique=True).map(
    lambda ends: [
        a_pause(first, last)
        for first, last in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)
    ]
)
FRAMES = st.sets(st.integers(0, 400), max_size=6)


@given(PAUSES, st.integers(0, 300), st.integers(1, 100), FRAMES, FRAMES)
def test_it_ends_in_a_pause_behind_with_no_word_between(
    pauses: list[Pause], at: int, length: int, cuts: set[int], edges: set[int]
) -> None:
    behind = at + length
    found = take_up(at, behind, pauses, cuts, edges)
    ahead = [pause for pause in pauses if pause.last >= behind]
    if found is None:
        assert len(ahead) <= 1  # of one that it begins in, the part behind is too short
        return
    assert found > at
    (around,) = [pause for pause in pauses if pause.first <= found <= pause.last]
    assert around in ahead[:2]
    assert found >= behind or found in cuts
    joined = [cut for cut in cuts if ahead[0].first <= cut <= ahead[0].last]
    assert around == ahead[0] or (joined and joined[0] <= at)


def test_the_middle_of_the_pause_is_taken_where_nothing_begins_there() -> None:
    pauses = [a_pause(40, 60), a_pause(100, 120)]
    assert take_up(10, 30, pauses, [0], [0, 47 + 47]) == 50
    assert take_up(10, 55, pauses, [0], []) == 55
    assert take_up(10, 61, pauses, [0], []) == 110


def test_a_segment_that_begins_in_the_pause_is_not_drawn_for_a_few_frames() -> None:
    assert take_up(10, 30, [a_pause(40, 60)], [0], [0, 47]) == 47
    assert take_up(10, 50, [a_pause(40, 60)], [0], [0, 47]) == 50


def test_a_pause_in_which_chunks_are_cut_has_one_join() -> None:
    """Also where the end that was asked for is behind the cut: nothing is said between."""
    assert take_up(10, 30, [a_pause(40, 60)], [0, 42], [0, 42, 47]) == 42
    assert take_up(10, 50, [a_pause(40, 60)], [0, 42], [0, 42, 47]) == 42
    assert take_up(45, 50, [a_pause(40, 60), a_pause(90, 99)], [0, 42], []) == 94


def test_behind_the_last_pause_there_is_none() -> None:
    assert take_up(10, 61, [a_pause(40, 60)], [0], []) is None
    assert take_up(10, 20, [], [0], []) is None
