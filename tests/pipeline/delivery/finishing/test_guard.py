"""The guard over a take: lips go as they were drawn, or nothing is delivered of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.artifact import sha256_of
from manifests.errors import BadInput
from pipeline.delivery import files
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.finishing.finished_reel import finished_reel, told_of_take
from pipeline.delivery.finishing.finishers import CARRIED_FINISHERS
from pipeline.delivery.finishing.guard import (
    GUARD_LIMITS,
    LEAST_FOLLOWING,
    USUAL_FOLLOWING,
    FaceGuard,
    following_breach,
    lips_following,
    told_of_faces,
)
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import read_frames
from pipeline.nouns import FinishedSegment, FinishSpent, Piece
from pipeline.quality.series import Column
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import an_artifact
from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import SMALL, counted, made, request

LIMITS = Path(__file__).parents[4] / "benchmarks/results/finishing-limits.json"
SPOKEN = 0.05 + 0.03 * np.abs(np.sin(np.arange(75) * 0.35)) * (1 + np.sin(np.arange(75) * 0.11))
"""A gap of lips that speak for three seconds, in eye spans."""


def with_noise(following: float) -> Column:
    """Lips that go with those that were drawn by about so much."""
    noise = np.random.default_rng(5).permutation(SPOKEN)
    centred, other = SPOKEN - SPOKEN.mean(), noise - noise.mean()
    other -= centred * (centred @ other) / (centred @ centred)
    mixed = following * centred / np.linalg.norm(centred)
    return mixed + np.sqrt(1 - following**2) * other / np.linalg.norm(other)


def a_segment(gaps: list[tuple[int, float, float]], **figures: float) -> FinishedSegment:
    return FinishedSegment(
        fingerprint="f",
        video=an_artifact(),
        frames=47,
        take="take",
        figures=tuple({"lips_moved": 0.01, **figures}.items()),
        gaps=tuple(gaps),
        spent=FinishSpent(network="x4plus", digest="d", seconds=1.0, megapixels=1.0),
    )


@given(st.floats(-0.99, 0.99))
def test_what_lips_come_to_is_their_correlation_with_the_drawn_ones(following: float) -> None:
    assert lips_following(SPOKEN, with_noise(following)) == pytest.approx(following, abs=1e-6)


@pytest.mark.parametrize("late", [2, 4])
def test_lips_that_come_frames_late_are_refused(late: int) -> None:
    assert following_breach(lips_following(SPOKEN[late:], SPOKEN[:-late]))
    assert not following_breach(lips_following(SPOKEN, 0.8 * SPOKEN + 0.01))


def test_frozen_lips_follow_nothing_and_still_ones_are_not_asked() -> None:
    assert lips_following(SPOKEN, np.full(75, 0.05)) == 0.0
    assert np.isnan(lips_following(np.full(75, 0.05), SPOKEN))
    assert np.isnan(lips_following(SPOKEN[:20], SPOKEN[:20])), "too few frames to say it"
    assert following_breach(float("nan")) == ""
    assert told_of_faces(float("nan"), GUARD_LIMITS) == ()
    [unseen] = told_of_faces(float("nan"), ())
    assert unseen.startswith("finish_unchecked: no face was seen in the drawn frames")


def test_lips_are_asked_over_all_that_the_pieces_of_a_take_show() -> None:
    """A segment has too little speech for it; frames that a piece skips do not count."""
    piece = Piece(video=an_artifact(), skip=2, frames=15)
    after = with_noise(0.8)
    segments = [
        a_segment([(number, SPOKEN[at + number], after[at + number]) for number in range(15)])
        for at in (0, 15, 30)
    ]
    shown = [(piece, each) for each in segments]
    [lips, unchecked] = told_of_take(shown, SMALL)
    assert lips.startswith("finish_lips: finished lips go with those that were drawn by 0.")
    assert unchecked.startswith("finish_unchecked: nothing here could compare whose face it is")
    assert told_of_take(shown[:1], SMALL) == (unchecked,)
    frozen = [
        (piece, replace(each, gaps=tuple((n, b, 0.05) for n, b, _ in each.gaps)))
        for each in segments
    ]
    with pytest.raises(BadInput, match=r"changes how the lips move: .* by 0\.00, at least 0\.7"):
        told_of_take(frozen, SMALL)


def test_usual_lips_of_a_compared_face_are_not_told() -> None:
    piece = Piece(video=an_artifact(), skip=0, frames=75)
    gaps = [(n, float(b), float(b) * 1.1) for n, b in enumerate(SPOKEN)]
    assert told_of_take([(piece, a_segment(gaps, identity_moved=0.2))], SMALL) == ()
    assert LEAST_FOLLOWING < USUAL_FOLLOWING


def test_a_take_whose_lips_do_not_follow_is_refused_and_refused_again(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was finished is found by the next try, which asks again; the other files are kept."""
    seen = counted(monkeypatch)
    monkeypatch.setattr("pipeline.delivery.finishing.guard.LEAST_SPEECH", 6)
    monkeypatch.setattr("pipeline.quality.column_statistics.FEWEST_FRAMES", 6)

    def looked(self: FaceGuard, *_: Picture) -> None:
        number = len(self.gaps)
        self.gaps.append((number, 0.01 * number, 0.01 * (2 - number)))

    monkeypatch.setattr(FaceGuard, "look", looked)
    for _ in range(2):
        with pytest.raises(BadInput, match=r"lips move: .* by -1\.00, at least"):
            made(take, large="")
    assert len(seen) == 6


