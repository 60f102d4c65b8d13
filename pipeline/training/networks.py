"""Networks on their way from stage to stage: made new, or as an earlier stage left them."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from model.pipeline import Hallo3Pipeline
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS, untrained_tiny
from model.training.trainable import Networks, train_only
from pipeline.presets import trained_canvas
from pipeline.training.config import TrainingConfig
from pipeline.training.lines import stages_before
from pipeline.training.results import result_record, stage_result
from pipeline.training.stages import AnyStage, DistilStage, VaeStage

TRAINED = {
    "vae": ("vae",),
    "diffusion": ("transformer", "reference"),
    "distil": ("transformer",),
}
"""The components that each kind of stage may train."""


def training_device() -> torch.device:
    """A card where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def networks_before(config: TrainingConfig, stage: AnyStage) -> Hallo3Pipeline:
    """The networks as the stages before this one left them; `ValueError` where they were distilled
    and the stage would train them."""
    pipeline = new_networks(config)
    for earlier in stages_before(config.stages, stage):
        load_result(pipeline, stage_result(config, earlier.name))
    refuse_distilled(pipeline, stage)
    return pipeline


def refuse_distilled(pipeline: Hallo3Pipeline, stage: AnyStage) -> None:
    """A network that draws in few steps tells nothing true at the timesteps between them: it
    teaches nobody, and trained on it would be one of neither kind."""
    if not isinstance(stage, VaeStage) and pipeline.transformer.config["distilled_steps"]:
        raise ValueError(
            f"{stage.name}: distilled weights draw in few steps only, teach nobody and learn "
            "nothing more; begin with those they learned from"
        )


def new_networks(config: TrainingConfig) -> Hallo3Pipeline:
    """As the settings size them, with random weights; or those of the folder `start`, of which
    `ValueError` says so where they cannot learn from the shots of this training."""
    sizes = config.networks
    if sizes.start is not None:
        pipeline = _started(sizes.start)
        _refuse_deaf(pipeline, sizes.start)
        _refuse_other_canvas(sizes.start, sizes.side)
        return pipeline
    return untrained_tiny(
        sizes.side,
        vae_channels=sizes.vae_channels,
        vae_groups=sizes.vae_groups,
        num_layers=sizes.layers,
        num_attention_heads=sizes.heads,
    )


def _started(folder: Path) -> Hallo3Pipeline:
    try:
        return Hallo3Pipeline.from_pretrained(folder, local_files_only=True)
    except SafetensorError as error:
        raise ValueError(f"{folder} has a damaged file of weights: copy it again") from error


def _refuse_deaf(pipeline: Hallo3Pipeline, start: Path) -> None:
    """Shots hold what `tiny` hears and sees, and nothing else."""
    config = pipeline.transformer.config
    takes = (config["audio_blocks"], config["audio_channels"], config["face_embed_dim"])
    if takes != (AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS):
        raise ValueError(
            f"{start} holds networks that hear or see otherwise than `tiny`: only weights that "
            '`rushes train` wrote can be trained on (docs/train.md, "Limits")'
        )


def _refuse_other_canvas(start: Path, side: int) -> None:
    width, height = trained_canvas(start)
    if (width, height) != (side, side):
        raise ValueError(
            f"{start} draws {width} x {height} pixels: write side = {width} under [networks]"
        )


def components(pipeline: Hallo3Pipeline) -> Networks:
    return {
        "vae": pipeline.vae,
        "transformer": pipeline.transformer,
        "reference": pipeline.reference,
    }


def learning(pipeline: Hallo3Pipeline, stage: AnyStage) -> dict[str, nn.Parameter]:
    """What the stage trains, by `component.name`; nothing else learns. `ValueError` names what is
    not the stage's to train."""
    chosen = train_only(components(pipeline), stage.train)
    allowed = TRAINED[stage.kind]
    strange = [name for name in chosen if name.partition(".")[0] not in allowed]
    if strange:
        raise ValueError(
            f"{stage.name}: a stage of the kind {stage.kind} trains {' and '.join(allowed)} only, "
            f"not {strange[0]}: mend its `train`"
        )
    if not chosen:
        raise ValueError(f"{stage.name}: its `train` leaves nothing to be trained")
    return chosen


@torch.no_grad()
def load_result(pipeline: Hallo3Pipeline, path: Path) -> None:
    """Put a finished stage's weights in their places, the VAE's scaling factor, and for how many
    steps they were distilled, as the result says it.

    `FileNotFoundError` before the stage is trained; `ValueError` if it trained other networks.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: train the stage {path.parent.name} first")
    record = result_record(path)
    tensors = load_file(path)
    scaling = tensors.pop("scaling_factor", None)
    if scaling is not None:
        pipeline.vae.register_to_config(scaling_factor=float(scaling))
    if record is not None and isinstance(record.stage, DistilStage):
        pipeline.transformer.register_to_config(distilled_steps=record.stage.evaluations)
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
