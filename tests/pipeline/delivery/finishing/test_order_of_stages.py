"""Finishing beside the other ways of a picture: it comes before plate, crop and watermark, and
holds for any size, shape, rate and number of frames."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data

from pipeline.delivery.files import make_deliveries
from pipeline.delivery.finishing import finished_reel
from pipeline.delivery.finishing.guard import FaceGuard
from pipeline.delivery.inspection.findings import findings
from pipeline.delivery.profile_files import profile_table
from pipeline.delivery.watermark.read import read_mark
from pipeline.media import video
from pipeline.media.picture.image import save_png
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import read_frames
from pipeline.nouns import Box, DeliveredFile, FinishedSegment, Join, Plate
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace
from tests.pipeline.delivery.builders import SmallTake, a_piece, stored
from tests.pipeline.delivery.finishing.builders import QUICK, a_short_take

LARGE = """
[large]
container = "mov"
video = "ffv1"
sound = "pcm24"
"""
PLACE = Box(left=60, top=20, width=120, height=90)


class Pixelwise:
    """Each pixel four times across and down; keeps the pictures that it was given."""

    digest = QUICK.digest

    def __init__(self) -> None:
        self.seen: list[Picture] = []

    def enlarge(self, picture: Picture) -> Picture:
        self.seen.append(picture.copy())
        return picture.repeat(4, axis=0).repeat(4, axis=1)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Pixelwise:
    found = Pixelwise()
    monkeypatch.setattr(finished_reel, "opened_finisher", lambda _: found)
    return found


@pytest.fixture
def portrait(tmp_path: Path) -> SmallTake:
    """Two frames of 120 x 90 of a photograph, and the larger picture that they were cut from."""
    whole = np.asarray(cv2.resize(skimage.data.astronaut()[:384], (240, 180)), np.uint8)
    save_png(whole, tmp_path / "whole.png")
    frames = np.stack([whole[20:110, 60:180]] * 2)
    take = a_short_take(tmp_path, 120, 90, (2,))
    plate = Plate(picture=stored(tmp_path / "whole.png"), width=240, height=180, place=PLACE)
    reel = replace(
        take.reel,
        take=replace(take.reel.take, plate=plate),
        pieces=(a_piece(tmp_path / "portrait.mkv", frames),),
    )
    return replace(take, frames=frames, reel=reel)


def delivered(take: SmallTake, keys: str) -> DeliveredFile:
    (take.folder / "house.toml").write_text(LARGE + keys)
    table = {each.name: each for each in profile_table([take.folder / "house.toml"])}
    request = take.request("large", profiles=(table["large"],))
    return make_deliveries(request, take.workspace)[1]


def shown(file: DeliveredFile) -> Frames:
    with av.open(file.file.uri) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ("", (640, 480)),
        ('aspect = "9:16"', (270, 480)),
        ('fit = "plate"\nsize = 360', (480, 360)),
    ],
)
def test_frames_are_enlarged_before_plate_and_crop_and_marked_behind_them(
    portrait: SmallTake, network: Pixelwise, keys: str, size: tuple[int, int]
) -> None:
    table = LARGE + f'finish = "480p"\n{keys}\n'
    unmarked = f"{table}watermark = false\n".replace("[large]", "[unmarked]")
    (portrait.folder / "house.toml").write_text(table + unmarked)
    named = {each.name: each for each in profile_table([portrait.folder / "house.toml"])}
    request = portrait.request("large", "unmarked", profiles=(named["large"], named["unmarked"]))
    _, file, plain = make_deliveries(request, portrait.workspace)
    assert np.array_equal(network.seen, portrait.frames), "just what was drawn, and once for both"
    assert (file.width, file.height) == size
    assert findings(Path(file.file.uri), file) == ()
    found = read_mark(Path(file.file.uri))
    assert found is not None
    assert (found.payload, read_mark(Path(plain.file.uri))) == (file.watermark, None)


@pytest.mark.usefixtures("network")
def test_a_plate_shows_the_pixels_of_finished_frames(portrait: SmallTake) -> None:
    """At the size of which the network draws blocks of four pixels."""
    file = delivered(portrait, 'watermark = false\nfinish = "360p"\nfit = "plate"\nsize = 720')
    head = shown(file)[0, 80 + 96 : 440 - 96, 240 + 96 : 720 - 96].astype(int)
    blocks = portrait.frames[0].repeat(4, axis=0).repeat(4, axis=1)[96:-96, 96:-96].astype(int)
    soft = cv2.resize(portrait.frames[0], (480, 360), interpolation=cv2.INTER_CUBIC)
    assert np.abs(head - blocks).mean() < 3 < np.abs(head - soft[96:-96, 96:-96]).mean()


@pytest.mark.usefixtures("network")
def test_a_part_that_is_made_alone_has_the_grain_that_it_had_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a retake: of two parts, the second one is lacking."""
    monkeypatch.setattr(FaceGuard, "look", lambda *_: None)  # there are no faces to lose
    take = a_short_take(tmp_path, 48, 32, (94, 94))
    met = Join(at=94, bridged_frames=0, z_before=0, z_after=0)
    take = replace(take, reel=replace(take.reel, joins=(met,)))
    keys = 'watermark = false\nfinish = "64p"\ngrain = 6.0'
    whole = delivered(take, keys)
    [_, second] = whole.parts
    for name in (second, whole.fingerprint):
        shutil.rmtree(tmp_path / "out/_run/work" / name)
    assert not Path(whole.file.uri).exists()
    again = delivered(take, keys)
    assert (again.parts, again.file.sha256) == (whole.parts, whole.file.sha256)


