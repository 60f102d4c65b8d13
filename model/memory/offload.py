"""How Hallo3 fits a card: carries out a memory profile of the table in model/memory/profiles.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.hooks.group_offloading import apply_group_offloading
from torch import nn

from model.memory.profiles import MemoryProfile


def apply_profile(pipeline: Any, profile: MemoryProfile, device: str | torch.device) -> None:  # noqa: ANN401  # diffusers' pipelines grow their components at run time
    """Arrange the pipeline's networks on the device; once, before the first take.

    The text encoder is its caller's business: `encode_prompts` lets it go by itself.
    """
    device = torch.device(device)
    if profile.tiled_decode:
        pipeline.vae.enable_tiling()
    if profile.float8_weights:
        stored_as_float8(pipeline.transformer)
    pipeline.vae.to(device)
    if profile.layers_offloaded:
        offload_layers(pipeline.transformer, device)
        offload_layers(pipeline.reference, device)
        return
    pipeline.transformer.to(device)
    if profile.conditioning_freed:
        visiting(pipeline.reference, device)
    else:
        pipeline.reference.to(device)


def visiting(network: nn.Module, device: torch.device) -> None:
    """Keep the network on the host but while its `forward` runs: the reference's, once a take."""

    def come(network: nn.Module, _: object) -> None:
        network.to(device)

    def go(network: nn.Module, _: object, __: object) -> None:
        network.to("cpu")

    network.register_forward_pre_hook(come)
    network.register_forward_hook(go, always_call=True)


def stored_as_float8(transformer: Any) -> None:  # noqa: ANN401  # diffusers is untyped
    """Round its large layers to float8; each computes in the precision that it had."""
    transformer.enable_layerwise_casting(
        storage_dtype=torch.float8_e4m3fn,
        compute_dtype=transformer.dtype,
    )


def offload_layers(network: nn.Module, device: torch.device) -> None:
    """Keep every large layer on the host but while it computes; the rest moves to the device.

    By layer and not by block: keys and values of face, speech and reference are computed past the
    forward of the blocks that hold their weights, and diffusers brings a block for nothing else.
    (`apply_forward_hook` in model/chain.py is heard by accelerate's offloading of whole models.)
    """
    layers = tuple(passing_layers(network))
    passing = {id(tensor) for layer in layers for tensor in layer.parameters()}
    for tensor in [*network.parameters(), *network.buffers()]:
        if id(tensor) not in passing:
            tensor.data = tensor.data.to(device)
    for layer in layers:
        apply_group_offloading(layer, device, torch.device("cpu"), offload_type="leaf_level")


def passing_layers(network: nn.Module) -> Iterator[nn.Module]:
    """The large layers whose weights nobody reads but their own `forward`; those of norms and the
    positions are read from outside."""
    return (layer for layer in network.modules() if isinstance(layer, (nn.Linear, nn.Conv1d)))
