"""One window of a training shot as the networks see it: latents and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor

from model.conditions.picture import with_holes
from model.shapes import MOTION_FRAMES
from model.vae import encode


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingExample:
    """What one segment is learned from; with a leading batch axis, what several are.

    `latents` [T, C, h, w] of the segment's frames, `portrait` and `reference` (all but the face
    black) [1, C, h, w], `motion` [variants, 1, C, h, w] of portrait and motion frames, each with
    other holes and noise, the last one without motion frames; `audio` [F, 5, blocks, channels],
    `face` [E], `text` [L, C], and `weight` [1, h, w] of the loss. Latents are scaled.
    """

    latents: Tensor
    portrait: Tensor
    reference: Tensor
    motion: Tensor
    audio: Tensor
    face: Tensor
    text: Tensor
    weight: Tensor

    def tensors(self) -> dict[str, Tensor]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> Self:
        return cls(**tensors)

    @classmethod
    def batch(cls, examples: Sequence[TrainingExample], device: torch.device) -> TrainingExample:
        """Stacked, in float32, on the device."""
        columns = {
            name: torch.stack([example.tensors()[name] for example in examples])
            for name in examples[0].tensors()
        }
        return TrainingExample.of(
            {name: value.to(device).float() for name, value in columns.items()}
        )

    def shortened(self, latent_frames: int) -> TrainingExample:
        """The first latent frames of a batch, and what they hear."""
        frames = 4 * (latent_frames - 1) + 1
        shorter = {"latents": self.latents[:, :latent_frames], "audio": self.audio[:, :frames]}
        return TrainingExample.of(self.tensors() | shorter)


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionNoise:
    """How motion frames are spoiled, so that the network does not lean on their details.

    The noise's width is exp(N(log_mean, log_deviation)), as CogVideoX's on its image (Yang et al.,
    section 2.4); the holes are Hallo3's.
    """

    variants: int = 3
    mask_rate: float = 0.1
    log_mean: float = -3.0
    log_deviation: float = 0.5


def motion_latents(
    vae: AutoencoderKLCogVideoX,
    portrait: Tensor,
    motion: Tensor,
    spoil: MotionNoise,
    generator: torch.Generator,
) -> Tensor:
    """[variants + 1, 1, C, h, w] of a portrait [1, 3, H, W] and motion frames [2, 3, H, W]."""
    made = []
    for _ in range(spoil.variants):
        width = torch.randn((), generator=generator) * spoil.log_deviation + spoil.log_mean
        noisy = motion + width.exp() * torch.randn(motion.shape, generator=generator)
        holes = torch.rand(motion.shape[-2:], generator=generator)
        made.append(torch.cat([portrait, with_holes(noisy, holes, spoil.mask_rate)]))
    made.append(torch.cat([portrait, torch.zeros_like(motion)]))
    device = next(vae.parameters()).device
    clips = torch.stack(made).to(device)
    if clips.shape[1] != MOTION_FRAMES + 1:
        raise ValueError(f"{MOTION_FRAMES} motion frames, not {clips.shape[1] - 1}")
    return encode(vae, clips).cpu()
