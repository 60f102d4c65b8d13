"""What a training made as a folder of the pipeline, ready to be loaded."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import torch

from pipeline.presets import WEIGHTS_LIST
from pipeline.processor.processor import Hallo3Processor
from pipeline.training.config import DistilStage, TrainingConfig, VaeStage
from pipeline.training.networks import RESULT, load_result, new_networks, stage_folder

RECIPE = "recipe.json"


def export(config: TrainingConfig) -> Path:
    """`out/weights` in half precision, whole or not there; written only if it is not there yet or
    of other results. All stages have theirs."""
    folder, recipe = config.out / "weights", _recipe(config)
    if not _is_of(folder, recipe):
        _replace(folder, config, recipe)
    return folder


def _recipe(config: TrainingConfig) -> str:
    """What the weights are of: the recipe of those they started from, the settings, and each
    stage's result by its SHA-256."""
    results = {
        stage.name: _sha256(stage_folder(config, stage.name) / RESULT) for stage in config.stages
    }
    start = config.networks.start
    earlier = None if start is None else start / RECIPE
    before = {} if earlier is None or not earlier.is_file() else {"start": _read(earlier)}
    told = before | {
        "seed": config.seed,
        **({"shard_mb": config.shard_mb} if config.shard_mb else {}),
        "audio_ahead": config.networks.audio_ahead,
        "stages": [stage.model_dump() for stage in config.stages],
        "results": results,
    }
    return json.dumps(told, indent=2) + "\n"


def _read(recipe: Path) -> object:
    return json.loads(recipe.read_text(encoding="utf-8"))


def list_files(folder: Path) -> None:
    """The digest of every file, as the converter lists them: they name the weights."""
    files = {
        str(path.relative_to(folder)): {"sha256": _sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    told = {"format": 1, "source": {"recipe": RECIPE}, "files": files}
    (folder / WEIGHTS_LIST).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_of(folder: Path, recipe: str) -> bool:
    path = folder / RECIPE
    return path.is_file() and path.read_text(encoding="utf-8") == recipe


def _replace(folder: Path, config: TrainingConfig, recipe: str) -> None:
    pipeline = new_networks(config)
    ahead = config.networks.audio_ahead or pipeline.transformer.config["audio_ahead"]
    pipeline.transformer.register_to_config(audio_ahead=ahead)
    for stage in config.stages:
        load_result(pipeline, stage_folder(config, stage.name) / RESULT)
        if not isinstance(stage, VaeStage):
            steps = stage.evaluations if isinstance(stage, DistilStage) else 0
            pipeline.transformer.register_to_config(distilled_steps=steps)
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    pipeline.register_modules(processor=Hallo3Processor.of_demo(pipeline.transformer.config))  # type: ignore[no-untyped-call]  # diffusers
    largest = round(config.shard_mb * 1e6) if config.shard_mb else None
    pipeline.to(torch.float16).save_pretrained(fresh, max_shard_size=largest)
    (fresh / RECIPE).write_text(recipe, encoding="utf-8")
    list_files(fresh)
    shutil.rmtree(folder, ignore_errors=True)  # a kill here costs only this export
    fresh.rename(folder)
