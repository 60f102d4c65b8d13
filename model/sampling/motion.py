"""What a segment sees of its past: portrait and motion frames, for the first latent frame."""

from __future__ import annotations

import torch
from torch import Tensor

from model.conditions.picture import with_holes
from model.sampling.colour import matched
from model.sampling.noise import Draw, NoiseSource, Purpose
from model.segments import ChainState, PreparedTake


def condition_frames(take: PreparedTake, state: ChainState, noise: NoiseSource) -> Tensor:
    """[1, 3, 3, H, W] in -1..1 for the VAE, which makes one latent frame of it: the portrait, and
    the motion frames with their holes."""
    sampling, device = take.sampling, take.portrait.device
    motion = state.motion.to(device)
    if sampling.colour_match and state.segment:
        motion = _unit_matched(motion, take.portrait, sampling.colour_match)
    if sampling.motion_noise_sigma:
        draw = Draw(purpose=Purpose.MOTION_NOISE, segment=state.segment)
        motion = motion + sampling.motion_noise_sigma * noise.normal(draw, motion.shape).to(device)
    mask = noise.uniform(Draw(purpose=Purpose.MOTION_MASK, segment=state.segment), motion.shape[2:])
    motion = with_holes(motion, mask.to(device), sampling.motion_mask_rate)
    return torch.cat([take.portrait, motion])[None]


def _unit_matched(motion: Tensor, portrait: Tensor, strength: float) -> Tensor:
    unit, goal = (motion + 1) / 2, ((portrait + 1) / 2).clamp(0, 1)
    return matched(unit, goal, strength) * 2 - 1
