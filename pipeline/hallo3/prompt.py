"""What a prompt is to the transformer: T5's states, or nothing where there is no T5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from model.conditions.text import TextEncoderFiles, encode_prompts


class Prompts(Protocol):
    """Turns a prompt into states [1, tokens, channels]."""

    def states(self, prompt: str) -> Tensor: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPrompts:
    """For networks without a text encoder: the unconditional zeros."""

    tokens: int
    channels: int

    def states(self, prompt: str) -> Tensor:
        del prompt
        return torch.zeros(1, self.tokens, self.channels)


@dataclass(slots=True, kw_only=True)
class T5Prompts:
    """T5 is loaded for a prompt that was not seen last, and let go again: it is 9.5 GB."""

    files: TextEncoderFiles
    tokens: int
    device: torch.device
    _last: tuple[str, Tensor] | None = field(default=None, init=False)

    def states(self, prompt: str) -> Tensor:
        if self._last is None or self._last[0] != prompt:
            (made,) = encode_prompts(
                self.files, [prompt], max_tokens=self.tokens, device=self.device
            )
            self._last = (prompt, made)
        return self._last[1]
