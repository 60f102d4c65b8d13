"""Random pieces of shots for the VAE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.training.draws import integers
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.windows import mouth_box, unit


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameBatches:
    """`batch` pieces of `frames` frames, `crop` pixels square (0: whole), mirrored half the time.

    Half of the crops are about the mouth.
    """

    shots: Sequence[TrainingShot]
    batch: int
    frames: int
    crop: int

    def draw(self, generator: torch.Generator, mouth_weight: float) -> tuple[Tensor, Tensor]:
        """Frames [B, 3, n, h, w] in -1..1, and the weight of their pixels [B, 1, 1, h, w]."""
        pieces = [self._piece(generator, mouth_weight) for _ in range(self.batch)]
        return torch.stack([frames for frames, _ in pieces]), torch.stack([w for _, w in pieces])

    def _piece(self, generator: torch.Generator, mouth_weight: float) -> tuple[Tensor, Tensor]:
        shot = self.shots[integers(generator, len(self.shots))[0]]
        first = integers(generator, len(shot.frames) - self.frames + 1)[0]
        height, width = shot.portrait.shape[:2]
        mouth = torch.from_numpy(mouth_box(shot.landmarks, height, width))
        rows, columns = self._crop(mouth, generator)
        frames = unit(shot.frames[first : first + self.frames, rows, columns])
        weight = (1 + (mouth_weight - 1) * mouth[rows, columns].float())[None, None]
        if integers(generator, 2)[0]:
            frames, weight = frames.flip(-1), weight.flip(-1)
        return frames.transpose(0, 1), weight

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
