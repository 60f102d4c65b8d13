"""A grey portrait stays grey: a renderer that learned from colours tints lips and skin."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manifests.fingerprint import fingerprint
from pipeline.nouns import Chunk, Segment
from pipeline.renderer import Chain, Frames, RenderedSegment, Renderer, State, TakeFiles

MOST_COLOUR = 4
"""Levels between the channels of a grey picture: what rounding and JPEG leave."""

GREY_PORTRAIT = "grey_portrait: the portrait has no colour, nor has the video"


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
