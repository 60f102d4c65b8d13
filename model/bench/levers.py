"""A guided step of the transformer with one lever at a time let go, to see what each gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from unittest.mock import patch

import torch
from torch import Tensor, nn

from model.bench.segment_parts import Given
from model.networks.attention import JointAttnProcessor
from model.networks.conditioning import SegmentConditions, TakeConditions
from model.networks.transformer import Hallo3Transformer3DModel

Step = Callable[[], Tensor]
Lever = Callable[[Hallo3Transformer3DModel, Given], tuple[Step, Step]]
"""-> a step with the lever, and one without."""


def conditions(
    transformer: Hallo3Transformer3DModel, given: Given
) -> tuple[TakeConditions, SegmentConditions]:
    return (
        transformer.take_conditions(given.text, given.face, given.bank),
        transformer.segment_conditions(given.audio),
    )


def ours(transformer: Hallo3Transformer3DModel, given: Given) -> Step:
    """The step as the pipeline takes it."""
    take, segment = conditions(transformer, given)
    return partial(transformer.denoise, given.latents, given.timestep, take, segment)


class ReferenceAsks(JointAttnProcessor):
    """The reference's tokens ask like the others, and their answers are thrown away."""

    def __call__(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        asking = torch.cat([query, key[:, query.shape[1] :]], dim=1)
        return super().__call__(asking, key, value)[:, : query.shape[1]]


def reference_never_asks(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    step, asks = ours(transformer, given), ReferenceAsks()

    def asking() -> Tensor:
        with ExitStack() as stack:
            for block in transformer.layers:
                stack.enter_context(patch.object(block.attn1, "processor", asks))
            return step()

    return step, asking


def face_folded(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    take, segment = conditions(transformer, given)
    face = transformer.face_proj(given.face).unsqueeze(1)
    faces = tuple(
        block.face_attn.tokens(face, block.attn1.norm_k, fold=False) for block in transformer.layers
    )
    unfolded = replace(take, faces=faces)
    return ours(transformer, given), partial(
        transformer.denoise, given.latents, given.timestep, unfolded, segment
    )


def speech_folded(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    with patch.object(transformer, "fold_audio", new=False):
        unfolded = ours(transformer, given)
    return ours(transformer, given), unfolded


def kept_conditions(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    """With speech unfolded in both: nobody would fold for one step."""
    with patch.object(transformer, "fold_audio", new=False):
        kept = ours(transformer, given)

    def made_again() -> Tensor:
        with patch.object(transformer, "fold_audio", new=False):
            made = conditions(transformer, given)
        return transformer.denoise(given.latents, given.timestep, *made)

    return kept, made_again


def shared_halves(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    """The first layer's projections of the video, all modulations, face and reference."""
    twice = replace(
        given,
        latents=given.latents.repeat(2, 1, 1, 1, 1),
        timestep=given.timestep.repeat(2),
        face=given.face.repeat(2, 1),
        bank=[seen.repeat(2, 1, 1) for seen in given.bank],
    )
    return ours(transformer, given), ours(transformer, twice)


def last_text_dropped(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    step, last = ours(transformer, given), transformer.layers[-1]

    def writing() -> Tensor:
        with patch.object(last, "last", new=False):
            return step()

    return step, writing


def rotated_in_passes(heads: Tensor, table: Tensor) -> Tensor:
    cosines, sines = (part.unsqueeze(-2).repeat_interleave(2, -1) for part in table.unbind(-1))
    crossed = torch.stack([-heads[..., 1::2], heads[..., ::2]], dim=-1).flatten(-2)
    return (heads * cosines + crossed * sines).to(heads.dtype)


def modulated_in_passes(norm: nn.LayerNorm, tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    rows = (len(scale), *(1,) * (tokens.ndim - 2), -1)
    normed: Tensor = norm(tokens)
    return normed * (1 + scale.view(rows)) + shift.view(rows)


def one_pass_each(transformer: Hallo3Transformer3DModel, given: Given) -> tuple[Step, Step]:
    """Norm with modulation, and rotation; without it the exact cuts are alone."""
    step = ours(transformer, given)

    def in_passes() -> Tensor:
        with (
            patch("model.networks.block.modulated", modulated_in_passes),
            patch("model.networks.attention.rotate", rotated_in_passes),
        ):
            return step()

    return step, in_passes


LEVERS: dict[str, Lever] = {
    "reference never asks": reference_never_asks,
    "face folded into its output": face_folded,
    "speech folded into its output": speech_folded,
    "keys, values and projections kept": kept_conditions,
    "what the guidance halves share, once": shared_halves,
    "last layer's text dropped": last_text_dropped,
    "norm with modulation, and rotation, in one pass": one_pass_each,
}
