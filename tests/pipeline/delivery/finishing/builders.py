"""A take of two short pieces whose profiles enlarge its frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.finishing import finished_reel
from pipeline.delivery.finishing.finished_reel import finished_name
from pipeline.delivery.finishing.finishers import Finishing, opened_finisher
from pipeline.delivery.profile_files import profile_table
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import read_frames
from pipeline.nouns import Box, DeliveredFile, FinishedSegment, Reel
from pipeline.renderer import Frames
from tests.media_builders import a_mix, some_frames
from tests.noun_builders import a_take
from tests.pipeline.delivery.builders import SmallTake, a_piece, stored

SMALL = Finishing(lines=96)
QUICK = opened_finisher(SMALL)
PROFILE = """
[{name}]
container = "mp4"
video = "h264"
sound = "aac"
watermark = false
finish = "96p"
{more}
"""


def a_short_take(
    folder: Path, width: int = 48, height: int = 32, pieces: tuple[int, ...] = (3, 3)
) -> SmallTake:
    """Pieces of so many frames."""
    count = sum(pieces)
    frames = some_frames(count, width, height)
    starts = np.cumsum((0, *pieces))
    files = tuple(
        a_piece(folder / f"{at}.mkv", frames[at : at + many])
        for at, many in zip(starts, pieces, strict=False)
    )
    points = folder / "landmarks.npy"
    np.save(points, np.random.default_rng(0).random((468, 3)).astype(np.float32) * 30)
    taken = replace(
        a_take(count),
        width=width,
        height=height,
        mix=stored(a_mix(folder / "mix.wav", count)),
        landmarks=stored(points),
        head=Box(left=width / 4, top=height / 4, width=width / 4, height=height / 2),
    )
    return SmallTake(folder=folder, frames=frames, reel=Reel(take=taken, pieces=files, joins=()))


def profiles(folder: Path, **named: str) -> tuple[DeliveryProfile, ...]:
    text = "".join(PROFILE.format(name=name, more=more) for name, more in named.items())
    (folder / "house.toml").write_text(text)
    told = {each.name: each for each in profile_table([folder / "house.toml"])}
    return tuple(told[name] for name in named)


def request(take: SmallTake, **named: str) -> MasterRequest:
    return take.request(*named, profiles=profiles(take.folder, **named))


def made(take: SmallTake, **named: str) -> dict[str, DeliveredFile]:
    files = make_deliveries(request(take, **named), take.workspace)
    return {file.profile: file for file in files}


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Picture]:
    """The pictures that go through a network from now on."""
    seen: list[Picture] = []

    class Counting:
        digest = QUICK.digest

        def enlarge(self, picture: Picture) -> Picture:
            seen.append(picture)
            return QUICK.enlarge(picture)

    monkeypatch.setattr(finished_reel, "opened_finisher", lambda _: Counting())
    return seen


def finished_frames(take: SmallTake, network: str) -> Frames:
    """Of the first piece, as they are stored."""
    [profile] = profiles(take.folder, large=f'finish_network = "{network}"')
    assert profile.finish is not None
    name = finished_name(take.reel.pieces[0], profile.finish)
    found = take.workspace.find_finished(name, FinishedSegment)
    assert found is not None
    assert found.spent is not None
    assert (found.spent.digest, found.spent.megapixels) == (
        profile.finish.digest,
        3 * 48 * 32 / 1e6,
    )
    return np.concatenate(list(read_frames(Path(found.video.uri))))
