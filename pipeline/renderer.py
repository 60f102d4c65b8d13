"""The door through which every renderer comes: it turns a chunk into segments of new frames.

A grey portrait stays grey there: a renderer that learned from colours tints lips and skin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manifests.fingerprint import fingerprint
from model.shapes import MOTION_FRAMES
from pipeline.nouns import Chunk, Segment, Take

Frames = NDArray[np.uint8]
"""[n, height, width, 3] RGB."""

MOST_COLOUR = 4
"""Levels between the channels of a grey picture: what rounding and JPEG leave."""

GREY_PORTRAIT = "grey_portrait: the portrait has no colour, nor has the video"


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


class RenderedSegment(Iterator[Frames]):
    """The new frames of a segment as they are rendered. `state`, which the next segment starts
    from, is known when the last batch has left: `ended` makes it."""

    def __init__(self, batches: Iterator[Frames], ended: Callable[[], State]) -> None:
        self._batches = batches
        self._ended = ended
        self._state: State | None = None

    def __next__(self) -> Frames:
        for batch in self._batches:
            return batch
        if self._state is None:
            self._state = self._ended()
        raise StopIteration

    @property
    def state(self) -> State:
        if self._state is None:
            raise ValueError("the segment's state is known when all its frames have been taken")
        return self._state


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

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        """The segment's new frames in order, in small batches, and the state behind them; the same
        bits every time on one class of device with one instruction set, and near them on
        another."""


class Renderer(Protocol):
    """Weights or tables in memory, ready to render chunks of any take."""

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Chain:
        """Begin a chunk."""


def rendered_chain(chain: Chain, segments: Iterable[Segment]) -> Iterator[Frames]:
    """The frames of a chain's segments, each rendered from the state behind the one before."""
    state = chain.start()
    for segment in segments:
        rendered = chain.render(segment, state)
        yield from rendered
        state = rendered.state


def is_grey(picture: NDArray[np.uint8]) -> bool:
    """Whether all but a thousandth of a picture [H, W, 3] has no colour."""
    spread = picture.max(axis=2) - picture.min(axis=2)
    return bool(np.percentile(spread, 99.9) <= MOST_COLOUR)


@dataclass(frozen=True, slots=True)
class InItsColours:
    """A renderer whose frames have no colour where the portrait has none."""

    renderer: Renderer

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Chain:
        chain = self.renderer.open(files, chunk, seed)
        with Image.open(files.portrait) as picture:
            grey = is_grey(np.asarray(picture.convert("RGB")))
        return GreyChain(chain=chain) if grey else chain


@dataclass(frozen=True, slots=True, kw_only=True)
class GreyChain:
    """A chain whose frames lose the colours that the renderer put in."""

    chain: Chain

    @property
    def width(self) -> int:
        return self.chain.width

    @property
    def height(self) -> int:
        return self.chain.height

    def start(self) -> State:
        return self.chain.start()

    def conditions(self, segment: Segment) -> str:
        """Other than the chain's own: segments stored with colours are not taken for these."""
        return fingerprint("grey", conditions=self.chain.conditions(segment))

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        drawn = self.chain.render(segment, state)
        return RenderedSegment(map(without_colour, drawn), lambda: drawn.state)


def without_colour(frames: Frames) -> Frames:
    """The brightness of frames [n, H, W, 3] in all three channels."""
    grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])
    return np.repeat(grey[..., None], 3, axis=3).astype(np.uint8)