@pytest.mark.parametrize("rate", ["23.976", "29.97", "30"])
def test_one_frame_of_odd_sides_is_finished_at_every_rate(
    tmp_path: Path, network: Pixelwise, rate: str
) -> None:
    take = a_short_take(tmp_path, 47, 73, (1,))
    file = delivered(take, f'finish = "108p"\nrate = "{rate}"')
    assert (file.width, file.height, len(network.seen)) == (70, 108, 1)
    assert findings(Path(file.file.uri), file) == ()


@pytest.mark.parametrize(("lines", "size"), [(32, (48, 32)), (16, (24, 16)), (34, (52, 34))])
def test_frames_of_as_many_lines_are_scaled_and_no_network_is_asked(
    take: SmallTake, network: Pixelwise, lines: int, size: tuple[int, int]
) -> None:
    file = delivered(take, f'finish = "{lines}p"')
    assert (file.width, file.height) == size
    asked = lines > 32
    assert (len(network.seen), bool(file.finish)) == (6 if asked else 0, asked)
    assert [told.partition(": ")[0] for told in file.finish_warnings] == [
        "finish_unchecked"
    ] * asked, "these pictures show no face"
    [first, _] = file.finished
    segment = take.workspace.find_finished(first, FinishedSegment)
    assert segment is not None
    assert (segment.spent is not None) == asked
    if lines == 32:
        assert np.array_equal(next(read_frames(Path(segment.video.uri))), take.frames[:3])


@pytest.mark.usefixtures("network")
def test_two_jobs_that_finish_the_same_pieces_at_once_deliver_the_same(take: SmallTake) -> None:
    with ThreadPoolExecutor(2) as jobs:
        first, second = jobs.map(lambda _: delivered(take, 'finish = "96p"'), range(2))
    assert first.finished == second.finished
    assert first.file.sha256 == second.file.sha256


def test_a_kill_between_the_bytes_and_the_record_of_a_piece_costs_that_piece(
    take: SmallTake, network: Pixelwise, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Workspace.commit

    def killed(self: Workspace, name: str, noun: object) -> object:
        if isinstance(noun, FinishedSegment) and len(network.seen) > 3:
            raise KeyboardInterrupt
        return real(self, name, noun)

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            delivered(take, 'finish = "96p"')
    file = delivered(take, 'finish = "96p"')
    assert len(network.seen) == 9, "the first piece was kept"
    assert findings(Path(file.file.uri), file) == ()


def test_a_finished_piece_whose_bytes_are_gone_is_finished_again(
    take: SmallTake, network: Pixelwise
) -> None:
    file = delivered(take, 'finish = "96p"')
    segment = take.workspace.find_finished(file.finished[0], FinishedSegment)
    assert segment is not None
    Path(segment.video.uri).write_bytes(b"other bytes")
    delivered(take, 'finish = "96p"\ngrain = 2.0')
    assert len(network.seen) == 9
    again = take.workspace.find_finished(file.finished[0], FinishedSegment)
    assert again is not None
    assert again.video.sha256 == segment.video.sha256


def test_batches_of_large_frames_hold_fewer(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "LARGEST_BATCH", 2 * 48 * 32 * 3)
    found = list(read_frames(Path(take.reel.pieces[0].video.uri)))
    assert [len(batch) for batch in found] == [2, 1]
    assert np.array_equal(np.concatenate(found), take.frames[:3])
    monkeypatch.setattr(video, "LARGEST_BATCH", 1)
    assert [len(each) for each in read_frames(Path(take.reel.pieces[0].video.uri))] == [1, 1, 1]
