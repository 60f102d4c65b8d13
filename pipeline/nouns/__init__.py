"""The rows that stages exchange: each stage takes one noun and returns a new one."""

from __future__ import annotations

from pipeline.nouns.delivered import (
    Captions,
    CredentialsBeside,
    DeliveredFile,
    DeliveredPart,
    FinishedSegment,
    FinishSpent,
    FrameList,
    Master,
    Published,
)
from pipeline.nouns.lines import Retake
from pipeline.nouns.reels import Clip, Head, Join, Piece, Reel, TakeClips, clip_of_shot
from pipeline.nouns.takes import (
    Box,
    Chunk,
    ChunkProgress,
    Phone,
    Plate,
    PreparedPortrait,
    RefusedSegment,
    Reroll,
    Segment,
    SegmentFile,
    SegmentProgress,
    Span,
    Take,
)

__all__ = [
    "Box",
    "Captions",
    "Chunk",
    "ChunkProgress",
    "Clip",
    "CredentialsBeside",
    "DeliveredFile",
    "DeliveredPart",
    "FinishSpent",
    "FinishedSegment",
    "FrameList",
    "Head",
    "Join",
    "Master",
    "Phone",
    "Piece",
    "Plate",
    "PreparedPortrait",
    "Published",
    "Reel",
    "RefusedSegment",
    "Reroll",
    "Retake",
    "Segment",
    "SegmentFile",
    "SegmentProgress",
    "Span",
    "Take",
    "TakeClips",
    "clip_of_shot",
]
