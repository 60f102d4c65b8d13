"""How far apart two videos are, counted by hand on pictures of two by three pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.verify.closeness import ROUNDING, FrameDifference, Tolerance, difference_of, tolerance_of
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY
from pipeline.renderer import Frames

BLACK = np.zeros((4, 2, 3, 3), np.uint8)
"""Four frames [frame, height, width, channel]."""


def changed(*steps: tuple[tuple[int, int, int, int], int]) -> Frames:
    """The black frames with some channels set."""
    frames = BLACK.copy()
    for place, value in steps:
        frames[place] = value
    return frames


def test_the_same_frames_do_not_differ_however_they_come() -> None:
    assert difference_of([BLACK], [BLACK[:1], BLACK[1:]]) == FrameDifference(frames=4)
    assert difference_of([], []) == FrameDifference()


@pytest.mark.parametrize("backwards", [False, True])
def test_a_difference_is_of_pixels_and_of_the_frame_that_differs_most(backwards: bool) -> None:
    """Two channels of one pixel and one of another in a frame, one pixel in the last frame."""
    other = changed(((1, 0, 0, 0), 4), ((1, 0, 0, 2), 5), ((1, 1, 2, 1), 9), ((3, 0, 0, 0), 200))
    videos = [[BLACK], [other]]
    found = difference_of(*videos[::-1]) if backwards else difference_of(*videos)
    assert (found.frames, found.differing_frames, found.differing_pixels) == (4, 2, 3)
    assert (found.largest, found.mean) == (200, pytest.approx(200 / 18))
    first = difference_of([BLACK[:2]], [other[:2]])
    assert (first.largest, first.mean) == (9, pytest.approx(18 / 18))


def test_the_last_frame_does_not_hide_the_one_that_differed_most() -> None:
    other = changed(((0, 0, 0, 0), 90), ((3, 0, 0, 0), 1))
    found = difference_of([BLACK], [other])
    assert (found.largest, found.mean) == (90, pytest.approx(5.0))


def test_a_frame_that_only_one_has_differs_in_all_its_pixels() -> None:
    lost = FrameDifference(
        frames=4, differing_frames=1, differing_pixels=6, largest=255, mean=255.0
    )
    assert difference_of([BLACK], [BLACK[:3]]) == lost
    assert difference_of([BLACK[:3]], [BLACK]) == lost
    assert difference_of([], [BLACK]).differing_pixels == 24
    taller = np.zeros((1, 4, 3, 3), np.uint8)
    assert difference_of([taller], [BLACK[:1]]).differing_pixels == 12
    assert difference_of([BLACK[:1]], [taller]).differing_frames == 1


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_step_is_the_distance_of_two_values_in_either_direction(one: int, other: int) -> None:
    """Eight bits do not wrap."""
    found = difference_of([changed(((0, 0, 0, 0), one))], [changed(((0, 0, 0, 0), other))])
    assert found.largest == abs(one - other)
    assert found.differing_pixels == (one != other)


def test_rounding_is_four_steps_at_most_and_a_thousandth_of_one_in_the_mean() -> None:
    close = FrameDifference(frames=1, largest=4, mean=0.001)
    assert ROUNDING.holds(close)
    assert not ROUNDING.holds(replace(close, largest=5))
    assert not ROUNDING.holds(replace(close, mean=0.0011))
    assert not Tolerance(largest=0, mean=1.0).holds(close)


def test_nobody_measured_how_far_large_networks_round_apart() -> None:
    assert tolerance_of(HALLO3_5B) is None
    assert tolerance_of(TINY) == tolerance_of(ANIMATIC) == ROUNDING
