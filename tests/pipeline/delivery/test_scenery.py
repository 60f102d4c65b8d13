"""Plates, handles and slates in whole files: picture and sound grow by the very same time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.delivery.files import make_deliveries
from pipeline.delivery.inspection.findings import findings
from pipeline.delivery.profile_files import read_profiles
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.picture.image import save_png
from pipeline.nouns import Box, DeliveredFile, Plate, Reel
from tests.media_builders import a_mix, some_frames
from tests.noun_builders import a_take
from tests.pipeline.delivery.builders import SmallTake, a_piece, stored

TABLE = DeliverySettings().table
WEB = replace(TABLE["web"], watermark=False)


def an_archive(**fields: object) -> DeliveryProfile:
    """Without loss, so that what is in it can be compared."""
    return replace(TABLE["archive"], watermark=False, **fields)  # type: ignore[arg-type]  # its fields


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> SmallTake:
    """Twelve frames of 64 x 48 in two pieces."""
    folder = tmp_path_factory.mktemp("take")
    frames = some_frames(12, 64, 48)
    pieces = tuple(a_piece(folder / f"{at}.mkv", frames[at : at + 6]) for at in (0, 6))
    mix, head = stored(a_mix(folder / "mix.wav", 12)), Box(left=20, top=10, width=24, height=28)
    drawn = replace(a_take(12), width=64, height=48, mix=mix, head=head)
    reel = Reel(take=drawn, pieces=pieces, joins=())
    return SmallTake(folder=folder, frames=frames, reel=reel)


def delivered(take: SmallTake, profile: DeliveryProfile) -> DeliveredFile:
    request = replace(take.request("archive", profiles=(WEB, profile)), title="Night harbour")
    return make_deliveries(request, take.workspace)[1]


def shown(file: DeliveredFile) -> NDArray[np.uint8]:
    with av.open(file.file.uri) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def heard(file: DeliveredFile) -> NDArray[np.int32]:
    with av.open(file.file.uri) as container:
        return np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)[0] >> 8


@pytest.fixture(scope="module")
def plain(take: SmallTake) -> DeliveredFile:
    return delivered(take, an_archive())


@pytest.mark.parametrize(
    ("rate", "frames", "samples"),
    [(None, 10, 19_200), (Fraction(30000, 1001), 15, 24_024)],
)
def test_picture_and_sound_are_held_for_the_same_time(
    take: SmallTake, plain: DeliveredFile, rate: Fraction | None, frames: int, samples: int
) -> None:
    file = delivered(take, an_archive(handles_s=0.4, rate=rate))
    assert findings(Path(file.file.uri), file) == ()
    pictures, sound = shown(file), heard(file)
    assert not sound[:samples].any()
    assert not sound[-samples:].any()
    np.testing.assert_array_equal(sound[samples:-samples], heard(plain))
    assert (pictures[:frames] == pictures[frames]).all()
    assert (pictures[-frames:] == pictures[-frames - 1]).all()
    if rate is None:
        np.testing.assert_array_equal(pictures[frames:-frames], shown(plain))


def test_a_slate_is_seen_before_the_first_picture(take: SmallTake, plain: DeliveredFile) -> None:
    file = delivered(take, an_archive(handles_s=0.4, slate=True))
    pictures, first = shown(file), shown(plain)[0]
    assert findings(Path(file.file.uri), file) == ()
    assert (pictures[:5] == pictures[0]).all()
    assert (pictures[0] != first).mean() > 0.5
    assert (pictures[5:10] == first).all()


def test_a_plate_shows_the_whole_picture_around_what_was_drawn(
    take: SmallTake, plain: DeliveredFile
) -> None:
    whole = np.full((72, 120, 3), (40, 90, 160), np.uint8)
    whole[12:60, 20:84] = take.frames[0]
    save_png(whole, take.folder / "whole.png")
    plate = Plate(
        picture=stored(take.folder / "whole.png"),
        width=120,
        height=72,
        place=Box(left=20, top=12, width=64, height=48),
    )
    of_plate = replace(take, reel=replace(take.reel, take=replace(take.reel.take, plate=plate)))
    file = delivered(of_plate, an_archive(fit="plate"))
    assert findings(Path(file.file.uri), file) == ()
    assert (file.width, file.height) == (120, 72)
    pictures = shown(file).astype(int)
    assert np.abs(pictures[0] - whole).max() <= 3
    outside = np.ones((72, 120), bool)
    outside[12:60, 20:84] = False
    assert np.abs(pictures[:, outside] - whole[outside]).max() <= 3
    head = (slice(None), slice(22, 50), slice(40, 64))
    drawn = np.pad(shown(plain), ((0, 0), (12, 12), (20, 36), (0, 0)))
    assert np.abs(pictures[head] - drawn[head]).mean() < 4


def test_a_take_without_a_picture_for_a_plate_is_a_fault(take: SmallTake) -> None:
    with pytest.raises(ValueError, match="keeps no picture for archive"):
        delivered(take, an_archive(fit="plate"))


def test_a_slate_without_handles_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text('[a]\ncontainer = "mp4"\nvideo = "h264"\nslate = true\n')
    with pytest.raises(Exception, match="set handles_s"):
        list(read_profiles(path))
