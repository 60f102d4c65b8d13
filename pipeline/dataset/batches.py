"""Random pieces of shots for the VAE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.training.draws import chances, integers
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.windows import mouth_box, unit

SATURATIONS = (0.6, 1.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePieces:
    """`frames` [B, 3, n, h, w] in -1..1, the `weight` of their pixels [B, 1, 1, h, w], and whether
    each piece has its `own_colours`, bool [B]."""

    frames: Tensor
    weight: Tensor
    own_colours: Tensor

    def to(self, device: torch.device) -> FramePieces:
        """Drawn on the host, learned from elsewhere."""
        return FramePieces(
            frames=self.frames.to(device),
            weight=self.weight.to(device),
            own_colours=self.own_colours.to(device),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameBatches:
    """`batch` pieces of `frames` frames, `crop` pixels square (0: whole), mirrored half the time.

    Half of the crops are about the mouth. `hues` is the share of pieces in other colours: skin and
    studios have neither green nor violet, and what is never shown is not given back.
    """

    shots: Sequence[TrainingShot]
    batch: int
    frames: int
    crop: int
    hues: float = 0.0

    def draw(self, generator: torch.Generator, mouth_weight: float) -> FramePieces:
        pieces = [self._piece(generator, mouth_weight) for _ in range(self.batch)]
        frames, weights, own = zip(*pieces, strict=True)
        return FramePieces(
            frames=torch.stack(frames), weight=torch.stack(weights), own_colours=torch.stack(own)
        )

    def _piece(
        self, generator: torch.Generator, mouth_weight: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        shot = self.shots[integers(generator, len(self.shots))[0]]
        first = integers(generator, len(shot.frames) - self.frames + 1)[0]
        height, width = shot.portrait.shape[:2]
        mouth = torch.from_numpy(mouth_box(shot.landmarks, height, width))
        rows, columns = self._crop(mouth, generator)
        frames = unit(shot.frames[first : first + self.frames, rows, columns])
        weight = (1 + (mouth_weight - 1) * mouth[rows, columns].float())[None, None]
        if integers(generator, 2)[0]:
            frames, weight = frames.flip(-1), weight.flip(-1)
        turned = bool(self.hues) and bool(chances(generator, self.hues, 1))
        frames = recoloured(frames, generator) if turned else frames
        return frames.transpose(0, 1), weight, torch.tensor(not turned)

    def _crop(self, mouth: Tensor, generator: torch.Generator) -> tuple[slice, slice]:
        height, width = mouth.shape
        side = min(self.crop or height, height, width)
        about_mouth, y, x = integers(generator, 1 << 30, 3)
        if about_mouth % 2:
            box = mouth.nonzero()
            centre = box.float().mean(dim=0) + torch.tensor([y, x]) % side - side / 2
            top, left = (int(value) - side // 2 for value in centre)
            top, left = min(max(top, 0), height - side), min(max(left, 0), width - side)
        else:
            top, left = y % (height - side + 1), x % (width - side + 1)
        return slice(top, top + side), slice(left, left + side)


def recoloured(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Frames [n, 3, h, w] in -1..1 with all hues turned by one angle, and more or less colour."""
    angle, share = torch.rand(2, generator=generator).tolist()
    low, high = SATURATIONS
    turn = hue_turn(2 * math.pi * angle, low + (high - low) * share)
    return torch.einsum("cd,ndhw->nchw", turn, frames).clamp(-1, 1)


def hue_turn(angle: float, saturation: float) -> Tensor:
    """[3, 3]: colours turned about the greys, which stay, `saturation` times as far from them."""
    grey = torch.full((3, 3), 1 / 3)
    across = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    turned = math.cos(angle) * (torch.eye(3) - grey) + math.sin(angle) * across
    return grey + saturation * turned
