"""One stage of a training: steps with keyed draws, a mean of the weights, and resumption."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from model.training.draws import generator_of


class Ema:
    """Exponential mean in float32. It forgets the start: its decay grows with the steps."""

    def __init__(self, parameters: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.means = {name: value.detach().float().clone() for name, value in parameters.items()}

    @torch.no_grad()
    def update(self, parameters: Mapping[str, Tensor], step: int) -> None:
        """After step number `step`, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, mean in self.means.items():
            mean.lerp_(parameters[name].detach().float(), 1 - decay)

    @torch.no_grad()
    def copy_to(self, parameters: Mapping[str, Tensor]) -> None:
        for name, mean in self.means.items():
            parameters[name].copy_(mean)


LossOf = Callable[[torch.Generator], Tensor]
"""The loss of one batch, drawn with the generator."""

StopAsked = Callable[[], bool]
"""Whether somebody wants the training to end; asked after every step."""

LARGEST_GRADIENT = 1.0


class Stopped(Exception):
    """Ended because it was asked to, with everything that was done saved."""


def never() -> bool:
    """Nobody will ask."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRate:
    """How a stage learns: AdamW, a linear warm-up, then a cosine down to `final_rate`."""

    steps: int
    learning_rate: float
    warmup: int = 100
    final_rate: float = 0.05
    weight_decay: float = 0.01
    ema_decay: float = 0.999

    def rate(self, step: int) -> float:
        """The learning rate of step number `step`, counted from 0."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * cosine)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingStage:
    """What is trained, on what, and where its checkpoint is kept, with a `record` of what it is
    trained with."""

    name: str
    seed: int
    parameters: dict[str, nn.Parameter]
    loss: LossOf
    schedule: LearningRate
    folder: Path
    save_every_s: float = 180.0
    record: str = ""


def train(stage: TrainingStage, stop: StopAsked = never) -> Iterator[tuple[int, float]]:
    """Train to the end from where the last checkpoint was, (step, loss) after every step.

    The stage's parameters hold their means when the iterator is exhausted; closing it early leaves
    the checkpoint of the last save. `Stopped` once `stop` says so, after a checkpoint; `ValueError`
    where the loss or its gradient is no number, before anything is saved of it.
    """
    schedule, parameters = stage.schedule, stage.parameters
    optimizer = torch.optim.AdamW(
        parameters.values(), betas=(0.9, 0.98), weight_decay=schedule.weight_decay
    )
    ema = Ema(parameters, schedule.ema_decay)
    first = _resumed(stage, optimizer, ema)
    saved_at = monotonic()
    for step in range(first, schedule.steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        loss = stage.loss(generator_of(stage.seed, stage.name, step))
        told = _finite(stage, step, "loss", loss)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        _finite(stage, step, "gradient", clip_grad_norm_(parameters.values(), LARGEST_GRADIENT))
        optimizer.step()
        ema.update(parameters, step)
        yield step, told
        asked = stop()
        due = monotonic() - saved_at > stage.save_every_s or step == schedule.steps - 1
        if asked or due:
            _save(stage, optimizer, ema, step + 1)
            saved_at = monotonic()
        if asked:
            raise Stopped(f"{stage.name}: stopped after step {step + 1} of {schedule.steps}")
    ema.copy_to(parameters)


def _finite(stage: TrainingStage, step: int, what: str, told: Tensor) -> float:
    value = float(told.detach())
    if not math.isfinite(value):
        raise ValueError(
            f"{stage.name}: the {what} of step {step + 1} is {value}: lower learning_rate and "
            f"remove {stage.folder}"
        )
    return value


def _resumed(stage: TrainingStage, optimizer: torch.optim.Optimizer, ema: Ema) -> int:
    saved = load_checkpoint(stage.folder)
    if saved is None:
        return 0
    shapes = {name: parameter.shape for name, parameter in stage.parameters.items()}
    if {name: value.shape for name, value in saved.weights.items()} != shapes:
        raise ValueError(f"{stage.folder} is of a stage that trains other parameters: remove it")
    with torch.no_grad():
        for name, parameter in stage.parameters.items():
            parameter.copy_(saved.weights[name])
            ema.means[name].copy_(saved.means[name])
    optimizer.load_state_dict(dict(saved.optimizer))
    return saved.step


def _save(stage: TrainingStage, optimizer: torch.optim.Optimizer, ema: Ema, step: int) -> None:
    save_checkpoint(
        stage.folder,
        Checkpoint(
            step=step,
            weights=stage.parameters,
            means=ema.means,
            optimizer=optimizer.state_dict(),
            record=stage.record,
        ),
    )
