"""Clips to be measured: rendered through the same door as a night's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX

from model.conditions.dlib_face import DlibFace
from model.conditions.logmel import LogMelFeatures
from model.pipeline import Hallo3Pipeline
from model.segments import Sampling
from model.tiny import untrained_tiny
from model.vae import decode_frames, encode
from pipeline.animatic.renderer import Animatic
from pipeline.evaluate.picture import psnr_db
from pipeline.hallo3.load import prepared, sampling_of
from pipeline.hallo3.prompt import NoPrompts
from pipeline.hallo3.renderer import Hallo3
from pipeline.nouns import Chunk
from pipeline.presets import TINY
from pipeline.renderer import Frames, Renderer, TakeFiles, rendered_chain

SEED = 2025

USUAL = sampling_of(TINY)
"""As a night samples."""


def tiny_renderer(weights: Path | None, sampling: Sampling = USUAL) -> Hallo3:
    """The preset `tiny` with the networks of a folder that a pipeline was saved in; without one
    they are random, and draw noise."""
    networks = untrained_tiny()
    if weights is not None:
        networks = Hallo3Pipeline.from_pretrained(weights, local_files_only=True)
        networks.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]  # diffusers
    prepared(networks)
    config = networks.transformer.config
    return Hallo3(
        networks=networks,
        speech=LogMelFeatures(
            blocks=config.audio_blocks, channels=config.audio_channels, ahead=config.audio_ahead
        ),
        face=DlibFace.load(),
        prompts=NoPrompts(tokens=config.max_text_seq_length, channels=config.text_embed_dim),
        sampling=sampling,
    )


def sampled_as(renderer: Hallo3, sampling: Sampling) -> Hallo3:
    """The same networks under other settings."""
    return replace(renderer, sampling=sampling)


def rendered_frames(
    renderer: Renderer, files: TakeFiles, frames: int | None = None, seed: int = SEED
) -> Iterator[Frames]:
    """The first `frames` of a take (all of it without) in one chain, in small batches."""
    stop = files.take.frames if frames is None else min(frames, files.take.frames)
    chunk = Chunk(index=0, start=0, stop=stop)
    return rendered_chain(renderer.open(files, chunk, seed), chunk.segments)


def clip_of(renderer: Renderer, files: TakeFiles, frames: int | None = None) -> Frames:
    """The same as one array, for short clips."""
    return np.concatenate(list(rendered_frames(renderer, files, frames)))


def teacher_clip(files: TakeFiles, frames: int | None = None) -> Frames:
    """What the animatic makes of the same portrait, speech and phones."""
    return clip_of(Animatic(), files, frames)


def reconstructed(vae: AutoencoderKLCogVideoX, frames: Frames) -> Frames:
    """Frames through the VAE and back. There must be 8 n + 1 of them."""
    pixels = torch.from_numpy(frames).permute(0, 3, 1, 2)[None].float() / 127.5 - 1
    parts = list(decode_frames(vae, encode(vae, pixels)))
    seen = torch.cat(parts, dim=1)[0].permute(0, 2, 3, 1)
    return np.asarray((seen * 255).round().to(torch.uint8).numpy())


def reconstruction_db(vae: AutoencoderKLCogVideoX, frames: Frames) -> float:
    """Peak signal-to-noise ratio of frames through the VAE and back, in decibels."""
    return psnr_db(reconstructed(vae, frames), frames)
