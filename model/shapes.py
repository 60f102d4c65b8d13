"""Shapes as types, and the one place where their arithmetic lives.

A segment is what the transformer makes at once (docs/hallo3.md, "Sizes"): 49 frames, of
which the first two are motion frames carried over from the segment before.
"""

from __future__ import annotations

FPS = 25
SEGMENT_FRAMES = 49
MOTION_FRAMES = 2
NEW_FRAMES = SEGMENT_FRAMES - MOTION_FRAMES
"""47 new frames a segment: 1.88 s, 30,080 samples at 16 kHz, 90,240 at 48 kHz."""

SPEECH_RATE = 16_000
MIX_RATE = 48_000
SPEECH_SAMPLES_PER_FRAME = SPEECH_RATE // FPS
MIX_SAMPLES_PER_FRAME = MIX_RATE // FPS


def segments_of(frames: int) -> int:
    """Segments that a chunk of `frames` costs: ceil(frames / 47)."""
    return -(-frames // NEW_FRAMES)


def frames_of(samples: int, rate: int) -> int:
    """Frames that `samples` at `rate` Hz need: ceil(25 x seconds), in whole numbers."""
    return -(-samples * FPS // rate)
