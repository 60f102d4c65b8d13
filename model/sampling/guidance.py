"""Classifier-free guidance: which conditions are left out, and how the predictions are joined
(docs/hallo3.md, "Guidance")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Branch(NamedTuple):
    """What one row of the batch is told. Left out, text and audio features are zeros."""

    text: bool
    audio: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """`text` alone is Hallo3's scale over both conditions; `audio` sets a scale of its own.

    Hallo3 has 3.5 in its code, whatever its configuration says (docs/oddities.md, 3). The face and
    the reference are never left out.
    """

    text: float = 3.5
    audio: float | None = None

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Rows of the batch, unconditional first; one where there is nothing to guide, three where
        the scales differ."""
        everything = Branch(text=True, audio=True)
        if self.audio is not None and self.audio != self.text:
            return Branch(text=False, audio=False), Branch(text=True, audio=False), everything
        if self.text == 1:
            return (everything,)
        return Branch(text=False, audio=False), everything

    def texts(self, prompt_embeds: Tensor) -> Tensor:
        """[1, L, C] -> [branches, L, C]."""
        return _told(prompt_embeds, [branch.text for branch in self.branches])

    def audios(self, features: Tensor) -> Tensor:
        """[1, frames, window, blocks, channels] -> [branches, ...]; zeros are projected too."""
        return _told(features, [branch.audio for branch in self.branches])

    def joined(self, predictions: Tensor) -> Tensor:
        """[branches, ...] -> [1, ...]: from each branch on towards the next, by its scale."""
        first, *others = predictions.chunk(len(self.branches))
        scales = [self.text, self.text if self.audio is None else self.audio]
        guided, before = first, first
        for branch, scale in zip(others, scales, strict=False):
            guided = guided + scale * (branch - before)
            before = branch
        return guided


def _told(condition: Tensor, told: list[bool]) -> Tensor:
    return torch.cat([condition if yes else torch.zeros_like(condition) for yes in told])
