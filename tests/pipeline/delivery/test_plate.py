"""Plate: the drawn frames in the whole source picture, without a seam."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from manifests.job import Aspect
from pipeline.delivery.picture.plate import LaidPlate, lay_plate, plate_reframing, plated
from pipeline.delivery.picture.reframe import WantedSize
from pipeline.limits import Limits
from pipeline.media.framing import Size
from pipeline.media.picture.image import read_png
from pipeline.media.picture.scale import resize
from pipeline.nouns import Box, Plate, Take
from pipeline.presets import ANIMATIC
from pipeline.take_portrait import looks_of, ready_picture
from pipeline.workspace.inputs import Inputs
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_portrait
from tests.noun_builders import a_job, a_take, an_artifact

Pictures = NDArray[np.uint8]


def a_picture(width: int = 320, height: int = 240) -> Pictures:
    """Soft clouds of colour, so that scaling loses nothing."""
    coarse = np.random.default_rng(3).integers(40, 200, (6, 8, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def a_plate(place: Box, width: int = 320, height: int = 240) -> Plate:
    return Plate(picture=an_artifact(), width=width, height=height, place=place)


def drawn_of(picture: Pictures, place: Box, size: Size) -> Pictures:
    """What a renderer without fault draws: the place, its borders black."""
    left, top, width, height = (int(n) for n in (place.left, place.top, place.width, place.height))
    bordered = np.pad(picture, ((200, 200), (200, 200), (0, 0)))
    cut = bordered[200 + top : 200 + top + height, 200 + left : 200 + left + width]
    return resize(np.ascontiguousarray(cut), size)


def a_taken(size: Size, plate: Plate) -> Take:
    head = Box(
        left=size.width * 0.3, top=size.height * 0.2, width=size.width / 3, height=size.height / 2
    )
    return replace(a_take(), width=size.width, height=size.height, head=head, plate=plate)


def laid_at(
    picture: Pictures,
    place: Box,
    drawn: Size,
    aspect: Aspect = "source",
    size: WantedSize = None,
) -> LaidPlate:
    plate = a_plate(place, picture.shape[1], picture.shape[0])
    take = a_taken(drawn, plate)
    return lay_plate(picture, plate, take, plate_reframing(plate, take, aspect, size))


INSIDE = Box(left=80, top=40, width=120, height=160)


@given(
    left=st.integers(-60, 200),
    top=st.integers(-60, 120),
    side=st.integers(32, 100),
    scale=st.sampled_from([0.5, 1, 2]),
)
def test_a_frame_without_fault_gives_the_picture_back(
    left: int, top: int, side: int, scale: float
) -> None:
    picture, place = a_picture(), Box(left=left, top=top, width=2 * side, height=2 * side)
    size = Size(width=int(2 * side * scale), height=int(2 * side * scale))
    (shown,) = plated([drawn_of(picture, place, size)[None]], laid_at(picture, place, size))
    differs = np.abs(shown[0].astype(int) - picture)
    assert differs.max() == 0 if scale == 1 else np.percentile(differs, 98) <= 6


def test_nothing_changes_outside_of_the_place() -> None:
    picture, size = a_picture(), Size(width=120, height=160)
    noise = np.random.default_rng(1).integers(0, 255, (5, 160, 120, 3)).astype(np.uint8)
    shown = np.concatenate(list(plated([noise[:2], noise[2:]], laid_at(picture, INSIDE, size))))
    outside = np.ones(picture.shape[:2], bool)
    outside[40:200, 80:200] = False
    assert len(shown) == 5
    assert (shown[:, outside] == picture[outside]).all()


def test_the_head_is_the_drawn_one() -> None:
    picture, size = a_picture(), Size(width=120, height=160)
    drawn = drawn_of(picture, INSIDE, size)
    drawn[32:112, 36:76] = (250, 10, 10)  # the head's box
    (shown,) = plated([drawn[None]], laid_at(picture, INSIDE, size))
    assert (shown[0, 40 + 34 : 40 + 110, 80 + 38 : 80 + 74] == (250, 10, 10)).all()


@pytest.mark.parametrize("offset", [(9, -6, 4), (-12, 0, 12)])
def test_colours_that_are_off_are_levelled(offset: tuple[int, int, int]) -> None:
    picture, size = a_picture(), Size(width=120, height=160)
    slope = np.linspace(-5, 5, 160)[:, None, None]
    off = drawn_of(picture, INSIDE, size) + np.array(offset) + slope
    frame = np.rint(off).clip(0, 255).astype(np.uint8)
    (shown,) = plated([frame[None]], laid_at(picture, INSIDE, size))
    assert np.abs(shown[0].astype(int) - picture).mean() < 1.5
    assert np.abs(frame.astype(int) - drawn_of(picture, INSIDE, size)).mean() > 4


def test_what_moves_at_the_edge_does_not_colour_the_face() -> None:
    picture, size = a_picture(), Size(width=120, height=160)
    frame = drawn_of(picture, INSIDE, size)
    frame[120:, :40] = 255  # a shoulder comes in
    laid = laid_at(picture, INSIDE, size)
    (shown,) = plated([frame[None]], laid)
    middle = (slice(72, 152), slice(116, 156))
    assert np.abs(shown[0][middle].astype(int) - picture[middle]).mean() < 3


def test_a_frame_fades_in_without_an_edge() -> None:
    picture = np.full((240, 320, 3), 100, np.uint8)
    laid = laid_at(picture, INSIDE, Size(width=120, height=160))
    grown = np.pad(laid.weights, 1)
    assert np.abs(np.diff(grown, axis=0)).max() < 0.15
    assert np.abs(np.diff(grown, axis=1)).max() < 0.15


def test_a_side_where_the_picture_ends_does_not_fade() -> None:
    laid = laid_at(
        a_picture(), Box(left=0, top=-20, width=320, height=200), Size(width=320, height=200)
    )
    assert (laid.weights[:150] == 1).all()
    assert laid.weights[-1].max() < 0.01


@pytest.mark.parametrize("aspect", ["source", "9:16", "1:1", "16:9"])
@pytest.mark.parametrize("size", [None, 120, 480])
def test_a_plate_is_cropped_and_scaled_with_its_head(aspect: Aspect, size: WantedSize) -> None:
    """The head stands where it does in the source picture, cropped and scaled alike."""
    picture, drawn = a_picture(), Size(width=240, height=320)
    laid = laid_at(picture, INSIDE, drawn, aspect, size)
    (shown,) = plated([drawn_of(picture, INSIDE, drawn)[None]], laid)
    assert shown.shape[1:] == laid.still.shape
    assert shown.shape[1] == size if size else shown.shape[1] <= 240
    assert np.percentile(np.abs(shown[0].astype(int) - laid.still), 99) <= 3


@pytest.mark.parametrize(
    ("framing", "shape"),
    [("face", "wide"), ("face", "turned"), ("exact", "square"), ("exact", "wide")],
)
def test_the_portrait_lies_in_the_whole_picture_where_it_was_cut(
    framing: str, shape: str, tmp_path: Path
) -> None:
    """Also of a picture that its file turns, and of a square one set into 3:2."""
    face = Image.fromarray(a_portrait()).resize((320, 320))
    path = tmp_path / "in.png"
    if shape == "wide":
        wide = Image.new("RGB", (480, 320), (30, 60, 90))
        wide.paste(face, (80, 0))
        face = wide
    if shape == "turned":
        exif = face.getexif()
        exif[0x0112] = 6
        face.rotate(90, expand=True).save(path, exif=exif)
    else:
        face.save(path)
    preset = replace(ANIMATIC, canvas=(180, 120))
    job = a_job(portrait_uri=str(path), framing=framing)
    ready = ready_picture(path, job, preset, Limits(plates=("web",)), tmp_path)
    whole = np.asarray(Image.open(tmp_path / "whole.png"))
    portrait = np.asarray(Image.open(tmp_path / "portrait.png"))
    assert whole.shape == (ready.whole.height, ready.whole.width, 3)
    size = Size(width=ready.width, height=ready.height)
    drawn = _as_drawn(portrait, size)
    plate = a_plate(ready.place, ready.whole.width, ready.whole.height)
    take = replace(a_take(), width=size.width, height=size.height, head=ready.head, plate=plate)
    laid = lay_plate(whole, plate, take, plate_reframing(plate, take, "source", None))
    (shown,) = plated([drawn[None]], laid)
    soft = cv2.GaussianBlur(whole, (0, 0), 4), cv2.GaussianBlur(shown[0], (0, 0), 4)
    assert np.abs(soft[0].astype(int) - soft[1]).mean() < 1.5


def _as_drawn(portrait: Pictures, size: Size) -> Pictures:
    """The middle of the portrait that covers the frames, as the network takes it."""
    scale = max(size.width / portrait.shape[1], size.height / portrait.shape[0])
    large = Size(width=round(portrait.shape[1] * scale), height=round(portrait.shape[0] * scale))
    left, top = (large.width - size.width) // 2, (large.height - size.height) // 2
    scaled = resize(portrait, large)
    return np.ascontiguousarray(scaled[top : top + size.height, left : left + size.width])


def test_only_rows_that_ask_for_a_plate_keep_the_whole_picture(tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(a_portrait()).resize((256, 256)).save(path)
    workspace = Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")
    inputs = Inputs(
        portrait=path, narration=None, bed=None, lexicon=None, digests=("1",),
        columns=("portrait_uri",),
    )  # fmt: skip
    preset, limits = replace(ANIMATIC, canvas=(128, 128)), Limits(plates=("framed",))
    plain, framed = (
        looks_of(a_job(deliverables=asked), inputs, preset, limits, workspace)
        for asked in (("web",), ("web", "framed"))
    )
    assert plain.plate is None
    assert framed.plate is not None
    assert plain.portrait.sha256 == framed.portrait.sha256  # so rendered segments serve both
    whole = read_png(workspace.fetch(framed.plate.picture, tmp_path))
    assert whole.shape == (framed.plate.height, framed.plate.width, 3) == (256, 256, 3)
