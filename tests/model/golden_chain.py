"""The golden networks as a pipeline, and the original's draws under our names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Draw, Purpose
from model.scheduler import Hallo3DPMScheduler
from tests.golden_tensors import golden
from tests.model.golden_vae import golden_vae
from tests.model.official import official_reference, official_transformer

STEPS = 4
FRAMES = 16


def golden_pipeline() -> Hallo3Pipeline:
    pipeline = Hallo3Pipeline(
        golden_vae(), official_transformer(), official_reference(), Hallo3DPMScheduler()
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@dataclass(frozen=True)
class RecordedNoise:
    """Draws that were written down, by what they were for."""

    draws: Mapping[Draw, Tensor]

    def normal(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        return self.draws[draw].reshape(tuple(shape))

    def uniform(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        return self.normal(draw, shape)


def step_draws(draws: Sequence[Tensor], segment: int = 0) -> dict[Draw, Tensor]:
    """The original draws once at the first step and twice at the others but the last, where it
    throws the first one away."""
    used = [draws[0], *draws[2::2]]
    return {
        Draw(purpose=Purpose.STEP, segment=segment, step=step): draw
        for step, draw in enumerate(used)
    }


def chain_noise() -> RecordedNoise:
    """chain_two_segments in the original's order: mask, portrait's posterior, reference's
    posterior; then per segment x_T, its steps, and the next segment's mask and posterior."""
    recorded = golden("chain_two_segments")
    draws = [recorded[name] for name in sorted(recorded) if name.startswith("draw.")]
    named = {Draw(purpose=Purpose.REFERENCE_POSTERIOR): draws.pop(2)}
    for segment in range(2):
        mask, posterior, initial, *steps = draws[:8]
        draws = draws[8:]
        for purpose, draw in (
            (Purpose.MOTION_MASK, mask),
            (Purpose.CONDITION_POSTERIOR, posterior),
            (Purpose.INITIAL, initial),
        ):
            named[Draw(purpose=purpose, segment=segment)] = draw
        named |= step_draws(steps, segment)
    return RecordedNoise(named)


def portrait() -> tuple[Tensor, Tensor]:
    """The golden picture and its face mask, uint8."""
    recorded = golden("chain_two_segments")
    return recorded["image_u8"], recorded["face_mask_u8"][:, :, 0]


torch.set_num_threads(1)
