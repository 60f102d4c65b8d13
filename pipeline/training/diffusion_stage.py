"""A stage that trains the transformer and the reference network on encoded windows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from model.training.diffusion_loss import DiffusionLoss, Dropouts
from model.training.draws import integers
from model.training.example import TrainingExample
from model.training.loop import LearningRate, TrainingStage
from pipeline.training.config import TrainingConfig
from pipeline.training.networks import (
    learning,
    networks_before,
    training_device,
)
from pipeline.training.results import CHECKPOINT, stage_folder
from pipeline.training.stages import DiffusionStage


def diffusion_stage(
    config: TrainingConfig, stage: DiffusionStage, examples: Sequence[TrainingExample]
) -> TrainingStage:
    """The stage ready to run on a fixed list of examples."""
    device = training_device()
    pipeline = networks_before(config, stage).to(device)
    parameters = learning(pipeline, stage)
    transformer, reference = pipeline.transformer.train(), pipeline.reference.train()
    loss = DiffusionLoss(
        dropouts=Dropouts(
            text=stage.text_dropout,
            audio=stage.audio_dropout,
            motion=stage.motion_dropout,
            reference=stage.reference_dropout,
        ),
        high_noise=stage.high_noise,
        lips=stage.lips,
    )

    def loss_of(generator: torch.Generator) -> Tensor:
        chosen = [examples[at] for at in integers(generator, len(examples), stage.batch)]
        batch = TrainingExample.batch(chosen, device)
        batch = batch.shortened(stage.latent_frames)
        return loss(transformer, reference, batch, generator)

    return TrainingStage(
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
    )
