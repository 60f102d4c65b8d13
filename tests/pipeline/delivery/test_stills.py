"""Posters and contact sheets show the frames that they say."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from manifests.errors import Transient
from pipeline.delivery.package.stills import (
    COLUMNS,
    LABEL_HEIGHT,
    MARGIN,
    THUMB_WIDTH,
    Expression,
    even_frames,
    expressions,
    frame_timecode,
    frames_at,
    poster,
    poster_frame,
    sheet_of_frames,
    shown_part,
)
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.framing import Crop
from pipeline.nouns import Piece, Reel
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_portrait
from tests.noun_builders import a_reel, a_take

WHOLE = Crop(left=0, top=0, width=64, height=64)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def greys(frames: int) -> NDArray[np.uint8]:
    """Each frame as bright as its number."""
    return np.broadcast_to(
        np.arange(frames, dtype=np.uint8)[:, None, None, None], (frames, 64, 64, 3)
    )


def in_pieces(reel: Reel, *pieces: tuple[int, int]) -> Reel:
    """The frames of the reel's file in other stretches: skip and length."""
    (whole,) = reel.pieces
    frames = sum(length for _, length in pieces)
    made = tuple(Piece(video=whole.video, skip=skip, frames=n) for skip, n in pieces)
    return replace(reel, take=a_take(frames), pieces=made)


def test_frames_are_found_across_pieces(tmp_path: Path, workspace: Workspace) -> None:
    reel = in_pieces(a_reel(tmp_path, greys(40)), (0, 10), (20, 15), (35, 5))
    found = [int(frame[0, 0, 0]) for frame in frames_at(reel, [0, 9, 10, 24, 25, 29], workspace)]
    assert found == pytest.approx([0, 9, 20, 34, 35, 39], abs=1)


def test_a_piece_that_lost_frames_is_told(tmp_path: Path, workspace: Workspace) -> None:
    reel = in_pieces(a_reel(tmp_path, greys(10)), (0, 12))
    with pytest.raises(Transient, match="has 10 frames only"):
        list(frames_at(reel, [11], workspace))


@pytest.mark.laws
@given(st.integers(1, 100_000), st.integers(1, 40))
def test_even_frames_are_in_the_take_and_each_once(frames: int, count: int) -> None:
    found = even_frames(frames, count)
    assert list(found) == sorted(set(found))
    assert 0 <= found[0] <= found[-1] < frames
    assert len(found) == min(frames, count)


def test_a_poster_has_open_eyes_and_a_mouth_that_is_nearly_closed() -> None:
    seen = [
        Expression(frame=3, eyes=0.10, mouth=0.00),  # a blink
        Expression(frame=9, eyes=0.30, mouth=0.40),
        Expression(frame=15, eyes=0.28, mouth=0.05),
        Expression(frame=21, eyes=0.29, mouth=0.05),
    ]
    assert poster_frame(seen, 30) == 15
    assert poster_frame([], 30) == 15


def test_expressions_are_read_of_the_face_where_the_portrait_has_it(
    tmp_path: Path, workspace: Workspace
) -> None:
    image = a_portrait()
    (face,) = find_faces(image)
    points = landmarks_of(image, face).points
    np.save(tmp_path / "points.npy", points)
    reel = a_reel(tmp_path, np.stack([image, np.zeros_like(image)]))
    seen = list(expressions(reel, points, workspace))
    assert [each.frame for each in seen] == [0], "no face is seen in black"
    assert seen[0].eyes > 0.2
    size = Crop(left=100, top=0, width=256, height=384)
    made = poster(reel, size, tmp_path / "points.npy", "told", workspace)
    with Image.open(io.BytesIO(made)) as picture:
        assert (picture.size, picture.info["comment"]) == ((256, 384), b"told")
        difference = np.abs(np.asarray(picture, float) - shown_part(image, size)).mean()
    assert difference < 4


def test_a_sheet_shows_frames_in_their_order_in_flat_memory(
    tmp_path: Path, workspace: Workspace
) -> None:
    reel = a_reel(tmp_path, greys(160))
    made = sheet_of_frames(reel, WHOLE, "a en", "told", workspace)
    with Image.open(io.BytesIO(made)) as sheet:
        pixels = np.asarray(sheet.convert("L"))
    shown = [
        int(pixels[LABEL_HEIGHT + row * (THUMB_WIDTH + LABEL_HEIGHT) + 160, column + 160])
        for row in range(4)
        for column in (MARGIN + at * (THUMB_WIDTH + MARGIN) for at in range(COLUMNS))
    ]
    assert shown == pytest.approx([5 + 10 * k for k in range(16)], abs=3)


def test_time_codes_count_frames() -> None:
    assert [frame_timecode(n) for n in (0, 24, 25, 90_000 + 26)] == [
        "00:00:00:00",
        "00:00:00:24",
        "00:00:01:00",
        "01:00:01:01",
    ]


def test_borders_of_a_padded_crop_are_black() -> None:
    crop = Crop(left=1, top=0, width=2, height=2, pad_left=1, pad_top=1)
    found = shown_part(np.full((4, 4, 3), 9, np.uint8), crop)
    assert found.shape == (3, 3, 3)
    assert (found[0].max(), found[:, 0].max(), found[1:, 1:].min()) == (0, 0, 9)
