"""The causal 3D VAE of CogVideoX as Hallo3 uses it: pictures in at once, frames out as a stream
(docs/hallo3.md, "The VAE").

Latents are [B, T, C, h, w], scaled; frames are [B, n, 3, H, W].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from diffusers.utils.accelerate_utils import apply_forward_hook
from torch import Tensor

LATENTS_AT_ONCE = 2
"""What the VAE was trained to decode beside each other; the first time one more, if odd."""

Cache = dict[str, Any]
"""What the causal convolutions keep of the frames before, by the name of the layer."""


def encode(vae: AutoencoderKLCogVideoX, frames: Tensor, noise: Tensor | None = None) -> Tensor:
    """A sample of the posterior of `frames`, which are in -1..1; float32.

    All frames go through the encoder together, as in the original; diffusers' `vae.encode` cuts
    more than 8 into batches, with other statistics. `noise` is standard normal, [B, C, T, h, w]
    like the moments; without it the posterior's mean is taken.
    """
    mean: Tensor
    mean, logvar = moments(vae, frames).chunk(2, dim=1)
    if noise is not None:
        mean = mean + (0.5 * logvar.clamp(-30, 20)).exp() * noise.to(mean)
    return mean.transpose(1, 2) * _scaling(vae)


def decode_frames(vae: AutoencoderKLCogVideoX, latents: Tensor) -> Iterator[Tensor]:
    """The frames of `latents` in 0..1, float32, a few at a time as they are ready.

    An odd number of latents T gives 4 T - 3 frames: 9, then 8 by 8. What the convolutions keep of
    the frames before lives as long as the iterator. Tiled decoding, where the VAE has it switched
    on, has all frames ready at once.
    """
    z = (latents / _scaling(vae)).transpose(1, 2).to(vae.dtype)
    if vae.use_tiling:
        yield _unit(vae.decode(z, return_dict=False)[0])
        return
    cache: Cache | None = None
    for start, stop in decoded_together(z.shape[2]):
        decoded, cache = _decode(vae, z[:, :, start:stop], cache)
        yield _unit(decoded)


def decoded_together(latent_frames: int) -> list[tuple[int, int]]:
    """The latent frames start..stop of each chunk: 3, 2, 2, ... of an odd number, or just 1."""
    if latent_frames % LATENTS_AT_ONCE != 1:
        raise ValueError(f"the VAE decodes an odd number of latent frames, not {latent_frames}")
    stops = [1] if latent_frames == 1 else range(3, latent_frames + 1, LATENTS_AT_ONCE)
    return list(zip([0, *stops], stops, strict=False))


def channels_last(vae: AutoencoderKLCogVideoX) -> AutoencoderKLCogVideoX:
    """The same VAE with its convolutions' weights, and so all they compute, channels last."""
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    for weight in vae.parameters():
        if weight.ndim in layouts:
            weight.data = weight.data.contiguous(memory_format=layouts[weight.ndim])
    return vae


@torch.no_grad()
@apply_forward_hook  # type: ignore[untyped-decorator]  # brings an offloaded VAE to the device
def moments(vae: AutoencoderKLCogVideoX, frames: Tensor) -> Tensor:
    """Mean and log variance of the posterior, [B, 2 C, T, h, w] float32; n frames give
    ceil(ceil(n / 2) / 2) latent frames if n - 1 is a multiple of 4, and 3 give 1."""
    pixels = frames.transpose(1, 2).to(vae.dtype)
    if vae.use_tiling:
        hidden = vae.tiled_encode(pixels)
    else:
        hidden, _ = vae.encoder(pixels)
        hidden = hidden if vae.quant_conv is None else vae.quant_conv(hidden)
    return hidden.float()


@torch.no_grad()
@apply_forward_hook  # type: ignore[untyped-decorator]  # diffusers
def _decode(
    vae: AutoencoderKLCogVideoX, z: Tensor, cache: Cache | None
) -> tuple[Tensor, Cache | None]:
    if vae.post_quant_conv is not None:
        z = vae.post_quant_conv(z)
    decoded, cache = vae.decoder(z, conv_cache=cache)
    return decoded, cache


def _unit(decoded: Tensor) -> Tensor:
    return ((decoded.float() + 1) / 2).clamp(0, 1).transpose(1, 2)


def _scaling(vae: AutoencoderKLCogVideoX) -> float:
    return float(vae.config["scaling_factor"])
