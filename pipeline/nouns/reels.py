"""The nouns from the clips of a take to the reel that they are strung to.

Frames are counted at 25 per second from the start of the take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from manifests.artifact import Artifact
from pipeline.nouns.takes import Chunk, ChunkProgress, RefusedSegment, Reroll, SegmentFile, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The frames of a segment up to frame `stop` of the take, seen of another drawing of it: that
    of a retake which ends inside it, drawn with `seed`."""

    stop: int
    segment: SegmentFile
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The video of one chunk, each of its segments drawn with one of the `seeds`; `rerolls` and
    `tried` tell how it came to them.

    Where retakes end inside it, `heads` are seen of their segments before the rest of `segments`,
    `seams` are the frames at which retakes begin and end, and `drawn` holds all segments in the
    order of their drawings, also those that are not seen.
    """

    chunk: Chunk
    segments: tuple[SegmentFile, ...]
    seeds: tuple[int, ...] = ()
    rerolls: tuple[Reroll, ...] = ()
    tried: tuple[RefusedSegment, ...] = ()
    heads: tuple[Head, ...] = ()
    seams: tuple[int, ...] = ()
    drawn: tuple[SegmentFile, ...] = ()


def clip_of_shot(shot: ChunkProgress) -> Clip:
    """The video of a chunk, as far as it is finished from its start on."""
    lines, count = shot.lines, len(shot.done)
    last = tuple(takewhile(lambda number: number < count, lines.last))
    heads = [each for each in lines.heads if lines.drawings[each.drawing].index < len(last)]
    return Clip(
        chunk=shot.chunk,
        segments=tuple(shot.done[number] for number in last),
        seeds=tuple(shot.drawn_seed(lines.drawings[number]) for number in last),
        rerolls=shot.rerolls,
        tried=shot.tried,
        heads=tuple(
            Head(
                stop=each.stop,
                segment=shot.done[each.drawing],
                seed=shot.drawn_seed(lines.drawings[each.drawing]),
            )
            for each in heads
            if each.drawing < count
        ),
        seams=lines.seams,
        drawn=shot.done if shot.cost > shot.chunk.cost else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStretch:
    """From frame `at` of the take on, the frames `skip` to `skip + frames` of a segment are seen,
    drawn with `seed`."""

    at: int
    segment: SegmentFile
    skip: int
    frames: int
    seed: int


def shown_in(clip: Clip) -> Iterator[SeenStretch]:
    """What is seen of a clip in order of time; of clips that tell no seeds all are 0."""
    begin = clip.chunk.start
    for file, seed in zip(clip.segments, clip.seeds or (0,) * len(clip.segments), strict=True):
        heads = [head for head in clip.heads if head.segment.index == file.index]
        parts = [(head.stop, head.segment, head.seed) for head in heads]
        start = begin
        for stop, each, drawn in [*parts, (begin + file.frames, file, seed)]:
            yield SeenStretch(
                at=start, segment=each, skip=start - begin, frames=stop - start, seed=drawn
            )
            start = stop
        begin += file.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeClips:
    """All clips of a take in order, to be stitched."""

    take: Take
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Frames `skip` to `skip + frames` of a lossless video."""

    video: Artifact
    skip: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """What was done where two clips meet at frame `at`, or two drawings `inside` a clip; `z_before`
    and `z_after` are seam scores."""

    at: int
    bridged_frames: int
    z_before: float
    z_after: float
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The whole picture of a take, as a list of pieces that play one after the other."""

    stored_as: ClassVar[str] = "reel"
    take: Take
    pieces: tuple[Piece, ...]
    joins: tuple[Join, ...]
