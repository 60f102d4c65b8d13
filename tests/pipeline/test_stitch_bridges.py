"""What a bridge is made of, how far it reaches, and what is said of it, against plain search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from manifests.artifact import Artifact, sha256_of
from manifests.fingerprint import fingerprint
from pipeline.delivery.encode import reel_frames
from pipeline.media.picture.optical_flow import bridge, seam_z
from pipeline.media.video import write_lossless
from pipeline.nouns import Clip, Reel, SegmentFile, Span, TakeClips
from pipeline.renderer import Frames
from pipeline.stitch import stitch
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_chunk, a_segment_file, a_take

SIDE = 64
QUIET = (Span(start_s=9.0, stop_s=10.0),)
"""Speech that begins far behind every join here."""


def drawn(frames: range, jump: float) -> Frames:
    """The astronaut on a smooth way; `jump` pixels off it."""
    picture = cv2.resize(skimage.data.astronaut()[:320, 60:380], (SIDE, SIDE))
    moved = []
    for frame in frames:
        way = np.float32([[1, 0, 2 * np.sin(frame / 9) + jump], [0, 1, np.cos(frame / 7)]])
        moved.append(cv2.warpAffine(picture, way, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE))
    return np.stack(moved)


def a_segment(workspace: Workspace, name: str, frames: Frames) -> SegmentFile:
    path = workspace.scratch / f"{name}.mkv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lossless([frames], path, width=SIDE, height=SIDE)
    video = Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
    return replace(a_segment_file(0, len(frames)), fingerprint=name, video=video)


def strung(
    workspace: Workspace, left: tuple[int, ...], right: tuple[int, ...], jump: float
) -> tuple[Reel, Frames]:
    """The reel of two clips with segments of such lengths, and the frames as they were rendered."""
    at, clips, whole = 0, [], []
    for index, sizes in enumerate((left, right)):
        start, segments = at, []
        for order, size in enumerate(sizes):
            frames = drawn(range(at, at + size), jump * index)
            segments.append(a_segment(workspace, f"{index}-{order}", frames))
            whole.append(frames)
            at += size
        clips.append(Clip(chunk=a_chunk(index, start, at), segments=tuple(segments)))
    reel = stitch(TakeClips(take=a_take(at, QUIET), clips=tuple(clips)), workspace)
    return reel, np.concatenate(whole)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


@pytest.mark.parametrize(
    ("left", "right", "half"),
    [
        ((15,), (15,), 6),
        ((8, 4), (9,), 3),
        ((8, 8), (6, 4), 5),
        ((8,), (2, 8), 1),
        ((8,), (1, 8), 0),
    ],
)
def test_a_bridge_replaces_up_to_six_frames_each_side_and_leaves_one_of_each_segment(
    workspace: Workspace, left: tuple[int, ...], right: tuple[int, ...], half: int
) -> None:
    reel, rendered = strung(workspace, left, right, jump=5)
    at = sum(left)
    (join,) = reel.joins
    assert (join.at, join.bridged_frames) == (at, 2 * half)
    assert sum(piece.frames for piece in reel.pieces) == len(rendered)
    expected = rendered.copy()
    if half:
        ends = rendered[at - half - 1], rendered[at + half]
        expected[at - half : at + half] = bridge(*ends, 2 * half)
    assert np.array_equal(np.concatenate(list(reel_frames(reel, workspace))), expected)


@pytest.mark.parametrize(("left", "right"), [((15,), (15,)), ((8, 4), (5, 8))])
def test_a_seam_is_measured_in_twelve_frames_of_the_segments_that_meet(
    workspace: Workspace, left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    """Before, where the clips meet; after, the worst of all places that the bridge touches."""
    reel, rendered = strung(workspace, left, right, jump=5)
    at, (join,) = sum(left), reel.joins
    window = slice(at - min(12, left[-1]), at + min(12, right[0]))
    near, half = at - window.start, join.bridged_frames // 2
    before = rendered[window]
    assert join.z_before == seam_z(before[:near], before[near:])
    after = np.concatenate(list(reel_frames(reel, workspace)))[window]
    touched = range(near - half, near + half + 1)
    assert join.z_after == max(seam_z(after[:place_], after[place_:]) for place_ in touched)


@pytest.mark.parametrize(("jump", "between"), [(0.4, (2.0, 3.0)), (0.5, (3.0, 4.0))])
def test_a_seam_of_three_deviations_is_the_border(
    workspace: Workspace, jump: float, between: tuple[float, float]
) -> None:
    reel, _ = strung(workspace, (20,), (20,), jump)
    (join,) = reel.joins
    assert between[0] < join.z_before < between[1]
    assert (join.bridged_frames > 0) == (join.z_before > 3)


def test_a_bridge_is_named_by_the_segments_that_meet(workspace: Workspace) -> None:
    reel, _ = strung(workspace, (10, 8), (8, 10), jump=5)
    name = fingerprint("bridge", ends=["0-1", "1-0"], frames=reel.joins[0].bridged_frames)
    assert workspace.work(name, "bridge.mkv") in [piece.video.uri for piece in reel.pieces]
