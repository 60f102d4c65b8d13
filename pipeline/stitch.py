"""Stitch: string the clips of a take together, and hide the joins that can be seen.

Nothing is copied: a reel lists which frames of which lossless files play, and only the few frames
of a bridged join are new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import numpy as np

from manifests.artifact import Artifact
from manifests.fingerprint import Value, fingerprint
from model.shapes import FPS
from pipeline.media.picture.optical_flow import bridge, seam_z
from pipeline.media.video import read_frames, write_lossless
from pipeline.nouns import Clip, Join, Piece, Reel, Span, TakeClips
from pipeline.nouns.reels import SeenStretch, shown_in
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is seen without a seam, from frame `at` of the take on: of a whole clip, or `inside` one
    from where a retake begins or ends. `first` and `last` name its outermost segments."""

    at: int
    pieces: tuple[Piece, ...]
    first: str
    last: str
    inside: bool = False

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.pieces)


def stitch(take_clips: TakeClips, workspace: Workspace) -> Reel:
    """The reel of a take's clips, of exactly as many frames as the take."""
    name = reel_name(take_clips)
    strung_before = workspace.find_finished(name, Reel)
    if strung_before is not None:
        return strung_before
    runs = [run for clip in take_clips.clips for run in runs_of(clip)]
    joins: list[Join] = []
    strung = list(runs[0].pieces)
    for before, run in pairwise(runs):
        room = bridge_room(run.at, take_clips.take.spans)
        join, middle = join_runs(before, run, room, workspace)
        joins.append(join)
        half = join.bridged_frames // 2
        strung = [*trim_end(strung, half), *middle, *trim_start(run.pieces, half)]
    return workspace.commit(
        name, Reel(take=take_clips.take, pieces=tuple(strung), joins=tuple(joins))
    )


def reel_name(take_clips: TakeClips) -> str:
    """Fingerprint of a reel: the take and the segments that are strung."""
    segments = [segment.fingerprint for clip in take_clips.clips for segment in clip.segments]
    heads = [(h.segment.fingerprint, h.stop) for clip in take_clips.clips for h in clip.heads]
    return reel_name_of(take_clips.take.fingerprint, segments, heads)


def reel_name_of(take: str, segments: Sequence[str], heads: Sequence[tuple[str, int]] = ()) -> str:
    """By the fingerprints of what is strung, and where the heads of segments stop."""
    told: dict[str, Value] = {"heads": [[*head] for head in heads]} if heads else {}
    return fingerprint("reel", take=take, segments=[*segments], **told)


def runs_of(clip: Clip) -> list[Run]:
    """A clip, parted at its seams."""
    edges = (clip.chunk.start, *clip.seams, clip.chunk.stop)
    shown = [*shown_in(clip)]
    runs = []
    for start, stop in pairwise(edges):
        inside = [each for each in shown if start <= each.at < stop]
        runs.append(
            Run(
                at=start,
                pieces=tuple(map(piece_of, inside)),
                first=inside[0].segment.fingerprint,
                last=inside[-1].segment.fingerprint,
                inside=start > clip.chunk.start,
            )
        )
    return runs


def piece_of(shown: SeenStretch) -> Piece:
    return Piece(video=shown.segment.video, skip=shown.skip, frames=shown.frames)


def bridge_room(at: int, spans: Sequence[Span]) -> int:
    """Frames on each side of frame `at` that lie in the pause around it: there the mouth is
    closed."""
    at_s = at / FPS
    if any(span.start_s < at_s < span.stop_s for span in spans):
        return 0
    quiet_from = max((span.stop_s for span in spans if span.stop_s <= at_s), default=0.0)
    quiet_to = min((span.start_s for span in spans if span.start_s >= at_s), default=at_s)
    return max(0, min(LONGEST_BRIDGE, int(min(at_s - quiet_from, quiet_to - at_s) * FPS)))


def join_runs(before: Run, after: Run, room: int, workspace: Workspace) -> tuple[Join, list[Piece]]:
    """Measure the seam between two runs; bridge it when it shows and there is room."""
    left, right = sides(before, after, workspace)
    z = seam_z(left, right)
    half = min(room, len(left) - 1, len(right) - 1)
    if after.inside:  # what is seen of a retake is short: its two bridges share it
        half = min(half, before.frames // 2, after.frames // 2)
    join = Join(at=after.at, bridged_frames=0, z_before=z, z_after=z, inside=after.inside)
    if z <= LARGEST_SEAM or half < 1:
        return join, []
    between = bridge(left[-half - 1], right[half], 2 * half)
    video = keep_bridge(between, before, after, workspace)
    mended = np.concatenate([left[:-half], between, right[half:]])
    z_after = max(
        seam_z(mended[: len(left) - half + step], mended[len(left) - half + step :])
        for step in range(2 * half + 1)
    )
    bridged = replace(join, bridged_frames=2 * half, z_after=z_after)
    return bridged, [Piece(video=video, skip=0, frames=2 * half)]


def sides(before: Run, after: Run, workspace: Workspace) -> tuple[Frames, Frames]:
    """Up to `CONTEXT` frames on each side of a seam: of one segment each between clips, inside a
    clip of as many as it takes."""
    reach = None if after.inside else 1
    left: list[Frames] = []
    right: list[Frames] = []
    for piece in before.pieces[::-1][:reach]:
        if (lacking := CONTEXT - sum(map(len, left))) > 0:
            left.insert(0, frames_seen(piece, workspace)[-lacking:])
    for piece in after.pieces[:reach]:
        if (lacking := CONTEXT - sum(map(len, right))) > 0:
            right.append(frames_seen(piece, workspace)[:lacking])
    return np.concatenate(left), np.concatenate(right)


def frames_seen(piece: Piece, workspace: Workspace) -> Frames:
    with workspace.scratch_dir() as desk:
        frames = np.concatenate(list(read_frames(workspace.fetch(piece.video, desk))))
    return frames[piece.skip : piece.skip + piece.frames]


def keep_bridge(between: Frames, before: Run, after: Run, workspace: Workspace) -> Artifact:
    place = {"at": after.at} if after.inside else {}  # the same two segments can meet elsewhere
    name = fingerprint("bridge", ends=[before.last, after.first], frames=len(between), **place)
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
