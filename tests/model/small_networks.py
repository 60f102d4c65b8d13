"""Small networks with random weights, what they are given, and what they should give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from model.bench.naive import PlainInputs, PlainTransformer, Sizes
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel

Network = TypeVar("Network", bound=nn.Module)

SIZES: dict[str, Any] = {
    "num_layers": 2,
    "num_attention_heads": 3,
    "attention_head_dim": 16,
    "text_embed_dim": 8,
    "time_embed_dim": 12,
    "max_text_seq_length": 6,
    "sample_frames": 13,
    "sample_height": 12,
    "sample_width": 12,
}
CONDITIONS: dict[str, Any] = {
    "audio_blocks": 2,
    "audio_channels": 4,
    "audio_hidden_dim": 8,
    "audio_tokens": 3,
    "audio_token_dim": 5,
    "face_embed_dim": 7,
    "face_token_dim": 9,
}


def a_transformer(**sizes: int) -> Hallo3Transformer3DModel:
    return randomised(Hallo3Transformer3DModel(**{**SIZES, **CONDITIONS, **sizes}))


def a_reference(**sizes: int) -> Hallo3ReferenceModel:
    return randomised(Hallo3ReferenceModel(**{**SIZES, **sizes}))


def randomised(network: Network) -> Network:
    """Every parameter matters: norms near one, everything else far from zero."""
    generator = torch.Generator().manual_seed(5)
    for name, parameter in network.named_parameters():
        drawn = torch.randn(parameter.shape, generator=generator)
        fan_in = parameter[0].numel() if parameter.ndim > 1 else 9
        parameter.data = drawn / fan_in**0.5
        if "norm" in name and name.endswith("weight") and parameter.ndim == 1:
            parameter.data += 1
    network.eval()
    return network


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Of latents."""

    frames: int = 3
    height: int = 4
    width: int = 6
    batch: int = 2


def some_inputs(grid: Grid, config: Sizes) -> PlainInputs:
    """Nothing is the same for any two rows of the batch."""
    generator = torch.Generator().manual_seed(7)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    batch, pixel_frames = grid.batch, 4 * (grid.frames - 1) + 1
    tokens = (grid.height // config.patch_size) * (grid.width // config.patch_size)
    dim = config.num_attention_heads * config.attention_head_dim
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    return PlainInputs(
        latents=drawn(batch, grid.frames, config.in_channels, grid.height, grid.width),
        timesteps=torch.randint(0, 1000, (batch,), generator=generator),
        text=drawn(batch, config.max_text_seq_length, config.text_embed_dim),
        audio=drawn(batch, pixel_frames, *windows),
        face=drawn(batch, config.face_embed_dim),
        bank=[drawn(batch, tokens, dim) for _ in range(config.num_layers)],
    )


def predicted(transformer: Hallo3Transformer3DModel, given: PlainInputs) -> Tensor:
    with torch.no_grad():
        whole = transformer(
            given.latents, given.timesteps, given.text, given.audio, given.face, given.bank
        )
    sample: Tensor = whole.sample
    return sample


def plainly_predicted(transformer: nn.Module, given: PlainInputs) -> Tensor:
    return PlainTransformer(transformer.state_dict(), transformer.config)(given)
