"""A stage that teaches the transformer to draw in few evaluations what it draws in many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.pipeline import Hallo3Pipeline
from model.sampling.guidance import Guidance
from model.training.diffusion_loss import DiffusionLoss, Dropouts, condition_latents
from model.training.distil_loss import DistilLoss, Teacher
from model.training.draws import integers
from model.training.example import TrainingExample
from model.training.loop import LearningRate, TrainingStage
from model.training.low_rank import Additions
from model.training.trainable import matching
from pipeline.training.config import TrainingConfig
from pipeline.training.networks import (
    learning,
    networks_before,
    training_device,
)
from pipeline.training.results import CHECKPOINT, stage_folder
from pipeline.training.stages import DistilStage

STUDENT, FAKE, COMPONENT = "student", "fake", "transformer."
AS_GIVEN = Dropouts(text=0, audio=0, motion=0, reference=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The three networks of a distillation, what of two of them learns, and the student's weights
    as a later stage takes them. Each is entered before it is called: with low-rank additions all
    three are one transformer."""

    student: Hallo3Transformer3DModel
    fake: Hallo3Transformer3DModel
    teacher: Hallo3Transformer3DModel
    entering: Callable[[str | None], AbstractContextManager[None]]
    parameters: dict[str, nn.Parameter]
    result: Callable[[], dict[str, Tensor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distilling:
    """The stage ready to run; `student` gives what it taught."""

    ready: TrainingStage
    student: Callable[[], dict[str, Tensor]]


def distil_stage(
    config: TrainingConfig, stage: DistilStage, examples: Sequence[TrainingExample]
) -> Distilling:
    """The stage on the conditions of a fixed list of examples; `ValueError` where the networks that
    it begins with were distilled themselves."""
    pipeline = networks_before(config, stage).to(training_device())
    roles = added_roles(pipeline, stage) if stage.low_rank else whole_roles(pipeline, stage)
    reference = pipeline.reference.requires_grad_(requires_grad=False).eval()
    return Distilling(
        ready=TrainingStage(
            name=stage.name,
            seed=config.seed,
            parameters=roles.parameters,
            loss=partial(
                drawn_loss, stage=stage, roles=roles, reference=reference, examples=examples
            ),
            schedule=LearningRate(
                steps=stage.steps,
                learning_rate=stage.learning_rate,
                warmup=stage.warmup,
                ema_decay=stage.ema,
            ),
            folder=stage_folder(config, stage.name) / CHECKPOINT,
        ),
        student=roles.result,
    )


def drawn_loss(
    generator: torch.Generator,
    *,
    stage: DistilStage,
    roles: Roles,
    reference: Hallo3ReferenceModel,
    examples: Sequence[TrainingExample],
) -> Tensor:
    """The loss of one batch of conditions, drawn with the generator."""
    chosen = [examples[at] for at in integers(generator, len(examples), stage.batch)]
    batch = TrainingExample.batch(chosen, training_device()).shortened(stage.latent_frames)
    given = DiffusionLoss(dropouts=AS_GIVEN).dropped(batch, generator)
    with torch.no_grad(), torch.autocast(batch.latents.device.type, torch.bfloat16):
        bank = reference(given.reference, given.text)
    told = partial(told_velocity, roles=roles, given=given, bank=bank)
    loss = DistilLoss(
        steps=stage.evaluations, student_share=stage.student_share, saturation=stage.saturation
    )
    return loss(
        partial(told, name=STUDENT),
        partial(told, name=FAKE),
        guided_teacher(roles, given, bank, stage.guidance),
        batch.latents,
        generator,
    )


def told_velocity(
    noisy: Tensor,
    timestep: Tensor,
    *,
    roles: Roles,
    given: TrainingExample,
    bank: list[Tensor],
    name: str | None,
) -> Tensor:
    """What one of the three predicts; None is the teacher."""
    network = {STUDENT: roles.student, FAKE: roles.fake, None: roles.teacher}[name]
    hidden = torch.cat([noisy, condition_latents(network, given)], dim=2)
    with roles.entering(name), torch.autocast(noisy.device.type, torch.bfloat16):
        predicted = network(hidden, timestep, given.text, given.audio, given.face, bank).sample
    velocity: Tensor = predicted.float()
    return velocity


def guided_teacher(
    roles: Roles, given: TrainingExample, bank: list[Tensor], scale: float
) -> Teacher:
    """With guidance as a night has it, and without."""
    nothing = {"text": torch.zeros_like(given.text), "audio": torch.zeros_like(given.audio)}
    untold = TrainingExample.of(given.tensors() | nothing)

    def velocities(noisy: Tensor, timestep: Tensor) -> tuple[Tensor, Tensor]:
        ask = partial(told_velocity, noisy, timestep, roles=roles, bank=bank, name=None)
        alone = ask(given=given)
        if scale == 1:
            return alone, alone
        return Guidance(text=scale).joined(torch.cat([ask(given=untold), alone])), alone

    return velocities


def whole_roles(pipeline: Hallo3Pipeline, stage: DistilStage) -> Roles:
    """Three transformers that begin alike."""
    learned = learning(pipeline, stage)
    student = pipeline.transformer.train()
    fake, teacher = deepcopy(student), deepcopy(student).requires_grad_(requires_grad=False).eval()
    copies = dict(fake.named_parameters())
    faked = {f"{FAKE}.{name}": copies[name.removeprefix(COMPONENT)] for name in learned}
    return Roles(
        student=student,
        fake=fake,
        teacher=teacher,
        entering=lambda _: nullcontext(),
        parameters=learned | faked,
        result=lambda: dict(learned),
    )


def added_roles(pipeline: Hallo3Pipeline, stage: DistilStage) -> Roles:
    """One frozen transformer with two sets of low-rank additions."""
    transformer = pipeline.transformer.requires_grad_(requires_grad=False).train()
    names = [f"{COMPONENT}{name}" for name, _ in transformer.named_parameters()]
    chosen = [name.removeprefix(COMPONENT) for name in matching(names, stage.train)]
    added = Additions(transformer, chosen, stage.low_rank, (STUDENT, FAKE))
    parameters = {
        f"{name}.{weight}": parameter
        for name in (STUDENT, FAKE)
        for weight, parameter in added.parameters_of(name).items()
    }
    return Roles(
        student=transformer,
        fake=transformer,
        teacher=transformer,
        entering=added.using,
        parameters=parameters,
        result=lambda: {
            f"{COMPONENT}{weight}": value for weight, value in added.merged(STUDENT).items()
        },
    )
