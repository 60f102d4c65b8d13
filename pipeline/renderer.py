"""The door through which every renderer comes: it turns a chunk into segments of new frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model.shapes import MOTION_FRAMES
from pipeline.nouns import Chunk, Segment, Take

Frames = NDArray[np.uint8]
"""[n, height, width, 3] RGB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeFiles:
    """A take with its artifacts as local files of this machine, and the row's prompt."""

    take: Take
    prompt: str
    speech: Path
    portrait: Path
    landmarks: Path
    phones: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a chain carries from one segment to the next: the small thing that a resume needs.

    `motion` holds the last two frames, in the shape and dtype that the renderer goes on from.
    """

    done: int
    motion: NDArray[np.generic]


def last_frames(before: NDArray[np.uint8], frames: Frames) -> Frames:
    """The two motion frames after `frames` were added behind the motion frames `before`."""
    return np.concatenate([before, frames])[-MOTION_FRAMES:]


class Chain(Protocol):
    """One chunk being rendered. Segments are rendered in order, each from the state before it."""

    @property
    def width(self) -> int:
        """Of the frames it renders."""

    @property
    def height(self) -> int: ...

    def start(self) -> State:
        """The state before the first segment: the portrait, twice."""

    def conditions(self, segment: Segment) -> str:
        """Digest of all that goes into the segment besides the segments before it; the portrait,
        which the first of them starts from, is among it."""

    def render(self, segment: Segment, state: State) -> Iterator[Frames]:
        """The segment's new frames in order, in small batches; the same bits every time on one
        class of device with one instruction set, and near them on another."""

    def after(self, state: State, tail: Frames) -> State:
        """The state after a segment whose last (at most two) new frames were `tail`."""


class Renderer(Protocol):
    """Weights or tables in memory, ready to render chunks of any take."""

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Chain:
        """Begin a chunk."""
