"""The branches of guidance computed one by one, each on a copy of the transformer: one chain on
several accelerators."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.networks.conditioning import CrossTokens, KeyValue, SegmentConditions, TakeConditions
from model.networks.transformer import Hallo3Transformer3DModel

Denoise = Callable[[Tensor, Tensor], Tensor]
"""Latents [1, T, C, h, w] at a timestep [1] -> [branches, T, C, h, w]."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """Copies of one transformer, a device each; branch i is computed on the i-th, going round.

    A branch is a batch of its own here, so its bits are the same on one lane as on several; those
    of the branches in one batch may differ from them in their last places. Whole steps are what
    two lanes save; what comes before and after the steps is done on the first.
    """

    transformers: tuple[Hallo3Transformer3DModel, ...]

    @classmethod
    def over(cls, transformer: Hallo3Transformer3DModel, devices: Sequence[torch.device]) -> Lanes:
        """The transformer itself, where it is, and a copy of it on each of the devices."""
        copies = [copy.deepcopy(transformer) for _ in devices]
        for lane, device in zip(copies, devices, strict=True):
            lane.to(device)  # type: ignore[arg-type]  # diffusers wraps it
        return cls((transformer, *copies))

    def denoiser(self, take: TakeConditions, segment: SegmentConditions) -> Denoise:
        """Denoises one segment; its conditions are brought to the lanes once."""
        count = max(take.text.shape[0], segment.audios[0].keys.shape[0])
        lanes = [self.transformers[index % len(self.transformers)] for index in range(count)]
        told = [
            (lane, take_row(take, index, lane.device), segment_row(segment, index, lane.device))
            for index, lane in enumerate(lanes)
        ]

        def denoise(latents: Tensor, timestep: Tensor) -> Tensor:
            # All lanes are at work before the first answer is waited for: a device's kernels are
            # queued, not awaited.
            made = [
                lane.denoise(latents.to(lane.device), timestep.to(lane.device), given, heard)
                for lane, given, heard in told
            ]
            return torch.cat([predicted.to(latents.device) for predicted in made])

        return denoise


def take_row(take: TakeConditions, index: int, device: torch.device) -> TakeConditions:
    """What one branch is told of a take."""
    return TakeConditions(
        text=_row(take.text, index, device),
        faces=tuple(_tokens(tokens, index, device) for tokens in take.faces),
        references=tuple(_key_value(pair, index, device) for pair in take.references),
    )


def segment_row(segment: SegmentConditions, index: int, device: torch.device) -> SegmentConditions:
    """What one branch hears of a segment."""
    return SegmentConditions(
        audios=tuple(_tokens(tokens, index, device) for tokens in segment.audios)
    )


def _tokens(tokens: CrossTokens, index: int, device: torch.device) -> CrossTokens:
    keys, values = (_row(each, index, device) for each in (tokens.keys, tokens.values))
    return replace(tokens, keys=keys, values=values)


def _key_value(pair: KeyValue, index: int, device: torch.device) -> KeyValue:
    keys, values = pair
    return _row(keys, index, device), _row(values, index, device)


def _row(tensor: Tensor, index: int, device: torch.device) -> Tensor:
    """A batch of one is the same for all branches."""
    row = tensor if tensor.shape[0] == 1 else tensor[index : index + 1]
    return row.to(device)
