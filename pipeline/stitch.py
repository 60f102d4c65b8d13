"""Stitch: string the clips of a take together, and hide the joins that can be seen.

Nothing is copied: a reel lists which frames of which lossless files play, and only the few frames
of a bridged join are new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from manifests.artifact import Artifact
from manifests.fingerprint import fingerprint
from model.shapes import FPS
from pipeline.media.picture.optical_flow import bridge, seam_z
from pipeline.media.video import read_frames, write_lossless
from pipeline.nouns import Clip, Join, Piece, Reel, Span, TakeClips
from pipeline.renderer import Frames
from pipeline.stage import Resources, StageName
from pipeline.workspace.workspace import Workspace

LARGEST_SEAM = 3.0
"""A join whose frame difference is this many deviations above those inside is bridged; the gate is
at 6."""

LONGEST_BRIDGE = 6
"""Frames on each side of a join that a bridge may replace."""

CONTEXT = 12
"""Frames on each side that tell how much the picture moves there anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stitch:
    """The recipe; optical flow needs no weights."""

    name: ClassVar[str] = StageName.STITCH
    needs: ClassVar[Resources] = Resources()

    def load(self) -> Callable[[TakeClips, Workspace], Reel]:
        return stitch


def stitch(take_clips: TakeClips, workspace: Workspace) -> Reel:
    """The reel of a take's clips, of exactly as many frames as the take."""
    name = reel_name(take_clips)
    strung_before = workspace.find_finished(name, Reel)
    if strung_before is not None:
        return strung_before
    pieces = [pieces_of(clip) for clip in take_clips.clips]
    joins: list[Join] = []
    strung = pieces[0]
    for before, clip, coming in zip(
        take_clips.clips, take_clips.clips[1:], pieces[1:], strict=False
    ):
        room = bridge_room(clip.chunk.start, take_clips.take.spans)
        join, middle = join_clips(before, clip, room, workspace)
        joins.append(join)
        half = join.bridged_frames // 2
        strung = [*trim_end(strung, half), *middle, *trim_start(coming, half)]
    return workspace.commit(
        name, Reel(take=take_clips.take, pieces=tuple(strung), joins=tuple(joins))
    )


def reel_name(take_clips: TakeClips) -> str:
    """Fingerprint of a reel: the take and the segments that are strung."""
    segments = [segment.fingerprint for clip in take_clips.clips for segment in clip.segments]
    return reel_name_of(take_clips.take.fingerprint, segments)


def reel_name_of(take: str, segments: Sequence[str]) -> str:
    """By the fingerprints of what is strung."""
    return fingerprint("reel", take=take, segments=[*segments])


def pieces_of(clip: Clip) -> list[Piece]:
    return [Piece(video=s.video, skip=0, frames=s.frames) for s in clip.segments]


def bridge_room(at: int, spans: Sequence[Span]) -> int:
    """Frames on each side of frame `at` that lie in the pause around it: there the mouth is
    closed."""
    at_s = at / FPS
    quiet_from = max((span.stop_s for span in spans if span.stop_s <= at_s), default=0.0)
    quiet_to = min((span.start_s for span in spans if span.start_s >= at_s), default=at_s)
    return max(0, min(LONGEST_BRIDGE, int(min(at_s - quiet_from, quiet_to - at_s) * FPS)))


def join_clips(
    before: Clip, after: Clip, room: int, workspace: Workspace
) -> tuple[Join, list[Piece]]:
    """Measure the seam between two clips; bridge it when it shows and there is room."""
    left = edge_frames(before.segments[-1].video, workspace, last=CONTEXT)
    right = edge_frames(after.segments[0].video, workspace, last=0)
    z = seam_z(left, right)
    at = after.chunk.start
    half = min(room, len(left) - 1, len(right) - 1)
    if z <= LARGEST_SEAM or half < 1:
        return Join(at=at, bridged_frames=0, z_before=z, z_after=z), []
    between = bridge(left[-half - 1], right[half], 2 * half)
    video = keep_bridge(between, before, after, workspace)
    mended = np.concatenate([left[:-half], between, right[half:]])
    z_after = max(
        seam_z(mended[: len(left) - half + step], mended[len(left) - half + step :])
        for step in range(2 * half + 1)
    )
    join = Join(at=at, bridged_frames=2 * half, z_before=z, z_after=z_after)
    return join, [Piece(video=video, skip=0, frames=2 * half)]


def edge_frames(video: Artifact, workspace: Workspace, *, last: int) -> Frames:
    """The last `last` frames of a segment, or its first `CONTEXT` when `last` is 0."""
    with workspace.scratch_dir() as desk:
        frames = np.concatenate(list(read_frames(workspace.fetch(video, desk))))
    return frames[-last:] if last else frames[:CONTEXT]


def keep_bridge(between: Frames, before: Clip, after: Clip, workspace: Workspace) -> Artifact:
    ends = (before.segments[-1].fingerprint, after.segments[0].fingerprint)
    name = fingerprint("bridge", ends=[*ends], frames=len(between))
    with workspace.scratch_dir() as desk:
        path: Path = desk / "bridge.mkv"
        height, width = between.shape[1:3]
        write_lossless([between], path, width=width, height=height)
        return workspace.store_derived(path, name, "bridge.mkv")


def trim_end(pieces: Sequence[Piece], frames: int) -> list[Piece]:
    """The pieces without their last `frames` frames."""
    kept = list(pieces)
    while frames and kept:
        last = kept.pop()
        if last.frames > frames:
            kept.append(replace(last, frames=last.frames - frames))
        frames = max(0, frames - last.frames)
    return kept


def trim_start(pieces: Sequence[Piece], frames: int) -> list[Piece]:
    """The pieces without their first `frames` frames."""
    kept = list(pieces)
    while frames and kept:
        first = kept.pop(0)
        if first.frames > frames:
            kept.insert(0, replace(first, skip=first.skip + frames, frames=first.frames - frames))
        frames = max(0, frames - first.frames)
    return kept
