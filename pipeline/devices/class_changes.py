"""Which classes of devices rendered a take, and what is said where one chain has several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from model.shapes import FPS
from pipeline.nouns import Clip

UNKNOWN = "unknown"
"""What a record of before classes were written down is told as."""


def classes_of(clip: Clip) -> tuple[str, ...]:
    """The classes that rendered a chunk, in the order of their first segments."""
    return tuple(dict.fromkeys(segment.device or UNKNOWN for segment in clip.segments))


def class_warnings(clips: Sequence[Clip]) -> Iterator[str]:
    """Where a chain went on with another class of device than it came from."""
    for clip in clips:
        segments = zip(clip.chunk.segments, clip.segments, strict=True)
        for (_, before), (segment, file) in pairwise(segments):
            if before.device == file.device:
                continue
            code = "other_class" if before.device and file.device else "unknown_class"
            yield (
                f"{code}: rendered from {segment.start / FPS:.2f} s on with"
                f" {file.device or UNKNOWN}, before that with {before.device or UNKNOWN};"
                " pictures of two classes differ by rounding"
            )
