"""What the transformer is given beside the noisy video, made once per take and once per segment."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

KeyValue = tuple[Tensor, Tensor]
"""Keys and values of one layer, [batch or 1, tokens, heads, channels] each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossTokens:
    """What the video attends to in one face or audio layer.

    `keys` are [batch or 1, groups, tokens, heads, channels]: a group for each latent frame, or one
    for all. `values` are alike, or, if `folded`, already passed through the output projection:
    [batch or 1, groups, heads * tokens, hidden].
    """

    keys: Tensor
    values: Tensor
    folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeConditions:
    """Constant for a take: text tokens [batch, L, D]; per layer, face and reference."""

    text: Tensor
    faces: tuple[CrossTokens, ...]
    references: tuple[KeyValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentConditions:
    """Constant for a segment: per layer, audio."""

    audios: tuple[CrossTokens, ...]
