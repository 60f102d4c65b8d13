"""Finished pictures: larger, the same bits twice, shared by profiles, and of the same face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from manifests.errors import BadInput, ManifestUnusable
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.finishing import finished_reel
from pipeline.delivery.finishing.finished_reel import (
    finished_name,
    finished_size,
    finished_take,
    resized,
)
from pipeline.delivery.finishing.finishers import (
    CARRIED_FINISHERS,
)
from pipeline.delivery.finishing.guard import FaceGuard, breaches
from pipeline.delivery.finishing.texture import textured
from pipeline.delivery.finishing.tiles import Tiled
from pipeline.delivery.profile_files import profile_table
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.framing import Size
from pipeline.media.picture import super_resolution
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import read_frames
from pipeline.nouns import Box, FinishedSegment
from pipeline.quality.meter import installed_encoder
from tests.media_builders import a_portrait, some_frames
from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import QUICK, SMALL, counted, made, request

ALL = [range(100)]


def test_a_picture_is_drawn_larger_in_tiles_with_the_same_bits_twice() -> None:
    picture = some_frames(1, 40, 30)[0]
    whole = QUICK.enlarge(picture)
    assert whole.shape == (120, 160, 3)
    assert np.array_equal(whole, QUICK.enlarge(picture))
    back = cv2.resize(whole, (40, 30), interpolation=cv2.INTER_AREA)
    assert np.abs(back.astype(float) - picture).mean() < 8
    assert isinstance(QUICK, Tiled)
    tiled = replace(QUICK, tile=16).enlarge(picture)
    assert tiled.shape == whole.shape
    assert np.abs(tiled.astype(int) - whole).mean() < 1


def test_a_network_that_is_not_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    row = CARRIED_FINISHERS["animevideov3"]
    with pytest.raises(ManifestUnusable, match="is not the pinned file; install ncnn"):
        super_resolution.carried_network(row.stem, row.param_sha256, "0" * 64)
    monkeypatch.setattr(super_resolution, "CARRIER", "no_such_package")
    with pytest.raises(ManifestUnusable, match="is not installed; install ncnn"):
        super_resolution.carried_network(row.stem, row.param_sha256, row.bin_sha256)


@pytest.mark.parametrize(
    ("drawn", "size"),
    [((128, 128), (1080, 1080)), ((720, 480), (1620, 1080)), ((480, 854), (608, 1080))],
)
def test_finished_frames_have_the_lines_and_both_sides_are_even(
    drawn: tuple[int, int], size: tuple[int, int]
) -> None:
    assert finished_size(Size(width=drawn[0], height=drawn[1]), 1080) == Size(
        width=size[0], height=size[1]
    )


def test_profiles_share_finished_pictures_and_others_are_as_before(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch)
    found = made(take, large="", tall='aspect = "1:1"')
    assert len(seen) == 6
    assert (found["web"].width, found["web"].height, found["web"].finished) == (48, 32, ())
    assert (found["large"].width, found["large"].height) == (144, 96)
    assert (found["tall"].width, found["tall"].height) == (96, 96)
    assert found["large"].finished == found["tall"].finished
    assert len(found["large"].finished) == 2
    again = made(take, large="", tall='aspect = "1:1"')
    assert again == found
    assert len(seen) == 6


def test_a_profile_without_a_finish_keeps_its_name(take: SmallTake) -> None:
    plain = {each.name: each for each in profile_table()}["web"]
    assert "finish" not in plain.content
    assert replace(plain, finish=SMALL).content != plain.content
    with_finish = {
        file.profile: file for file in make_deliveries(request(take, x=""), take.workspace)
    }
    alone = make_deliveries(take.request(), take.workspace)
    assert alone[0] == with_finish["web"]


def test_a_run_that_was_killed_goes_on_behind_the_last_finished_piece(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = counted(monkeypatch)
    real = finished_reel.write_lossless

    def dying(frames: Iterator[Picture], path: Path, *, width: int, height: int) -> int:
        if len(seen) >= 3:
            raise KeyboardInterrupt
        return real(frames, path, width=width, height=height)

    with monkeypatch.context() as patch:
        patch.setattr(finished_reel, "write_lossless", dying)
        with pytest.raises(KeyboardInterrupt):
            made(take, large="")
    assert len(seen) == 3
    made(take, large="")
    assert len(seen) == 6


def test_grain_is_drawn_by_name_and_sharpening_adds_contrast() -> None:
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    grained = replace(SMALL, grain=4.0)
    [first], [again] = (list(textured([grey], grained, "take", ALL)) for _ in range(2))
    assert np.array_equal(first, again)
    [second, third] = textured([grey, grey], grained, "take", ALL)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, third)
    assert first.std() == pytest.approx(4.0, rel=0.1)
    picture = some_frames(1, 64, 64)
    [sharp] = textured([picture], replace(SMALL, sharpen=0.5), "take", ALL)
    assert sharp.std() > picture.std()


def test_frames_that_nobody_reads_are_not_grained_and_move_no_grain_of_others() -> None:
    grey = np.full((2, 32, 32, 3), 128, np.uint8)
    grained = replace(SMALL, grain=4.0)
    every = list(textured([grey] * 3, grained, "take", ALL))
    found = list(textured([grey] * 3, grained, "take", [range(4, 5)]))
    assert np.array_equal(found[2], every[2])
    assert found[0] is grey
    assert found[1] is grey


def test_the_same_face_passes_and_another_or_none_is_told() -> None:
    picture = cv2.resize(a_portrait()[:300, 80:380], (128, 128), interpolation=cv2.INTER_AREA)
    drawn = np.asarray(picture, np.uint8)
    points = landmarks_of(drawn, find_faces(drawn)[0]).points
    large = resized(QUICK.enlarge(drawn), Size(width=720, height=720))
    guard = FaceGuard(mesh=points, encoder=installed_encoder())
    guard.look(drawn, large)
    assert breaches(guard.figures) == []
    gone = FaceGuard(mesh=points, encoder=None)
    gone.look(drawn, np.zeros_like(large))
    [told] = breaches(gone.figures)
    assert "loses the face" in told


def test_a_face_that_becomes_another_costs_its_file_and_no_other(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(self: FaceGuard, *_: Picture) -> None:
        self.gaps.append((len(self.gaps), 0.1, 0.3))

    monkeypatch.setattr(FaceGuard, "look", changed)
    with pytest.raises(BadInput, match=r"moves the lips \(lips_moved 0\.200"):
        made(take, large="")
    web = make_deliveries(take.request(), take.workspace)[0]
    assert Path(web.file.uri).is_file()
    names = [finished_name(piece, SMALL) for piece in take.reel.pieces]
    assert all(take.workspace.find_finished(name, FinishedSegment) is None for name in names)


def test_what_is_planned_is_as_large_as_what_is_finished(take: SmallTake) -> None:
    grown = finished_take(take.reel.take, SMALL)
    assert (grown.width, grown.height) == (144, 96)
    assert grown.head == Box(left=36, top=24, width=36, height=48)
    assert finished_take(take.reel.take, None) is take.reel.take


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('finish = "8k"', "finish: write an even number of lines, 16 to 4096"),
        ("grain = 2.0", 'grain: it needs finish, such as "1080p"'),
        ('finish = "720p"\nfinish_network = "best"', "finish_network: .*'best' is no finisher"),
        ('finish = "720p"\nsharpen = 3.0', "key sharpen"),
    ],
)
def test_a_finish_that_is_none_is_refused_by_its_key(tmp_path: Path, keys: str, told: str) -> None:
    file = tmp_path / "house.toml"
    file.write_text(f'[mine]\ncontainer = "mp4"\nvideo = "h264"\nsound = "aac"\n{keys}\n')
    with pytest.raises(ManifestUnusable, match=told):
        profile_table([file])


def test_finished_files_show_the_finished_frames(take: SmallTake) -> None:
    made(take, large="")
    name = finished_name(take.reel.pieces[0], SMALL)
    video = take.workspace.find_finished(name, FinishedSegment)
    assert video is not None
    frames = np.concatenate(list(read_frames(Path(video.video.uri))))
    assert frames.shape == (3, 96, 144, 3)
    small = np.stack([cv2.resize(f, (48, 32), interpolation=cv2.INTER_AREA) for f in frames])
    assert np.abs(small.astype(float) - take.frames[:3]).mean() < 8
