"""Trainings whose stages have results that nobody trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pipeline.card.training import carried_settings
from pipeline.training.config import TrainingConfig
from pipeline.training.networks import TRAINED, components, new_networks
from pipeline.training.results import record_of, save_result
from pipeline.training.stages import AnyStage

SHOTS = 2


def a_vae(name: str, **settings: object) -> dict[str, Any]:
    return {"kind": "vae", "name": name, "steps": 1} | settings


def a_diffusion(name: str, **settings: object) -> dict[str, Any]:
    return {"kind": "diffusion", "name": name, "steps": 1} | settings


def a_student(name: str, **settings: object) -> dict[str, Any]:
    return {"kind": "distil", "name": name, "steps": 1, "evaluations": 2} | settings


def a_training(
    folder: Path, *stages: dict[str, Any], start: Path | None = None, **settings: object
) -> TrainingConfig:
    carried = carried_settings(folder)
    networks = carried["networks"] | ({"start": start} if start else {})
    told = carried | {"stages": stages or carried["stages"], "networks": networks}
    return TrainingConfig.model_validate(told | settings)


def finish(config: TrainingConfig, stage: AnyStage, value: float, part: str = "") -> None:
    """A result that sets what the stage trains to a value; of `part` of it alone."""
    weights = {
        f"{name}.{key}": torch.full_like(weight, value)
        for name in TRAINED[stage.kind]
        for key, weight in components(new_networks(config))[name].named_parameters()
        if key.startswith(part)
    }
    scale = {"scaling_factor": torch.tensor(value)} if stage.kind == "vae" else {}
    save(config, stage, weights | scale)


def save(config: TrainingConfig, stage: AnyStage, weights: dict[str, torch.Tensor]) -> None:
    (config.out / "stages" / stage.name).mkdir(parents=True, exist_ok=True)
    save_result(config, record_of(config, stage, SHOTS), weights)


def finished(config: TrainingConfig, parts: Sequence[str] = ()) -> TrainingConfig:
    """Stage after stage, each with its number as value; VAE stages of `parts` train the decoder."""
    for number, stage in enumerate(config.stages, start=1):
        finish(config, stage, number / 8, "decoder" if stage.name in parts else "")
    return config
