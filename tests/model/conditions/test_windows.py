"""The windows in which a take is heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.conditions.windows import CONTEXT_FRAMES, LONGEST_FRAMES, Window, padded, windows

takes = st.integers(1, 20_000)


def test_a_take_of_30_s_is_heard_whole_and_padded_as_the_original_pads_it() -> None:
    assert windows(750) == (Window(start=0, stop=784, heard_start=0, heard_stop=750, silence=34),)


def test_a_take_that_fills_its_last_segment_is_not_padded() -> None:
    (window,) = windows(98)
    assert (window.stop, window.silence) == (98, 0)


def test_a_longer_take_is_heard_in_windows_with_2_s_on_each_side() -> None:
    assert windows(1600) == (
        Window(start=0, stop=750, heard_start=0, heard_stop=800),
        Window(start=750, stop=1500, heard_start=700, heard_stop=1550),
        Window(start=1500, stop=1617, heard_start=1450, heard_stop=1600, silence=17),
    )


@given(takes)
def test_windows_tile_the_padded_take(frames: int) -> None:
    parts = windows(frames)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert parts[-1].stop == padded(frames)


@given(takes)
def test_every_window_hears_its_frames_and_no_more_than_34_s(frames: int) -> None:
    for window in windows(frames):
        assert 0 <= window.heard_start <= window.start
        assert window.stop <= window.heard_stop + window.silence
        assert window.heard_stop <= frames
        assert window.heard_stop - window.heard_start <= LONGEST_FRAMES + 2 * CONTEXT_FRAMES


@given(takes, takes)
def test_what_happens_at_the_end_of_a_take_stays_there(first: int, second: int) -> None:
    shorter, longer = sorted((first, second))
    before, after = windows(shorter), windows(longer)
    for window in before:
        if window.start + LONGEST_FRAMES + CONTEXT_FRAMES <= shorter:
            assert window in after


def test_a_take_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        windows(0)
