"""Reframe: other shapes and sizes, never through the head, resampled once."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.job import Aspect
from pipeline.delivery.picture.reframe import Reframing, WantedSize, reframed, reframing
from pipeline.media.framing import Size, crop_for
from pipeline.nouns import Box

SIDES = st.integers(64, 1920).map(lambda side: side // 2 * 2)
ASPECTS = st.sampled_from(get_args(Aspect))
SIZES = st.none() | st.integers(64, 2160) | st.tuples(SIDES, SIDES)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Size, Box]:
    source = Size(width=draw(SIDES), height=draw(SIDES))
    left, top = draw(st.floats(0, source.width - 16)), draw(st.floats(0, source.height - 16))
    width = draw(st.floats(8, source.width - left))
    height = draw(st.floats(8, source.height - top))
    return source, Box(left=left, top=top, width=width, height=height)


def assert_sound(wanted: Reframing) -> None:
    numbers = (wanted.size.width, wanted.size.height, wanted.left, wanted.top)
    assert all(number % 2 == 0 and number >= 0 for number in numbers)
    assert wanted.left + wanted.inner.width <= wanted.size.width
    assert wanted.top + wanted.inner.height <= wanted.size.height


def assert_undistorted(wanted: Reframing) -> None:
    """Both scales put the far corner within two pixels of where one scale would."""
    crop, inner = wanted.crop, wanted.inner
    across, down = inner.width / crop.width, inner.height / crop.height
    assert abs(across - down) * min(crop.width, crop.height) <= 2 + 2 * max(across, down)


@given(scenes(), ASPECTS, SIZES)
def test_a_crop_holds_the_head_at_the_size_that_was_asked_for(
    scene: tuple[Size, Box], aspect: Aspect, size: WantedSize
) -> None:
    source, head = scene
    wanted = reframing(aspect, "crop", size, source, head)
    assert_sound(wanted)
    assert_undistorted(wanted)
    crop = wanted.crop
    if aspect != "source" or isinstance(size, tuple):
        assert crop.left <= head.left
        assert crop.top <= head.top
        assert crop.left + crop.width >= min(source.width - 1, head.left + head.width)
        assert crop.top + crop.height >= min(source.height - 1, head.top + head.height)
    if isinstance(size, tuple):
        assert (wanted.size.width, wanted.size.height) == size


@given(scenes(), ASPECTS, SIZES, st.sampled_from(["pad", "blur"]))
def test_pad_and_blur_show_the_whole_picture(
    scene: tuple[Size, Box], aspect: Aspect, size: WantedSize, fit: str
) -> None:
    source, head = scene
    wanted = reframing(aspect, fit, size, source, head)
    assert_sound(wanted)
    assert_undistorted(wanted)
    assert (wanted.crop.width, wanted.crop.height) == (source.width, source.height)
    spare = (wanted.size.width - wanted.inner.width, wanted.size.height - wanted.inner.height)
    assert min(spare) <= 2  # as large as it can be


@given(scenes(), ASPECTS, st.integers(1, 4))
def test_as_drawn_is_what_rows_were_delivered_as_before(
    scene: tuple[Size, Box], aspect: Aspect, enlarged: int
) -> None:
    source, head = scene
    wanted = reframing(aspect, "crop", None, source, head, enlarged)
    before = crop_for(aspect, source.width, source.height, head).size
    assert wanted.size == Size(width=enlarged * before.width, height=enlarged * before.height)


def colours(width: int = 120, height: int = 180, frames: int = 3) -> np.ndarray:
    """Frames of one bright colour each."""
    frame = np.full((frames, height, width, 3), (200, 120, 60), np.uint8)
    frame[1:] //= 2
    return frame


HEAD = Box(left=40, top=30, width=40, height=60)


def shown(aspect: Aspect, fit: str, size: WantedSize) -> np.ndarray:
    wanted = reframing(aspect, fit, size, Size(width=120, height=180), HEAD)
    return np.concatenate(list(reframed([colours()], wanted)))


def test_frames_that_need_nothing_are_passed_on() -> None:
    wanted = reframing("source", "crop", None, Size(width=120, height=180), HEAD)
    frames = colours()
    (same,) = reframed([frames], wanted)
    assert np.shares_memory(same, frames)
    assert same.shape == frames.shape


@pytest.mark.parametrize("size", [None, 90, (640, 360)])
def test_borders_are_black_and_the_picture_keeps_its_colours(size: WantedSize) -> None:
    pictures = shown("16:9", "pad", size)
    assert not pictures[:, :, :8].any()
    assert not pictures[:, :, -8:].any()
    middle = pictures[:, 4:-4, pictures.shape[2] // 2]
    assert np.abs(middle - colours()[:, :1, 0].astype(int)).max() <= 1


def test_what_is_behind_a_picture_is_a_darker_one_of_the_same() -> None:
    pictures = shown("16:9", "blur", 180)
    assert np.abs(pictures[:, 90, 4] - 0.6 * colours()[:, 0, 0]).max() <= 1
    assert (pictures[:, 90, 160] == colours()[:, 0, 0]).all()


def test_a_head_that_no_crop_holds_gets_borders() -> None:
    wide = Box(left=0, top=60, width=120, height=60)
    wanted = reframing("9:16", "crop", (540, 960), Size(width=120, height=180), wide)
    assert wanted.crop.width == 120
    assert (wanted.size.width, wanted.size.height) == (540, 960)
    assert not np.concatenate(list(reframed([colours()], wanted)))[:, :4].any()
