"""Crops in numbers: the shapes, the smallest pictures, heads at edges and beyond them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.job import Aspect
from pipeline.media.framing import Crop, Size, crop_for, exact_crop, fit_source, frame_face
from pipeline.nouns import Box

MIDDLE = Box(left=1790, top=1790, width=20, height=20)
SQUARE = Size(width=480, height=480)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        ("16:9", (3600, 2024)),
        ("9:16", (2024, 3600)),
        ("1:1", (3600, 3600)),
        ("4:5", (2880, 3600)),
        ("3:2", (3600, 2400)),
        ("source", (3600, 3600)),
    ],
)
def test_each_aspect_has_its_shape(aspect: Aspect, size: tuple[int, int]) -> None:
    crop = crop_for(aspect, 3600, 3600, MIDDLE)
    assert (crop.width, crop.height) == size
    assert crop.size == Size(width=size[0], height=size[1])


@pytest.mark.parametrize(("width", "height"), [(101, 77), (100, 76), (2, 3)])
def test_the_shape_of_the_source_loses_at_most_its_last_odd_row_and_column(
    width: int, height: int
) -> None:
    crop = crop_for("source", width, height, Box(left=0, top=0, width=1, height=1))
    assert crop == Crop(left=0, top=0, width=width - width % 2, height=height - height % 2)


@pytest.mark.parametrize(
    ("picture", "longest", "size"),
    [
        ((1, 1), 1920, (2, 2)),
        ((3, 3), 1920, (2, 2)),
        ((5000, 1), 1920, (1920, 2)),
        ((1, 5000), 1920, (2, 1920)),
        ((1920, 1080), 1920, (1920, 1080)),
        ((1921, 1081), 1921, (1920, 1080)),
        ((3840, 2160), 1920, (1920, 1080)),
        ((2160, 3840), 1920, (1080, 1920)),
        ((1920, 1080), 4000, (1920, 1080)),
    ],
)
def test_a_fitted_picture_is_only_made_smaller(
    picture: tuple[int, int], longest: int, size: tuple[int, int]
) -> None:
    assert fit_source(*picture, longest) == Size(width=size[0], height=size[1])


def test_the_longest_side_is_1920_where_nobody_asks() -> None:
    assert fit_source(4000, 2000) == Size(width=1920, height=960)


def borders(crop: Crop) -> tuple[int, int, int, int]:
    return crop.pad_left, crop.pad_top, crop.pad_right, crop.pad_bottom


@pytest.mark.parametrize(
    ("top", "padded"),
    [(90, (1, 0, 1, 62)), (0, (1, 62, 1, 0)), (45, (1, 18, 1, 44))],
    ids=["at the foot", "at the top", "in the middle"],
)
def test_a_crop_larger_than_the_picture_shows_the_whole_of_it(
    top: int, padded: tuple[int, int, int, int]
) -> None:
    """The head is as wide as the picture: 92 x 162 hold it, the picture has 90 x 100."""
    crop = crop_for("9:16", 90, 100, Box(left=0, top=top, width=90, height=10))
    assert (crop.left, crop.top, crop.width, crop.height) == (0, 0, 90, 100)
    assert borders(crop) == padded


WIDE = {"left": 0.0, "width": 90.0}
HIGH = {"top": 0.0, "height": 90.0}


@pytest.mark.parametrize("beyond", [100.0, 150.0, 99.0, 99.5])
def test_a_head_beyond_the_last_row_or_column_counts_as_at_it(beyond: float) -> None:
    """Where the crop is larger than the picture, the head alone says where it stands."""
    last = crop_for("9:16", 90, 100, Box(top=99, height=1, **WIDE))
    assert crop_for("9:16", 90, 100, Box(top=beyond, height=40, **WIDE)) == last
    last = crop_for("16:9", 100, 90, Box(left=99, width=1, **HIGH))
    assert crop_for("16:9", 100, 90, Box(left=beyond, width=40, **HIGH)) == last


@pytest.mark.parametrize("before", [-50.0, -0.5, 0.0])
def test_a_head_before_the_first_row_or_column_counts_from_it(before: float) -> None:
    first = crop_for("9:16", 90, 100, Box(top=0, height=20, **WIDE))
    assert crop_for("9:16", 90, 100, Box(top=before, height=20 - before, **WIDE)) == first


@pytest.mark.parametrize(
    ("head", "side"),
    [
        (Box(left=500, top=500, width=0, height=0), 2),
        (Box(left=500, top=500, width=2, height=2), 4),
        (Box(left=500.5, top=500.5, width=1, height=1), 4),
        (Box(left=500, top=500, width=90, height=90), 200),
        (Box(left=500, top=500, width=90.2, height=90.2), 202),
        (Box(left=950, top=500, width=90, height=90), 200),
        (Box(left=5000, top=500, width=90, height=90), 200),
    ],
)
def test_a_face_frame_is_as_high_as_the_rows_of_the_head_ask(head: Box, side: int) -> None:
    assert frame_face(1000, 1000, head, SQUARE, 0.45).size == Size(width=side, height=side)


def test_a_face_frame_larger_than_the_picture_is_the_largest_in_it() -> None:
    head = Box(left=10, top=10, width=60, height=60)
    assert frame_face(101, 131, head, SQUARE, 0.45) == Crop(left=0, top=0, width=100, height=100)


@given(st.integers(20, 120), st.integers(20, 120), st.data())
def test_of_all_places_inside_the_picture_the_head_has_the_one_nearest_to_its_best(
    width: int, height: int, data: st.DataObject
) -> None:
    """A plain search over every place of the crop along its free axis."""
    head = Box(
        left=data.draw(st.integers(0, width - 1)), top=data.draw(st.integers(0, height - 1)),
        width=1, height=1,
    )  # fmt: skip
    crop = crop_for("1:1", width, height, head)
    side = min(width, height) // 2 * 2
    assert (crop.width, crop.height) == (side, side)

    def off(place: int, centre: float, share: float) -> float:
        return abs(place + side * share - centre)

    for place, whole, first, share in (
        (crop.left, width, head.left, 0.5), (crop.top, height, head.top, 0.42),
    ):  # fmt: skip
        held = [at for at in range(whole - side + 1) if at <= first <= at + side - 1]
        best = min(off(at, first + 0.5, share) for at in held)
        assert off(place, first + 0.5, share) <= best + 0.5


@pytest.mark.parametrize(
    ("picture", "scaled", "place"),
    [
        ((1500, 1000), (720, 480), (0, 0)),
        ((1600, 1000), (768, 480), (24, 0)),
        ((1601, 1000), (768, 480), (24, 0)),
        ((1000, 1001), (720, 720), (0, 120)),
        ((721, 480), (721, 480), (0, 0)),
        ((1000, 1600), (720, 1152), (0, 336)),
    ],
)
def test_an_exact_crop_takes_the_centre_of_the_scaled_picture(
    picture: tuple[int, int], scaled: tuple[int, int], place: tuple[int, int]
) -> None:
    exact = exact_crop(*picture, Size(width=720, height=480))
    assert (exact.scaled.width, exact.scaled.height) == scaled
    assert exact.crop == Crop(left=place[0], top=place[1], width=720, height=480)


def test_an_odd_rest_of_the_border_stands_on_the_right() -> None:
    crop = exact_crop(100, 100, Size(width=725, height=480)).crop
    assert borders(crop) == (122, 0, 123, 0)
    assert (crop.left, crop.top, crop.width, crop.height) == (0, 0, 480, 480)
