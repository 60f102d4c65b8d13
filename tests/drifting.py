"""A renderer whose chains drift by a known step each segment, as networks do that lean on the last
frames of the segment before: colours creep through the motion frames, a face grows wider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from manifests.fingerprint import fingerprint
from model.sampling.colour import to_lab, to_rgb
from model.sampling.motion import kept_motion
from model.segments import ChainState, PreparedTake, Sampling
from model.shapes import MOTION_FRAMES
from pipeline.nouns import Chunk, Segment
from pipeline.renderer import Chain, Frames, RenderedSegment, Renderer, State, TakeFiles

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What each segment adds: to the mean colour in CIE Lab, and to the width of what is in
    the middle of the picture, the face."""

    lab: tuple[float, float, float] = (0.0, 0.0, 0.0)
    wider: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting:
    """A renderer that drifts, with the options of a preset against it."""

    renderer: Renderer
    step: Step
    options: Sampling = Sampling()

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> DriftingChain:
        chain = self.renderer.open(files, chunk, seed)
        return DriftingChain(chain=chain, step=self.step, options=self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftingChain:
    """A chain whose frames are `chain`'s, off by what has crept in. Its state holds the motion
    frames as they were shown, then as they would be without drift, [4, 3, H, W] in -1..1."""

    chain: Chain
    step: Step
    options: Sampling

    @property
    def width(self) -> int:
        return self.chain.width

    @property
    def height(self) -> int:
        return self.chain.height

    def start(self) -> State:
        portrait = planes(np.asarray(self.chain.start().motion, np.uint8))
        return State(done=0, motion=np.concatenate([portrait, portrait]))

    def conditions(self, segment: Segment) -> str:
        return fingerprint(
            "drifting",
            conditions=self.chain.conditions(segment),
            step=[*self.step.lab, self.step.wider],
            options=self.options.name,
        )

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        motion = np.asarray(state.motion, np.float32)
        clean = State(done=state.done, motion=pixels(motion[MOTION_FRAMES:]))
        drawn = self.chain.render(segment, clean)
        off = self.crept(motion, state.done) + torch.tensor(self.step.lab)
        wider = 1 + self.step.wider * state.done

        def ended() -> State:
            after = planes(np.asarray(drawn.state.motion, np.uint8))
            shown = shifted(after, off).numpy()
            return State(done=state.done + 1, motion=np.concatenate([shown, after]))

        return RenderedSegment(self._shown(drawn, off, wider), ended)

    def crept(self, motion: Floats, done: int) -> Tensor:
        """By how much the motion frames are off in mean Lab, after what the options do to them."""
        shown, clean = motion[:MOTION_FRAMES], motion[MOTION_FRAMES:]
        state = ChainState(segment=done, motion=torch.from_numpy(shown))
        return mean_lab(kept_motion(self.take, state)) - mean_lab(torch.from_numpy(clean))

    @property
    def take(self) -> PreparedTake:
        """The part of a take that motion frames are kept by; its bias is one step's, as a VAE's is
        that of one way through it."""
        portrait = planes(np.asarray(self.chain.start().motion, np.uint8))[:1]
        added = shifted(portrait, torch.tensor(self.step.lab)) - torch.from_numpy(portrait)
        fields = SimpleNamespace(
            portrait=torch.from_numpy(portrait),
            sampling=self.options,
            colour_bias=added.mean(dim=(0, 2, 3), keepdim=True),
        )
        return cast(PreparedTake, fields)

    @staticmethod
    def _shown(drawn: RenderedSegment, off: Tensor, wider: float) -> Iterator[Frames]:
        for frames in drawn:
            yield stretched(pixels(shifted(planes(frames), off).numpy()), wider)


@dataclass(slots=True)
class Remembering:
    """A renderer that draws each segment of its one take once, for those whose frames depend on no
    state and no chunk, such as the animatic."""

    renderer: Renderer
    drawn: dict[int, Frames] = field(default_factory=dict)

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> RememberingChain:
        return RememberingChain(self.renderer.open(files, chunk, seed), self.drawn)


@dataclass(frozen=True, slots=True)
class RememberingChain:
    chain: Chain
    drawn: dict[int, Frames]

    @property
    def width(self) -> int:
        return self.chain.width

    @property
    def height(self) -> int:
        return self.chain.height

    def start(self) -> State:
        return self.chain.start()

    def conditions(self, segment: Segment) -> str:
        return self.chain.conditions(segment)

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        if segment.start not in self.drawn:
            self.drawn[segment.start] = np.concatenate(list(self.chain.render(segment, state)))
        frames = self.drawn[segment.start]
        after = State(done=state.done + 1, motion=frames[-MOTION_FRAMES:])
        return RenderedSegment(iter([frames]), lambda: after)


def planes(frames: Frames) -> Floats:
    """uint8 [n, H, W, 3] -> float32 [n, 3, H, W] in -1..1."""
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2), np.float32) / np.float32(127.5) - 1


def pixels(motion: Floats) -> Frames:
    """The way back."""
    levels = (motion + 1) * np.float32(127.5)
    return np.ascontiguousarray(levels.round().clip(0, 255).transpose(0, 2, 3, 1), np.uint8)


def mean_lab(motion: Tensor) -> Tensor:
    """[3] of frames in -1..1."""
    return to_lab((motion + 1) / 2).mean(dim=(0, 2, 3))


def shifted(motion: Floats, off: Tensor) -> Tensor:
    """Frames in -1..1 with all colours moved by `off` [3] in CIE Lab."""
    unit = (torch.from_numpy(motion) + 1) / 2
    return to_rgb(to_lab(unit) + off.view(1, 3, 1, 1)) * 2 - 1


def stretched(frames: Frames, wider: float) -> Frames:
    """Frames of the same size with what is in the middle drawn so many times wider, the edges as
    they were."""
    if wider == 1:
        return frames
    height, width = frames.shape[1:3]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    across, down = columns - (width - 1) / 2, rows - (height - 1) / 2
    inside = np.exp(-((4 * across / width) ** 2) - (3 * down / height) ** 2)
    from_column = ((width - 1) / 2 + across / (1 + (wider - 1) * inside)).astype(np.float32)
    moved = [
        cv2.remap(frame, from_column, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for frame in frames
    ]
    return np.stack(moved).astype(np.uint8)
