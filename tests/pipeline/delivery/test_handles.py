"""Handles and slates: what stands before and after the speech."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.picture.handles import (
    handle_frames,
    handle_samples,
    slate_frames,
    with_handles,
)
from pipeline.delivery.picture.slate import slate_picture
from pipeline.media.fonts import Fonts
from pipeline.media.framing import Size

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)]


@given(st.integers(0, 60_000), st.sampled_from(RATES))
def test_a_handle_is_whole_in_frames_and_in_samples(milliseconds: int, rate: Fraction) -> None:
    """And not shorter than asked for, nor longer than it must be."""
    frames = handle_frames(milliseconds / 1000, rate)
    wanted = Fraction(milliseconds, 1000)
    assert handle_samples(frames, rate) * rate == frames * 48_000
    most = 5 if rate == Fraction(30000, 1001) else 1
    assert wanted <= frames / rate < wanted + most / rate


def test_two_seconds_are_what_people_expect() -> None:
    assert [handle_frames(2.0, rate) for rate in RATES] == [48, 48, 50, 60, 60]
    assert handle_samples(60, Fraction(30000, 1001)) == 96_096
    assert handle_frames(0.0, RATES[3]) == 0


def test_frames_without_whole_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="no whole samples"):
        handle_samples(4, Fraction(30000, 1001))


def tiny(*values: int) -> np.ndarray:
    return np.repeat(np.array(values, np.uint8), 12).reshape(len(values), 2, 2, 3)


def played(handle: int, slate: np.ndarray | None = None) -> list[int]:
    shown = with_handles(iter([tiny(1, 2), tiny(3)]), handle, slate)
    return [int(frame[0, 0, 0]) for batch in shown for frame in batch]


def test_the_first_and_the_last_frame_are_held() -> None:
    assert played(3) == [1, 1, 1, 1, 2, 3, 3, 3, 3]
    assert played(0) == [1, 2, 3]


@pytest.mark.parametrize("handle", [0, 1, 4, 5])
def test_a_slate_covers_the_first_half_of_a_handle(handle: int) -> None:
    shown = played(handle, tiny(9)[0])
    assert shown.count(9) == slate_frames(handle)
    assert len(shown) == 3 + 2 * handle
    assert shown[slate_frames(handle) :] == played(handle)[slate_frames(handle) :]


FACTS = {"Title": "The night harbour", "Job": "museum-017", "Language": "en-GB", "Rate": "23.976"}


@pytest.mark.parametrize("size", [(1920, 1080), (480, 720), (128, 128)])
def test_a_slate_keeps_its_margin_and_says_each_fact(size: tuple[int, int]) -> None:
    wanted = Size(width=size[0], height=size[1])
    picture = slate_picture(wanted, FACTS, Fonts())
    assert picture.shape == (size[1], size[0], 3)
    bright = picture.max(axis=2) > 120
    margin = min(size) // 14
    assert not bright[:margin].any()
    assert not bright[-margin:].any()
    assert not bright[:, :margin].any()
    assert not bright[:, -margin:].any()
    for name in FACTS:
        fewer = {other: value for other, value in FACTS.items() if other != name}
        assert (slate_picture(wanted, fewer, Fonts()) != picture).any()


@pytest.mark.parametrize("title", ["", "n" * 500, "مرحبا بالعالم", "\U000132f9", "東京の夜"])
def test_no_title_keeps_a_slate_from_being_drawn(title: str) -> None:
    size = Size(width=640, height=360)
    picture = slate_picture(size, FACTS | {"Title": title}, Fonts())
    assert (picture == slate_picture(size, FACTS | {"Title": title}, Fonts())).all()
    assert not (picture[:, -24:].max(axis=2) > 120).any()
