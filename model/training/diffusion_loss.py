"""What the transformer and the reference network learn: the velocity of noised latents."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.scheduler import Hallo3DPMScheduler
from model.training.draws import chances
from model.training.example import TrainingExample


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropouts:
    """How often each condition is left out (Cui et al., Hallo3, section 4.1)."""

    text: float = 0.10
    audio: float = 0.05
    motion: float = 0.05
    reference: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffusionLoss:
    """Squared error of the velocity over all noise levels, which is CogVideoX's error of x0
    weighted by 1 / (1 - cumulative alpha).

    `high_noise` leans the levels to the noisy end: u^(1 / high_noise) of a uniform u. `lips` counts
    errors of how what is weighted changes from one latent frame to the next once more: a mouth is a
    tenth of the picture, and how it looks is learned long before how it moves.
    """

    dropouts: Dropouts = Dropouts()
    high_noise: float = 1.0
    lips: float = 0.0

    def __call__(
        self,
        transformer: Hallo3Transformer3DModel,
        reference: Hallo3ReferenceModel,
        batch: TrainingExample,
        generator: torch.Generator,
    ) -> Tensor:
        given = self.dropped(batch, generator)
        clean = batch.latents - self._base(transformer, batch)
        timestep = self.timesteps(len(clean), generator)
        noise = torch.randn(clean.shape, generator=generator).to(clean)
        levels = Hallo3DPMScheduler().levels.to(clean)
        signal = levels[timestep].reshape(-1, 1, 1, 1, 1)
        spread = (1 - signal.square()).sqrt()
        hidden = torch.cat(
            [signal * clean + spread * noise, condition_latents(transformer, given)], dim=2
        )
        with torch.autocast(clean.device.type, torch.bfloat16):
            bank = reference(given.reference, given.text)
            predicted = transformer(
                hidden, timestep.to(clean.device), given.text, given.audio, given.face, bank
            ).sample
        error = predicted.float() - (signal * noise - spread * clean)
        weight = batch.weight[:, None]
        weighted: Tensor = (error.square() * weight).mean()
        return weighted + self.lips * changes(error, weight) if self.lips else weighted

    def timesteps(self, count: int, generator: torch.Generator) -> Tensor:
        """int64 [count] in 0..999."""
        uniform = torch.rand(count, generator=generator) ** (1 / self.high_noise)
        return (uniform * 1000).long().clamp(max=999)

    def dropped(self, batch: TrainingExample, generator: torch.Generator) -> TrainingExample:
        """Some conditions zero, and of the motion's variants one: the last where it is left out."""
        drops, count = self.dropouts, len(batch.latents)

        def kept(values: Tensor, probability: float) -> Tensor:
            told = ~chances(generator, probability, count).to(values.device)
            return values * told.reshape(-1, *[1] * (values.ndim - 1))

        variants = batch.motion.shape[1]
        chosen = torch.randint(max(1, variants - 1), (count,), generator=generator)
        chosen[chances(generator, drops.motion, count)] = variants - 1
        changed = {
            "text": kept(batch.text, drops.text),
            "audio": kept(batch.audio, drops.audio),
            "reference": kept(batch.reference, drops.reference),
            "motion": batch.motion[torch.arange(count), chosen][:, None],
        }
        return TrainingExample.of(batch.tensors() | changed)

    def _base(self, transformer: Hallo3Transformer3DModel, batch: TrainingExample) -> Tensor:
        """What the prediction is a difference from."""
        base = batch.portrait
        return base if transformer.config["predict_difference"] else torch.zeros_like(base)


def changes(error: Tensor, weight: Tensor) -> Tensor:
    """Mean square of an error's changes over time, [B, T, C, h, w], over where `weight`, which
    broadcasts over it, is more than its least."""
    mouth = weight - weight.amin(dim=(-2, -1), keepdim=True)
    moved: Tensor = error.diff(dim=1).square() * mouth
    return moved.mean() / mouth.mean().clamp(min=1e-6)


def condition_latents(transformer: Hallo3Transformer3DModel, given: TrainingExample) -> Tensor:
    """Condition latents [B, T, C, h, w]: the motion's in front, then zeros or the portrait's."""
    first = given.motion[:, 0]
    fills = transformer.config["later_conditions"] == "reference"
    rest = given.portrait if fills else torch.zeros_like(first)
    later = given.latents.shape[1] - 1
    return torch.cat([first, rest.expand(-1, later, -1, -1, -1)], dim=1)
