"""What a training made as a folder of the pipeline, ready to be loaded."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers.configuration_utils import ConfigMixin
from safetensors import SafetensorError

from model.convert.metadata_files import digest_of_file
from model.pipeline import Hallo3Pipeline
from pipeline.presets import WEIGHTS_LIST
from pipeline.processor.processor import LOG_MEL, Hallo3Processor
from pipeline.training.config import TrainingConfig
from pipeline.training.lines import export_line
from pipeline.training.networks import load_result, new_networks
from pipeline.training.results import (
    moves_latents,
    refuse_other_results,
    result_record,
    stage_result,
)
from pipeline.training.stages import AnyStage, VaeStage

RECIPE = "recipe.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The folder, and the names of the stages that are in it and of those that are not. Without a
    stage that is, no folder was written."""

    folder: Path
    stages: tuple[str, ...]
    left_out: tuple[str, ...]

    def __str__(self) -> str:
        others = ", ".join(self.left_out)
        if not self.stages:
            return (
                f"no weights are written: no stage `diffusion` has learned the latents of {others}"
            )
        told = f"weights: {self.folder}, of {', '.join(self.stages)}"
        return f'{told}; left out: {others} (docs/train.md, "Weights")' if others else told


def export(config: TrainingConfig) -> Exported:
    """`out/weights` in half precision, whole or not there; written only if it is not there yet or
    of other results. All stages have theirs; `ValueError` where one that the weights hold was
    trained with other settings, or on other results."""
    trained = [stage for stage in config.stages if isinstance(stage, VaeStage)]
    moving = {stage.name for stage in trained if moves_latents(config, stage)}
    line = export_line(config.stages, moving, started=config.networks.start is not None)
    refuse_other_results(config, line)
    names = tuple(stage.name for stage in line)
    folder = config.out / "weights"
    for left in folder.parent.glob(f"{folder.name}.*.partial"):  # by kills
        shutil.rmtree(left)
    if line:
        recipe = _recipe(config, line)
        if not _is_of(folder, recipe):
            _replace(folder, config, line, recipe)
    left_out = tuple(stage.name for stage in config.stages if stage.name not in names)
    return Exported(folder=folder, stages=names, left_out=left_out)


def _recipe(config: TrainingConfig, line: Sequence[AnyStage]) -> str:
    """What the weights are of: the recipe of those they started from, the settings, and each
    stage's result by its SHA-256."""
    results = {stage.name: digest_of_file(stage_result(config, stage.name)) for stage in line}
    start = config.networks.start
    earlier = None if start is None else start / RECIPE
    before = {} if earlier is None or not earlier.is_file() else {"start": _read(earlier)}
    told = before | {
        "seed": config.seed,
        **({"shard_mb": config.shard_mb} if config.shard_mb else {}),
        "audio_ahead": config.networks.audio_ahead,
        "stages": [_trained_with(config, stage).model_dump() for stage in line],
        "results": results,
    }
    return json.dumps(told, indent=2) + "\n"


def _trained_with(config: TrainingConfig, stage: AnyStage) -> AnyStage:
    """As the result says; results of before say nothing."""
    record = result_record(stage_result(config, stage.name))
    return stage if record is None else record.stage


def _read(recipe: Path) -> object:
    return json.loads(recipe.read_text(encoding="utf-8"))


def list_files(folder: Path) -> None:
    """The digest of every file, as the converter lists them: they name the weights."""
    files = {
        str(path.relative_to(folder)): {
            "sha256": digest_of_file(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    told = {"format": 1, "source": {"recipe": RECIPE}, "files": files}
    (folder / WEIGHTS_LIST).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _is_of(folder: Path, recipe: str) -> bool:
    path = folder / RECIPE
    return path.is_file() and path.read_text(encoding="utf-8") == recipe


def _replace(folder: Path, config: TrainingConfig, line: Sequence[AnyStage], recipe: str) -> None:
    """The old folder goes away under another name: a kill never leaves half of it under its own."""
    pipeline = new_networks(config)
    ahead = config.networks.audio_ahead or pipeline.transformer.config["audio_ahead"]
    pipeline.transformer.register_to_config(audio_ahead=ahead)
    for stage in line:
        load_result(pipeline, stage_result(config, stage.name))
    fresh, old = (folder.with_name(f"{folder.name}.{os.getpid()}.{n}partial") for n in ("", "old."))
    pipeline.register_modules(processor=processor_for(pipeline))  # type: ignore[no-untyped-call]  # diffusers
    largest = round(config.shard_mb * 1e6) if config.shard_mb else None
    _without_folder(pipeline)
    _save(pipeline.to(torch.float16), fresh, largest)
    (fresh / RECIPE).write_text(recipe, encoding="utf-8")
    list_files(fresh)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def processor_for(pipeline: Hallo3Pipeline) -> Hallo3Processor:
    """The pipeline's own, hearing as early as its transformer says; of `tiny` where it has none."""
    config = pipeline.transformer.config
    own = pipeline.processor
    if not isinstance(own, Hallo3Processor):
        return Hallo3Processor.of_demo(config)
    if own.speech_features == LOG_MEL:
        own.log_mel = own.log_mel | {"ahead": config.audio_ahead}
    return own


def _without_folder(pipeline: Hallo3Pipeline) -> None:
    """Configs do not tell where the weights of before lay: diffusers writes the path of `start`,
    and the same training elsewhere would get other digests."""
    for part in (pipeline, *pipeline.components.values()):
        if isinstance(part, ConfigMixin) and part.config.get("_name_or_path"):
            part.register_to_config(_name_or_path="")  # type: ignore[no-untyped-call]  # diffusers


def _save(pipeline: Hallo3Pipeline, folder: Path, largest: int | None) -> None:
    """`OSError` where the disk is full, which safetensors tells in words alone."""
    try:
        pipeline.save_pretrained(folder, max_shard_size=largest)
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))
        if found is None:
            raise
        number = int(found[1])
        raise OSError(number, os.strerror(number)) from error
