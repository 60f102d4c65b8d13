"""What a segment sees of the one before, and what is done so that nothing creeps from segment to
segment (docs/long-takes.md)."""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor

from model.conditions.picture import with_holes
from model.sampling.colour import matched
from model.sampling.noise import Draw, NoiseSource, Purpose
from model.segments import ChainState, PreparedTake
from model.shapes import MOTION_FRAMES
from model.vae import decode_frames, encode

STILL_LATENTS = 3
"""Of a still portrait that is decoded as a segment would be: its last frames come out of what the
convolutions keep, as motion frames do."""


def condition_frames(take: PreparedTake, state: ChainState, noise: NoiseSource) -> Tensor:
    """[1, 3, 3, H, W] in -1..1 for the VAE, which makes one latent frame of it: the portrait, and
    the motion frames with their holes."""
    sampling, device = take.sampling, take.portrait.device
    motion = kept_motion(take, state)
    if sampling.motion_noise_sigma:
        draw = Draw(purpose=Purpose.MOTION_NOISE, segment=state.segment)
        motion = motion + sampling.motion_noise_sigma * noise.normal(draw, motion.shape).to(device)
    mask = noise.uniform(Draw(purpose=Purpose.MOTION_MASK, segment=state.segment), motion.shape[2:])
    motion = with_holes(motion, mask.to(device), sampling.motion_mask_rate)
    return torch.cat([take.portrait, motion])[None]


def kept_motion(take: PreparedTake, state: ChainState) -> Tensor:
    """The motion frames [2, 3, H, W] in -1..1, kept at the portrait's colours where that is asked
    for. Before the first segment they are the portrait, and stay so."""
    motion = state.motion.to(take.portrait.device)
    if not state.segment:
        return motion
    if take.sampling.colour_bias and take.colour_bias is not None:
        motion = motion - take.colour_bias
    if take.sampling.colour_match:
        motion = _unit_matched(motion, take.portrait, take.sampling.colour_match)
    return motion


def still_frames(vae: AutoencoderKLCogVideoX, picture: Tensor) -> Tensor:
    """A picture [1, 3, H, W] in -1..1 as motion frames [2, 3, H, W] of a video that shows nothing
    else: through the VAE and back."""
    latents = encode(vae, picture[None]).expand(-1, STILL_LATENTS, -1, -1, -1)
    frames = torch.cat(list(decode_frames(vae, latents)), dim=1)[0]
    return frames[-MOTION_FRAMES:] * 2 - 1


def colour_bias(vae: AutoencoderKLCogVideoX, portrait: Tensor) -> Tensor:
    """What a way through the VAE and back adds to the mean colour of a portrait [1, 3, H, W], in
    its -1..1: [1, 3, 1, 1]."""
    shown = portrait.clamp(-1, 1)
    added = still_frames(vae, portrait) - shown
    return added.mean(dim=(0, 2, 3), keepdim=True)


def _unit_matched(motion: Tensor, portrait: Tensor, strength: float) -> Tensor:
    unit, goal = (motion + 1) / 2, ((portrait + 1) / 2).clamp(0, 1)
    return matched(unit, goal, strength) * 2 - 1
