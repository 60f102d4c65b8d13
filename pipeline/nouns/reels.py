"""The nouns from the clips of a take to the reel that they are strung to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from manifests.artifact import Artifact
from pipeline.nouns.takes import Chunk, RefusedSegment, Reroll, SegmentFile, Take


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """The video of one chunk, each of its segments drawn with one of the `seeds`; `rerolls` and
    `tried` tell how it came to them."""

    chunk: Chunk
    segments: tuple[SegmentFile, ...]
    seeds: tuple[int, ...] = ()
    rerolls: tuple[Reroll, ...] = ()
    tried: tuple[RefusedSegment, ...] = ()


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
    """What was done where two clips meet at frame `at`; `z_before` and `z_after` are seam
    scores."""

    at: int
    bridged_frames: int
    z_before: float
    z_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The whole picture of a take, as a list of pieces that play one after the other."""

    stored_as: ClassVar[str] = "reel"
    take: Take
    pieces: tuple[Piece, ...]
    joins: tuple[Join, ...]
