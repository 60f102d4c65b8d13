"""What a deliverable's name is made of, and the gate that a finished file must pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from manifests.errors import Transient
from pipeline.delivery.encode import MasterRequest, check, master_name
from pipeline.media.framing import Size
from pipeline.media.probe import VideoFacts
from pipeline.nouns import Piece, Reel
from tests.noun_builders import a_take, an_artifact

TAKE = a_take(100)
SIZE = Size(width=64, height=64)


def a_finish() -> MasterRequest:
    pieces = (
        Piece(video=an_artifact("0.mkv"), skip=0, frames=47),
        Piece(video=an_artifact("1.mkv"), skip=0, frames=53),
    )
    reel = Reel(take=TAKE, pieces=pieces, joins=())
    return MasterRequest(reel=reel, profile="web", aspect="source", language="en")


def with_piece(request: MasterRequest, **fields: object) -> MasterRequest:
    first, *rest = request.reel.pieces
    piece = replace(first, **fields)  # type: ignore[arg-type]  # the fields' names are the test's business
    return replace(request, reel=replace(request.reel, pieces=(piece, *rest)))


OTHERWISE: dict[str, Callable[[MasterRequest], MasterRequest]] = {
    "frames skipped": lambda f: with_piece(f, skip=1),
    "frames shown": lambda f: with_piece(f, frames=46),
    "another segment": lambda f: with_piece(f, video=replace(an_artifact(), sha256="1" * 64)),
    "another sound": lambda f: replace(
        f, reel=replace(f.reel, take=replace(TAKE, mix=replace(an_artifact(), sha256="2" * 64)))
    ),
    "demo weights": lambda f: replace(f, demo=True),
    "another profile": lambda f: replace(f, profile="other"),
    "another aspect": lambda f: replace(f, aspect="1:1"),
    "another language": lambda f: replace(f, language="de"),
    "enlarged": lambda f: replace(f, enlarged=4),
}


@pytest.mark.parametrize("change", OTHERWISE.values(), ids=OTHERWISE)
def test_whatever_changes_the_file_changes_its_name(
    change: Callable[[MasterRequest], MasterRequest],
) -> None:
    finish = a_finish()
    assert master_name(change(finish)) != master_name(finish)


def test_what_is_delivered_beside_it_does_not_rename_the_file() -> None:
    finish = a_finish()
    assert master_name(replace(finish, further=("captioned",))) == master_name(finish)
    assert master_name(a_finish()) == master_name(finish)


def facts(*, frames: int = 100, width: int = 64, height: int = 64, off_s: float = 0) -> VideoFacts:
    return VideoFacts(
        frames=frames,
        fps=Fraction(25),
        width=width,
        height=height,
        duration_s=TAKE.frames / 25 + off_s,
        video_codec="h264",
        profile="High",
        pix_fmt="yuv420p",
        color_primaries=1,
        color_trc=1,
        colorspace=1,
        full_range=False,
        audio_codec="aac",
        audio_rate=48000,
        audio_channels=2,
        audio_duration_s=4.0,
        audio_language="eng",
        faststart=True,
    )


def test_a_whole_file_passes() -> None:
    check(facts(), TAKE, SIZE)
    check(facts(off_s=0.039), TAKE, SIZE)
    check(facts(off_s=-0.039), TAKE, SIZE)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (facts(frames=99), "99 frames instead of 100"),
        (facts(frames=101), "101 frames instead of 100"),
        (facts(width=62), "62x64 instead of 64x64"),
        (facts(height=66), "64x66 instead of 64x64"),
        (facts(off_s=0.05), "4.050 s instead of 4.000 s"),
        (facts(off_s=-0.05), "3.950 s instead of 4.000 s"),
    ],
)
def test_an_incomplete_file_is_never_delivered(wrong: VideoFacts, told: str) -> None:
    with pytest.raises(Transient, match=told) as caught:
        check(wrong, TAKE, SIZE)
    assert caught.value.code == "encode_incomplete"
