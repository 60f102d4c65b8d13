"""The stage that trains the VAE on the shots' frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor

from model.training.loop import LearningRate, TrainingStage
from model.training.tint_loss import TintLoss, least_used
from model.training.vae_loss import VaeLoss, decoded_frames
from model.vae import moments
from pipeline.dataset.batches import FrameBatches, FramePieces
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.windows import unit, window_of
from pipeline.training.config import TrainingConfig
from pipeline.training.lines import stages_before
from pipeline.training.networks import (
    learning,
    networks_before,
    new_networks,
    training_device,
)
from pipeline.training.results import CHECKPOINT, moves_latents, stage_folder
from pipeline.training.stages import VaeStage

DIFFERENCE_WIDTH = 0.7
"""Standard deviation that the scaling factor gives to what the tiny transformer predicts, the
difference from the portrait: its moving parts then have about unit width."""

MEASURED_SHOTS, MEASURED_PORTRAITS = 12, 32

PieceLoss = Callable[[AutoencoderKLCogVideoX, FramePieces, torch.Generator], Tensor]


def vae_stage(
    config: TrainingConfig,
    stage: VaeStage,
    shots: Sequence[TrainingShot],
    device: torch.device | None = None,
) -> tuple[TrainingStage, AutoencoderKLCogVideoX]:
    """The stage ready to run, and the VAE that it changes, on a card where there is one."""
    device = device or training_device()
    pipeline = networks_before(config, stage)
    pipeline.vae.to(device)
    parameters = learning(pipeline, stage)
    batches = FrameBatches(
        shots=shots, batch=stage.batch, frames=stage.frames, crop=stage.crop, hues=stage.hues
    )
    vae = pipeline.vae.train()
    loss = _tint_loss(config, stage, shots, device) if stage.tint else _picture_loss(stage, vae)

    def loss_of(generator: torch.Generator) -> Tensor:
        drawn = batches.draw(generator, stage.mouth_weight).to(device)
        return loss(vae, drawn, generator)

    return (
        TrainingStage(
            name=stage.name,
            seed=config.seed,
            parameters=parameters,
            loss=loss_of,
            schedule=LearningRate(
                steps=stage.steps,
                learning_rate=stage.learning_rate,
                warmup=stage.warmup,
                ema_decay=stage.ema,
            ),
            folder=stage_folder(config, stage.name) / CHECKPOINT,
        ),
        vae,
    )


def _picture_loss(stage: VaeStage, vae: AutoencoderKLCogVideoX) -> PieceLoss:
    before = deepcopy(vae.encoder).requires_grad_(requires_grad=False) if stage.keep else None
    loss = VaeLoss(
        edges=stage.edges, colour=stage.colour, lips=stage.lips, keep=stage.keep, before=before
    )

    def told(vae: AutoencoderKLCogVideoX, drawn: FramePieces, generator: torch.Generator) -> Tensor:
        return loss(vae, drawn.frames, generator, drawn.weight, drawn.own_colours)

    return told


def _tint_loss(
    config: TrainingConfig, stage: VaeStage, shots: Sequence[TrainingShot], device: torch.device
) -> PieceLoss:
    """From the latents that the training started from, however many stages tint them."""
    for earlier in stages_before(config.stages, stage):
        if isinstance(earlier, VaeStage) and moves_latents(config, earlier):
            raise ValueError(
                f"{stage.name}: tint holds the latents of networks.start, and {earlier.name} moved "
                "them: go on from a stage that did not, or leave tint out"
            )
    start = new_networks(config).vae.eval().requires_grad_(requires_grad=False).to(device)
    portraits = torch.cat([unit(shot.portrait[None]) for shot in shots[:MEASURED_PORTRAITS]])
    means, _ = moments(start, portraits[:, None].to(device)).chunk(2, dim=1)
    direction = least_used(means.movedim(1, -1).flatten(0, -2))
    loss = TintLoss(before=start.encoder, direction=direction, tint=stage.tint)
    return lambda vae, drawn, _: loss(vae, drawn.frames)


@torch.no_grad()
def scaling_factor(vae: AutoencoderKLCogVideoX, shots: Sequence[TrainingShot]) -> float:
    """What gives the differences of a few windows from their portraits the wanted width."""
    squares = []
    for shot in shots[:MEASURED_SHOTS]:
        window = window_of(shot, 0)
        both = [moments(vae, frames[None]).chunk(2, dim=1)[0] for frames in _pair(window.clip)]
        squares.append(float((both[0] - both[1]).square().mean()))
    return DIFFERENCE_WIDTH / math.sqrt(sum(squares) / len(squares))


def _pair(clip: Tensor) -> tuple[Tensor, Tensor]:
    return clip, clip[:1]


@torch.no_grad()
def shots_reconstruction_db(vae: AutoencoderKLCogVideoX, shots: Sequence[TrainingShot]) -> float:
    """Mean peak signal-to-noise ratio of the shots' first 49 frames given back, in decibels."""
    found = []
    for shot in shots:
        clip = window_of(shot, 0).clip
        mean, _ = moments(vae, clip[None]).chunk(2, dim=1)
        seen = decoded_frames(vae, mean)[0].transpose(0, 1).clamp(-1, 1)
        error = ((seen - clip) / 2).square().mean()
        found.append(-10 * math.log10(max(float(error), 1e-10)))
    return sum(found) / len(found)
