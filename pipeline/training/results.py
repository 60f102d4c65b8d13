"""What a finished stage left, and what it says of itself: its settings, and what it stood on.

The record lies in the result and in each checkpoint, so that no later edit of the settings changes
what is said of weights (docs/decisions/0597-a-result-says-what-it-was-trained-with.md).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open

from model.convert.metadata_files import digest_of_file
from model.training.checkpoint import checkpoint_record, store_tensors
from pipeline.training.config import Networks, TrainingConfig
from pipeline.training.lines import parents_of
from pipeline.training.stages import AnyStage, DistilStage, TrainingSettings, VaeStage

RESULT = "result.safetensors"
"""The means of what a stage trained, by `component.name`."""

RECORD = "rushes"
"""The one key of a result's metadata: several would stand in any order, and change its digest."""

CHECKPOINT = "checkpoint"


class StageRecord(TrainingSettings):
    """What a stage was trained with: its settings, how many `shots`, and by SHA-256 the files of
    the folder that the training started from and the results that the stage stands on.
    `networks` are the sizes alone."""

    stage: AnyStage
    seed: int
    networks: Networks
    shots: int
    start: str = ""
    built_on: dict[str, str] = Field(default_factory=dict)


def stage_folder(config: TrainingConfig, name: str) -> Path:
    return config.out / "stages" / name


def stage_result(config: TrainingConfig, name: str) -> Path:
    return stage_folder(config, name) / RESULT


def is_finished(config: TrainingConfig, name: str) -> bool:
    return stage_result(config, name).is_file()


def missing_parents(config: TrainingConfig, stage: AnyStage) -> list[str]:
    """Names of those that the stage stands on and that are not finished."""
    return [name for name in parents_of(stage) if not is_finished(config, name)]


def record_of(config: TrainingConfig, stage: AnyStage, shots: int) -> StageRecord:
    """Of a stage as it would be trained now. `FileNotFoundError` names what has to be
    trained first."""
    start = config.networks.start
    missing = missing_parents(config, stage)
    if missing:
        raise FileNotFoundError(f"{stage.name} stands on {missing[0]}: train {missing[0]} first")
    return StageRecord(
        stage=stage,
        seed=config.seed,
        networks=config.networks.model_copy(update={"start": None, "audio_ahead": 0}),
        shots=shots,
        start="" if start is None else _digest_of_folder(start),
        built_on={name: digest_of_file(stage_result(config, name)) for name in parents_of(stage)},
    )


def _digest_of_folder(folder: Path) -> str:
    """Of all that networks are loaded from."""
    told = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.name == "config.json" or path.suffix == ".safetensors":
            told.update(f"{path.relative_to(folder)} {digest_of_file(path)}\n".encode())
    return told.hexdigest()


def save_result(
    config: TrainingConfig, record: StageRecord, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Whole or not there."""
    path = stage_result(config, record.stage.name)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    store_tensors(partial, tensors, {RECORD: record.model_dump_json()})
    partial.rename(path)


def result_record(path: Path) -> StageRecord | None:
    """What a result says of itself; None of one that was made before results said it."""
    told = _metadata(path).get(RECORD)
    return None if told is None else _parsed(told, path)


def result_names(path: Path) -> frozenset[str]:
    """Of the tensors in it."""
    with _opened(path) as file:
        return frozenset(file.keys())


def _metadata(path: Path) -> Mapping[str, str]:
    with _opened(path) as file:
        return file.metadata() or {}


def _opened(path: Path) -> safe_open:
    try:
        return safe_open(path, framework="pt")
    except SafetensorError as error:
        raise ValueError(
            f"{path} is damaged: remove it, and the stage ends again from its last checkpoint"
        ) from error


def _parsed(told: str, place: Path) -> StageRecord:
    try:
        return StageRecord.model_validate_json(told)
    except ValidationError as error:
        raise ValueError(
            f"{place} was written by another version of Rushes: go on with that one, or remove it"
        ) from error


def refuse_other_results(config: TrainingConfig, stages: Sequence[AnyStage]) -> None:
    """`ValueError` names the first stage whose result was trained with other settings than these,
    or on other results or weights than there are now. One that stands on what is not there is
    passed over: that may come back with the same bits."""
    for stage in stages:
        path = stage_result(config, stage.name)
        if not path.is_file() or missing_parents(config, stage):
            continue
        found = result_record(path)
        if found is not None:
            _refuse_other(config, found, record_of(config, stage, found.shots), "was trained")
        elif isinstance(stage, DistilStage):
            raise ValueError(
                f"{path} does not say for how many steps it was distilled: remove "
                f"{path.parent} to distil it again"
            )


def refuse_other_checkpoint(config: TrainingConfig, record: StageRecord) -> None:
    """`ValueError` where the stage was begun with something else than what it would go on with."""
    place = stage_folder(config, record.stage.name) / CHECKPOINT
    told = checkpoint_record(place)
    if told:
        _refuse_other(config, _parsed(told, place), record, "was begun")
    elif told is not None and isinstance(record.stage, DistilStage):
        raise ValueError(f"{place} does not say how it was begun: remove it to begin again")


def _refuse_other(config: TrainingConfig, found: StageRecord, now: StageRecord, was: str) -> None:
    changes = list(_changes(found, now))
    if changes:
        name = now.stage.name
        raise ValueError(
            f"{name} {was} with {'; '.join(changes)}: put that back, or remove "
            f"{stage_folder(config, name)} and those of the stages on it to train them again"
        )


def _changes(found: StageRecord, now: StageRecord) -> Iterator[str]:
    """What was otherwise, in words."""
    before, after = _told(found), _told(now)
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "nothing"), after.get(name, "nothing")
        if old != new:
            yield f"{name} = {old} and not {new}"
    if found.start != now.start:
        yield "other weights in networks.start"
    for name in sorted(found.built_on.keys() | now.built_on.keys()):
        if found.built_on.get(name) != now.built_on.get(name):
            yield f"another result of {name}"


def _told(record: StageRecord) -> dict[str, object]:
    sizes = {f"networks.{name}": value for name, value in record.networks.model_dump().items()}
    return record.stage.model_dump() | sizes | {"seed": record.seed, "all shots": record.shots}


def moves_latents(config: TrainingConfig, stage: VaeStage) -> bool:
    """Whether a transformer that knew the latents of before does not know those of this stage."""
    names = result_names(stage_result(config, stage.name))
    trained = any(name.startswith("vae.encoder.") for name in names)
    return trained and not (stage.keep or stage.tint)
