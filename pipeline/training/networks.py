"""Networks on their way from stage to stage: made new, or as an earlier stage left them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from model.pipeline import Hallo3Pipeline
from model.tiny import untrained_tiny
from model.training.trainable import Networks
from pipeline.training.config import AnyStage, TrainingConfig, VaeStage

RESULT = "result.safetensors"
"""The means of what a stage trained, by `component.name`."""


def training_device() -> torch.device:
    """A card where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def stage_folder(config: TrainingConfig, name: str) -> Path:
    return config.out / "stages" / name


def networks_before(config: TrainingConfig, stage: AnyStage) -> Hallo3Pipeline:
    """The networks as the stages before this one left them."""
    pipeline = new_networks(config)
    for name in _line(config, stage):
        load_result(pipeline, stage_folder(config, name) / RESULT)
    return pipeline


def _line(config: TrainingConfig, stage: AnyStage) -> Sequence[str]:
    """Names of the stages that this one goes on from, the first one first."""
    before = [*([] if isinstance(stage, VaeStage) else [stage.vae]), stage.after]
    names: list[str] = []
    for name in before:
        if name is not None:
            names += [*_line(config, config.stage(name)), name]
    return list(dict.fromkeys(names))


def new_networks(config: TrainingConfig) -> Hallo3Pipeline:
    """As the settings size them, with random weights; or those of the folder `start`."""
    sizes = config.networks
    if sizes.start is not None:
        return Hallo3Pipeline.from_pretrained(sizes.start, local_files_only=True)
    return untrained_tiny(
        sizes.side,
        vae_channels=sizes.vae_channels,
        vae_groups=sizes.vae_groups,
        num_layers=sizes.layers,
        num_attention_heads=sizes.heads,
    )


def components(pipeline: Hallo3Pipeline) -> Networks:
    return {
        "vae": pipeline.vae,
        "transformer": pipeline.transformer,
        "reference": pipeline.reference,
    }


@torch.no_grad()
def load_result(pipeline: Hallo3Pipeline, path: Path) -> None:
    """Put a finished stage's weights, and the VAE's scaling factor, in their places.

    `FileNotFoundError` before the stage is trained; `ValueError` if it trained other networks.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: train the stage {path.parent.name} first")
    tensors = load_file(path)
    scaling = tensors.pop("scaling_factor", None)
    if scaling is not None:
        pipeline.vae.register_to_config(scaling_factor=float(scaling))
    places: dict[str, Tensor] = {
        f"{component}.{name}": parameter
        for component, network in components(pipeline).items()
        for name, parameter in network.named_parameters()
    }
    for name, value in tensors.items():
        if name not in places or places[name].shape != value.shape:
            raise ValueError(
                f"{path} is of networks of other sizes ({name}): put the sizes back, or remove it "
                "to train the stage again"
            )
        places[name].copy_(value)