def test_what_is_to_be_looked_at_is_told_with_the_file(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(self: FaceGuard, *_: Picture) -> None:
        self.gaps.append((len(self.gaps), 0.05, 0.05))

    monkeypatch.setattr(FaceGuard, "look", looked)
    for found in (made(take, large=""), made(take, large="")):
        [told] = found["large"].warnings
        assert told.startswith("finish_unchecked: ")
        assert found["web"].warnings == ()


def test_limits_lie_between_what_networks_and_what_planted_faults_came_to() -> None:
    """benchmarks/results/finishing-limits.json, on which they were calibrated."""
    found = json.loads(LIMITS.read_text())
    clips = {name: each for name, each in found.items() if isinstance(each, dict)}
    others = clips.pop("other faces")
    networks = ("plain", *CARRIED_FINISHERS)
    measured = [(name, each[n]) for name, each in clips.items() for n in networks if n in each]
    assert len(measured) >= 20
    for figure in ("lips_moved", "identity_moved"):
        assert max(each[figure] for _, each in measured) < GUARD_LIMITS[figure]
    late = [each["planted"]["2 frames late"]["following"] for each in clips.values()]
    clear = [each["following"] for name, each in measured if name.endswith("animatic")]
    plain = [each["plain"]["following"] for each in clips.values()]
    assert max(late) < LEAST_FOLLOWING < USUAL_FOLLOWING < min(clear)
    assert min(plain) > USUAL_FOLLOWING
    shut = [e["planted"]["shut"] for name, e in clips.items() if name.endswith("animatic")]
    assert min(each["lips_moved"] for each in shut) > GUARD_LIMITS["lips_moved"]
    apart = [distance for pairs in others.values() for distance in pairs.values()]
    assert min(apart) > GUARD_LIMITS["identity_moved"]


def killed(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def moved(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    """Each frame shows lips that are moved by so much."""

    def looked(self: FaceGuard, *_: Picture) -> None:
        self.gaps.append((len(self.gaps), 0.1, 0.1 + by))

    monkeypatch.setattr(FaceGuard, "look", looked)


@pytest.mark.parametrize("again", [{"large": ""}, {"tall": 'aspect = "1:1"'}])
def test_limits_are_asked_of_segments_that_were_stored_under_others(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch, again: dict[str, str]
) -> None:
    """A run is killed when its segments are stored, and goes on with closer limits; also for
    another profile of the same frames."""
    seen = counted(monkeypatch)
    moved(monkeypatch, by=0.2)
    real, calls = files.fan_out, count()

    def dying(frames: Iterable[Frames], readers: Sequence[Any]) -> object:
        if next(calls) == 1:  # the second: of finished frames
            raise KeyboardInterrupt
        return real(frames, readers)

    with monkeypatch.context() as looser:
        looser.setattr("pipeline.delivery.finishing.guard.GUARD_LIMITS", {"lips_moved": 0.9})
        looser.setattr(files, "fan_out", dying)
        with pytest.raises(KeyboardInterrupt):
            make_deliveries(request(take, large=""), take.workspace)
    assert len(seen) == 6
    with pytest.raises(BadInput, match=r"moves the lips \(lips_moved 0\.200, at most 0\.03\)"):
        made(take, **again)
    assert len(seen) == 6, "nothing is finished again to be refused"


def test_stored_segments_that_a_file_reads_no_more_are_asked_too(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their frames stand in parts that were encoded before."""
    counted(monkeypatch)
    moved(monkeypatch, by=0.2)
    with monkeypatch.context() as looser:
        looser.setattr("pipeline.delivery.finishing.guard.GUARD_LIMITS", {"lips_moved": 0.9})
        finished_reel(take.reel, SMALL, take.workspace, [range(6)])
    with pytest.raises(BadInput, match="moves the lips"):
        finished_reel(take.reel, SMALL, take.workspace, ())


def test_a_record_is_of_the_frames_that_were_looked_at_whatever_a_killed_run_had_stored(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that draws otherwise each time is killed between bytes and record."""
    draws = count()

    class Changing:
        digest = SMALL.digest

        def enlarge(self, _: Picture) -> Picture:
            return np.full((96, 144, 3), 40 * next(draws) % 256, np.uint8)

    monkeypatch.setattr(
        "pipeline.delivery.finishing.finished_reel.opened_finisher", lambda _: Changing()
    )
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            finished_reel(take.reel, SMALL, take.workspace, [range(3)])
    looked: list[Picture] = []
    monkeypatch.setattr(FaceGuard, "look", lambda _, __, shown: looked.append(shown))
    reel, _ = finished_reel(take.reel, SMALL, take.workspace, [range(3)])
    stored = np.concatenate(list(read_frames(Path(reel.pieces[0].video.uri))))
    assert np.array_equal(stored, looked)
    assert reel.pieces[0].video.sha256 == sha256_of(Path(reel.pieces[0].video.uri))


def test_what_another_job_finished_meanwhile_counts(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [range(3)]
    first, _ = finished_reel(take.reel, SMALL, take.workspace, asked)
    real = Workspace.find_finished
    calls = count()

    def later(self: Workspace, name: str, noun: type) -> object:
        return real(self, name, noun) if next(calls) else None

    monkeypatch.setattr(Workspace, "find_finished", later)
    seen = counted(monkeypatch)
    again, _ = finished_reel(take.reel, SMALL, take.workspace, asked)
    assert (len(seen), again.pieces[0]) == (3, first.pieces[0])
