from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from model.training.checkpoint import checkpoint_record, load_checkpoint
from model.training.loop import LearningRate, Stopped, TrainingStage, train

STEPS = 9
EVERY_STEP, AT_THE_END = -1.0, 1e9
"""When a stage saves, in seconds since the last time."""


def a_stage(folder: Path, save_every_s: float = EVERY_STEP, **schedule: float) -> TrainingStage:
    """A line is fitted to noisy points that each step draws anew."""
    line = nn.Linear(4, 3)
    with torch.no_grad():
        for number, parameter in enumerate(line.parameters()):
            parameter.copy_(torch.linspace(-1, 1 + number, parameter.numel()).view_as(parameter))

    def loss(generator: torch.Generator) -> Tensor:
        points = torch.randn(8, 4, generator=generator)
        goal = points[:, :3].sin() + torch.randn(8, 3, generator=generator)
        error: Tensor = line(points) - goal
        return error.square().mean()

    given = {"steps": STEPS, "learning_rate": 0.1, "warmup": 3, "ema_decay": 0.9} | schedule
    return TrainingStage(
        name="line",
        seed=5,
        parameters=dict(line.named_parameters()),
        loss=loss,
        schedule=LearningRate(**given),  # type: ignore[arg-type]  # by name
        folder=folder / "checkpoint",
        save_every_s=save_every_s,
    )


def trained(stage: TrainingStage) -> list[tuple[int, float]]:
    return list(train(stage))


def numbers(stage: TrainingStage) -> list[float]:
    return [value for tensor in stage.parameters.values() for value in tensor.flatten().tolist()]


def killed_after(stage: TrainingStage, step: int) -> None:
    steps = train(stage)
    for done, _ in steps:
        if done >= step:
            break
    steps.close()  # type: ignore[attr-defined]  # a generator


def undisturbed() -> tuple[list[tuple[int, float]], list[float]]:
    with TemporaryDirectory() as folder:
        stage = a_stage(Path(folder), AT_THE_END)
        return trained(stage), numbers(stage)


@given(
    kills=st.lists(st.integers(0, STEPS - 1), max_size=4),
    save_every_s=st.sampled_from([EVERY_STEP, AT_THE_END]),
)
def test_a_training_killed_anywhere_ends_with_the_same_bits(
    kills: list[int], save_every_s: float
) -> None:
    losses, weights = undisturbed()
    with TemporaryDirectory() as folder:
        for kill in kills:
            killed_after(a_stage(Path(folder), save_every_s), kill)
        last = a_stage(Path(folder), save_every_s)
        told = trained(last)
    assert numbers(last) == weights
    assert told == losses[len(losses) - len(told) :]


def test_a_save_is_gone_on_from_and_not_begun_anew(tmp_path: Path) -> None:
    killed_after(a_stage(tmp_path), 5)
    assert trained(a_stage(tmp_path))[0][0] == 5  # what was in hand is done again


def test_a_finished_training_gives_its_means_again_without_a_step(tmp_path: Path) -> None:
    first, again = a_stage(tmp_path), a_stage(tmp_path)
    trained(first)
    assert trained(again) == []
    assert numbers(again) == numbers(first)
    saved = load_checkpoint(again.folder)
    assert saved is not None
    assert saved.step == STEPS
    for name, parameter in again.parameters.items():
        assert torch.equal(parameter, saved.means[name])
    assert any(not torch.equal(saved.means[name], saved.weights[name]) for name in saved.means)


def stopped_after(stage: TrainingStage, step: int) -> None:
    seen: list[int] = []
    for done, _ in train(stage, lambda: step in seen):
        seen.append(done)


@given(step=st.integers(0, STEPS - 1))
def test_a_stop_saves_the_step_in_hand_and_costs_nothing(step: int) -> None:
    losses, weights = undisturbed()
    with TemporaryDirectory() as folder:
        with pytest.raises(Stopped, match=f"after step {step + 1} of {STEPS}"):
            stopped_after(a_stage(Path(folder), AT_THE_END), step)
        again = a_stage(Path(folder), AT_THE_END)
        assert trained(again) == losses[step + 1 :]
    assert numbers(again) == weights


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_and_spoils_no_save(
    tmp_path: Path, value: float
) -> None:
    killed_after(a_stage(tmp_path), 4)
    stage = a_stage(tmp_path)
    broken = TrainingStage(**{**fields_of(stage), "loss": scaled(stage.loss, value)})
    with pytest.raises(ValueError, match=r"line: the loss of step 5 is .*lower learning_rate"):
        trained(broken)
    saved = load_checkpoint(stage.folder)
    assert saved is not None
    assert saved.step == 4
    assert all(tensor.isfinite().all() for tensor in saved.weights.values())


def test_a_gradient_that_is_no_number_spoils_no_save_not_even_at_the_last_step(
    tmp_path: Path,
) -> None:
    killed_after(a_stage(tmp_path), STEPS - 1)
    stage = a_stage(tmp_path)

    def loss(generator: torch.Generator) -> Tensor:
        apart = stage.loss(generator) * 0
        return stage.loss(generator).detach() + apart.sqrt()  # finite, and steep without end

    with pytest.raises(ValueError, match=rf"line: the gradient of step {STEPS} is nan"):
        trained(TrainingStage(**{**fields_of(stage), "loss": loss}))
    saved = load_checkpoint(stage.folder)
    assert saved is not None
    assert saved.step == STEPS - 1
    assert all(tensor.isfinite().all() for tensor in saved.weights.values())


def test_a_save_says_what_is_trained(tmp_path: Path) -> None:
    stage = a_stage(tmp_path)
    killed_after(TrainingStage(**{**fields_of(stage), "record": "steps 9"}), 2)
    saved = load_checkpoint(stage.folder)
    assert saved is not None
    assert saved.record == checkpoint_record(stage.folder) == "steps 9"


def scaled(
    loss: Callable[[torch.Generator], Tensor], factor: float
) -> Callable[[torch.Generator], Tensor]:
    return lambda generator: loss(generator) * factor


def fields_of(stage: TrainingStage) -> dict[str, object]:
    return {name: getattr(stage, name) for name in TrainingStage.__slots__}


@pytest.mark.parametrize("change", ["another name", "another shape"])
def test_a_checkpoint_of_other_parameters_is_refused(tmp_path: Path, change: str) -> None:
    killed_after(a_stage(tmp_path), 2)
    stage = a_stage(tmp_path)
    if change == "another name":
        stage.parameters["more"] = nn.Parameter(torch.zeros(1))
    else:
        stage.parameters["bias"] = nn.Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match=f"{stage.folder} is of a stage .* remove it"):
        trained(stage)
