"""Joins between clips: left alone where they do not show, else bridged inside the pause."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from manifests.artifact import Artifact, sha256_of
from pipeline.delivery.encode import reel_frames
from pipeline.media.video import write_lossless
from pipeline.nouns import Clip, Span, TakeClips
from pipeline.renderer import Frames
from pipeline.stitch import LARGEST_SEAM, stitch
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_chunk, a_segment_file, a_take

GATE = 6.0
"""A finished join must score below this (the studio's quality gate)."""

PAUSE = (Span(start_s=0.0, stop_s=1.64), Span(start_s=2.36, stop_s=4.0))


def swaying(frames: range, *, jump: float = 0.0, light: int = 0) -> Frames:
    """The astronaut, moving smoothly with take time; shifted by `jump` pixels, lit by `light`."""
    picture = cv2.resize(skimage.data.astronaut()[:320, 60:380], (160, 160))
    drawn = []
    for frame in frames:
        shift = np.float32([[1, 0, 2 * np.sin(frame / 9) + jump], [0, 1, np.cos(frame / 7)]])
        moved = cv2.warpAffine(picture, shift, (160, 160), borderMode=cv2.BORDER_REPLICATE)
        drawn.append(np.clip(moved.astype(int) + light, 0, 255).astype(np.uint8))
    return np.stack(drawn)


def a_rendered_clip(workspace: Workspace, index: int, start: int, frames: Frames) -> Clip:
    """A clip of one segment that holds these frames."""
    path = workspace.scratch / f"clip-{index}.mkv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_lossless([frames], path, width=160, height=160)
    video = Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
    file = a_segment_file(index, len(frames))
    segment = type(file)(
        **{name: getattr(file, name) for name in file.__slots__} | {"video": video}
    )
    return Clip(chunk=a_chunk(index, start, start + len(frames)), segments=(segment,))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def rushes_of(workspace: Workspace, *, jump: float, light: int) -> TakeClips:
    first = a_rendered_clip(workspace, 0, 0, swaying(range(47)))
    second = a_rendered_clip(workspace, 1, 47, swaying(range(47, 94), jump=jump, light=light))
    return TakeClips(take=a_take(94, PAUSE), clips=(first, second))


def test_a_join_that_runs_on_is_left_alone(workspace: Workspace) -> None:
    reel = stitch(rushes_of(workspace, jump=0, light=0), workspace)
    assert [join.bridged_frames for join in reel.joins] == [0]
    assert reel.joins[0].z_before < LARGEST_SEAM
    shown = np.concatenate(list(reel_frames(reel, workspace)))
    assert np.array_equal(shown, swaying(range(94)))


def test_a_join_that_jumps_is_bridged_inside_its_pause(workspace: Workspace) -> None:
    reel = stitch(rushes_of(workspace, jump=6, light=4), workspace)
    (join,) = reel.joins
    assert join.z_before > GATE > join.z_after
    assert join.bridged_frames > 0
    shown = np.concatenate(list(reel_frames(reel, workspace)))
    half = join.bridged_frames // 2
    assert len(shown) == 94
    assert np.array_equal(shown[: 47 - half], swaying(range(47 - half)))
    after = swaying(range(47 + half, 94), jump=6, light=4)
    assert np.array_equal(shown[47 + half :], after)


def test_half_a_pixel_is_seen_and_bridged_and_what_the_motion_hides_is_left_alone(
    workspace: Workspace, tmp_path: Path
) -> None:
    """On both sides of the threshold of 3: z is 2.5 for a quarter of a pixel, 5.5 for a half."""
    quarter = stitch(rushes_of(workspace, jump=0.25, light=0), workspace).joins[0]
    other = Workspace(out=str(tmp_path / "other"), scratch=tmp_path / "elsewhere")
    half = stitch(rushes_of(other, jump=0.5, light=0), other).joins[0]
    assert 1 < quarter.z_before < LARGEST_SEAM < half.z_before < GATE
    assert (quarter.bridged_frames, quarter.z_after) == (0, quarter.z_before)
    assert half.bridged_frames > 0
    assert half.z_after < LARGEST_SEAM


def test_the_bridge_is_the_same_bits_every_time(workspace: Workspace, tmp_path: Path) -> None:
    other = Workspace(out=str(tmp_path / "other"), scratch=tmp_path / "elsewhere")
    bridges = []
    for each in (workspace, other):
        reel = stitch(rushes_of(each, jump=6, light=4), each)
        bridges.append(np.concatenate(list(reel_frames(reel, each))))
    assert np.array_equal(*bridges)
