from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from manifests.job import Aspect
from pipeline.media.framing import (
    RATIOS,
    Crop,
    Size,
    crop_for,
    exact_crop,
    fit_source,
    frame_face,
)
from pipeline.nouns import Box

SIDES = st.integers(64, 6000)
ASPECTS = st.sampled_from([aspect for aspect in get_args(Aspect) if aspect != "source"])
CANVASES = st.sampled_from([(480, 480), (720, 480), (480, 720), (1920, 1080)])
HALLO3 = Size(width=720, height=480)


@st.composite
def pictures(draw: st.DrawFn) -> tuple[int, int, Box]:
    width, height = draw(SIDES), draw(SIDES)
    left = draw(st.floats(0, width - 8))
    top = draw(st.floats(0, height - 8))
    box = Box(
        left=left,
        top=top,
        width=draw(st.floats(4, width - left)),
        height=draw(st.floats(4, height - top)),
    )
    return width, height, box


def assert_sound(crop: Crop, width: int, height: int, head: Box, ratio: Fraction) -> None:
    size = crop.size
    assert size.width % 2 == 0
    assert size.height % 2 == 0
    assert abs(size.width - size.height * ratio) <= 1 or abs(size.height - size.width / ratio) <= 1
    assert min(crop.left, crop.top, crop.pad_left, crop.pad_top) >= 0
    assert min(crop.pad_right, crop.pad_bottom) >= 0
    assert crop.left + crop.width <= width
    assert crop.top + crop.height <= height
    assert crop.left <= floor(head.left)
    assert crop.top <= floor(head.top)
    assert crop.left + crop.width >= ceil(head.left + head.width - 1e-6)
    assert crop.top + crop.height >= ceil(head.top + head.height - 1e-6)


@given(pictures(), ASPECTS)
def test_a_crop_is_even_of_its_aspect_and_holds_the_head(
    picture: tuple[int, int, Box], aspect: Aspect
) -> None:
    width, height, head = picture
    assert_sound(crop_for(aspect, width, height, head), width, height, head, RATIOS[aspect])


@given(pictures(), CANVASES)
def test_a_face_frame_is_even_of_the_canvas_and_holds_the_head(
    picture: tuple[int, int, Box], canvas: tuple[int, int]
) -> None:
    width, height, head = picture
    size = Size(width=canvas[0], height=canvas[1])
    assert_sound(frame_face(width, height, head, size, 0.45), width, height, head, size.ratio)


@given(pictures(), ASPECTS)
def test_nothing_is_padded_where_a_crop_of_the_picture_holds_the_head(
    picture: tuple[int, int, Box], aspect: Aspect
) -> None:
    width, height, head = picture
    ratio = RATIOS[aspect]
    widest = min(width, height * ratio)
    assume(head.width + 4 < widest)
    assume(head.height + 4 < widest / ratio)
    crop = crop_for(aspect, width, height, head)
    assert crop.size == Size(width=crop.width, height=crop.height)
    assert crop.width >= widest - 4, "it is the largest"


@given(SIDES, SIDES, st.integers(64, 4000))
def test_a_fitted_picture_is_even_never_larger_and_keeps_its_shape(
    width: int, height: int, longest: int
) -> None:
    size = fit_source(width, height, longest)
    assert size.width % 2 == size.height % 2 == 0
    assert size.width <= width
    assert size.height <= height
    assert max(size.width, size.height) <= max(longest, 2)
    scale = Fraction(max(size.width, size.height), max(width, height))
    assert abs(size.width - width * scale) <= 4
    assert abs(size.height - height * scale) <= 4


def test_a_head_too_tall_for_the_picture_is_padded_and_not_cut() -> None:
    head = Box(left=0, top=0, width=500, height=900)
    crop = crop_for("16:9", 540, 960, head)
    assert crop.size.height >= 900
    assert crop.pad_left > 0
    assert crop.pad_right > 0


def test_a_face_frame_shows_head_and_shoulders() -> None:
    head = Box(left=900, top=400, width=300, height=400)
    crop = frame_face(2000, 3000, head, HALLO3, 0.45)
    assert 0.4 < 400 / crop.height < 0.5
    assert abs(crop.left + crop.width / 2 - 1050) <= 1
    assert crop.top < 400


@given(st.integers(40, 400), st.integers(40, 400), st.integers(0, 3000), st.integers(0, 1000))
def test_a_heads_centre_stands_at_42_hundredths_where_there_is_room(
    wide: int, high: int, left: int, top: int
) -> None:
    """More room is below, for the shoulders."""
    head = Box(left=2000 + left, top=2000 + top, width=wide, height=high)
    crop = frame_face(9000, 9000, head, HALLO3, 0.45)
    assert crop.size == Size(width=crop.width, height=crop.height)
    assert abs((head.top + high / 2 - crop.top) - 0.42 * crop.height) <= 1
    assert abs((head.left + wide / 2 - crop.left) - 0.5 * crop.width) <= 1


@given(SIDES, SIDES, CANVASES, st.floats(0.05, 0.9))
def test_a_small_head_never_gets_black_borders(
    width: int, height: int, canvas: tuple[int, int], share: float
) -> None:
    """Wanted frames larger than the picture become the largest that it holds."""
    head = Box(left=width * 0.45, top=height * 0.45, width=width * 0.1, height=height * 0.1)
    size = Size(width=canvas[0], height=canvas[1])
    within = min(width // 2 * 2, height // 2 * 2 * size.ratio)
    assume(head.width + 6 < within)
    assume(head.height + 6 < within / size.ratio)
    crop = frame_face(width, height, head, size, share)
    assert (crop.pad_left, crop.pad_top, crop.pad_right, crop.pad_bottom) == (0, 0, 0, 0)


@pytest.mark.parametrize("side", [100, 480, 512, 1333])
def test_a_square_portrait_stands_between_borders_as_in_hallo3(side: int) -> None:
    exact = exact_crop(side, side, HALLO3)
    assert exact.scaled == Size(width=480, height=480)
    assert (exact.crop.pad_left, exact.crop.pad_right) == (120, 120)
    assert exact.crop.size == HALLO3


@given(SIDES, SIDES)
def test_an_exact_crop_covers_the_canvas(width: int, height: int) -> None:
    exact = exact_crop(width, height, HALLO3)
    assert exact.crop.size == HALLO3
    assert exact.crop.left + exact.crop.width <= exact.scaled.width
    assert exact.crop.top + exact.crop.height <= exact.scaled.height


def test_a_portrait_is_scaled_as_the_original_rounds() -> None:
    exact = exact_crop(1001, 1500, HALLO3)
    assert exact.scaled == Size(width=720, height=int(1500 * 720 / 1001))
    assert exact.crop.top == (1078 - 480) // 2
