"""The rows that stages exchange: each stage takes one noun and returns a new one."""

from __future__ import annotations

from pipeline.nouns.delivered import (
    Captions,
    CredentialsBeside,
    DeliveredFile,
    DeliveredPart,
    FrameList,
    Master,
    Published,
)
from pipeline.nouns.reels import Clip, Join, Piece, Reel, TakeClips
from pipeline.nouns.takes import (
    Box,
    Chunk,
    ChunkProgress,
    Phone,
    Plate,
    PreparedPortrait,
    RefusedSegment,
    Reroll,
    Retake,
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
    "FrameList",
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
]
