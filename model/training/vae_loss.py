"""What the VAE learns: to give back the frames it saw, from latents of about unit width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor, nn

from model.vae import decoded_together


@dataclass(frozen=True, slots=True, kw_only=True)
class VaeLoss:
    """Charbonnier error of the frames, their steps in space and time, and the Kullback-Leibler
    divergence of the posterior (Yang et al., CogVideoX, section 2.1, without the adversary).

    `colour` counts errors of hue once more: brightness is learned first, and the rarer colours may
    never be. `lips` counts errors of what is weighted, and of its changes over time, once more: a
    mouth is a tenth of the picture and moves within one latent frame. `keep` holds the latents near
    those of `before`, and their changes over time nearer.
    """

    divergence: float = 1e-6
    edges: float = 0.3
    motion: float = 0.3
    softness: float = 1e-2
    colour: float = 0.0
    lips: float = 0.0
    keep: float = 0.0
    before: nn.Module | None = None

    def __call__(
        self,
        vae: AutoencoderKLCogVideoX,
        frames: Tensor,
        generator: torch.Generator,
        weight: Tensor | None = None,
        held: Tensor | None = None,
    ) -> Tensor:
        """Of frames [B, 3, n, H, W] in -1..1, 4 k + 1 of them; `weight` broadcasts over them.
        `keep` counts for the examples that `held`, bool [B], marks; without it, for all."""
        with torch.autocast(frames.device.type, torch.bfloat16):
            mean, logvar = _moments(vae, frames)
            noise = torch.randn(mean.shape, generator=generator).to(mean)
            latents = mean + (0.5 * logvar.clamp(-30, 20)).exp() * noise
            seen = decoded_frames(vae, latents)
        error = seen.float() - frames
        pixels = self._soft(error)
        pixels = pixels if weight is None else pixels * weight
        edges = self._soft(error.diff(dim=-1)).mean() + self._soft(error.diff(dim=-2)).mean()
        loss = pixels.mean() + self.edges * edges
        if frames.shape[2] > 1:
            loss = loss + self.motion * self._soft(error.diff(dim=2)).mean()
        if self.colour:
            loss = loss + self.colour * self._soft(hue(error)).mean()
        if self.lips and weight is not None:
            loss = loss + self.lips * self._mouth(error, weight - 1)
        if self.before is not None:
            shift = mean.float() - _means(self.before, frames)
            kept = shift if held is None else shift * held.reshape(-1, 1, 1, 1, 1)
            loss = loss + self.keep * moved(kept)
        return loss + self.divergence * divergence(mean.float(), logvar.float())

    def _mouth(self, error: Tensor, mouth: Tensor) -> Tensor:
        """Mean error where `mouth` is not 0, and of the changes there from frame to frame."""
        parts = [
            self._soft(error),
            *([self._soft(error.diff(dim=2))] if error.shape[2] > 1 else []),
        ]
        means: list[Tensor] = [
            (part * mouth).mean() / mouth.mean().clamp(min=1e-6) for part in parts
        ]
        return torch.stack(means).sum()

    def _soft(self, error: Tensor) -> Tensor:
        return (error.square() + self.softness**2).sqrt() - self.softness


MOVED_OVER_TIME = 100.0
"""How much more a change of what changes weighs than one of what stands still."""


def hue(pixels: Tensor) -> Tensor:
    """Red against blue, and green against both, of [B, 3, n, H, W]: [B, 2, n, H, W]."""
    red, green, blue = pixels.unbind(dim=1)
    return torch.stack([red - blue, green - (red + blue) / 2], dim=1)


def moved(shift: Tensor) -> Tensor:
    """How far latents are from what they were, of their differences [B, C, T, h, w]."""
    over_time = (shift - shift[:, :, :1]).square().mean()
    return shift.square().mean() + MOVED_OVER_TIME * over_time


def divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """From the standard normal, summed over a latent frame's numbers, mean over the rest."""
    parts = 0.5 * (mean.square() + logvar.exp() - 1 - logvar)
    return parts.sum(dim=(1, 3, 4)).mean()


def decoded_frames(vae: AutoencoderKLCogVideoX, latents: Tensor) -> Tensor:
    """Frames [B, 3, n, H, W] of latents [B, C, T, h, w], chunked as a take is decoded."""
    cache: Any = None
    parts = []
    for start, stop in decoded_together(latents.shape[2]):
        part, cache = vae.decoder(latents[:, :, start:stop], conv_cache=cache)
        parts.append(part)
    return torch.cat(parts, dim=2)


@torch.no_grad()
def _means(encoder: nn.Module, frames: Tensor) -> Tensor:
    with torch.autocast(frames.device.type, torch.bfloat16):
        hidden, _ = encoder(frames)
    mean: Tensor = hidden.float().chunk(2, dim=1)[0]
    return mean


def _moments(vae: AutoencoderKLCogVideoX, frames: Tensor) -> tuple[Tensor, Tensor]:
    hidden, _ = vae.encoder(frames)
    mean, logvar = hidden.chunk(2, dim=1)
    return mean, logvar
