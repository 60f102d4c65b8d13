"""A training's state on disk: whole or not there, read without running anything that is in it."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

WEIGHTS, MEANS, OPTIMIZER, PROGRESS = "weights", "means", "optimizer.pt", "progress.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """After `step` steps. Tensors by the parameters' names; the optimizer's state dict; and what
    is trained with which settings, in its owner's words."""

    step: int
    weights: Mapping[str, Tensor]
    means: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]
    record: str = ""


def store_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """`OSError` where the disk is full: safetensors' own file hides it behind an error of its own,
    as torch's does."""
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    path.write_bytes(save(plain, metadata))


def save_checkpoint(folder: Path, state: Checkpoint) -> None:
    """Replace what `folder` holds; a kill at any moment leaves the old or the new one."""
    for left in folder.parent.glob(f"{folder.name}.*.partial"):  # by a kill or a full disk
        shutil.rmtree(left)
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    fresh.mkdir(parents=True)
    for name, tensors in ((WEIGHTS, state.weights), (MEANS, state.means)):
        store_tensors(fresh / f"{name}.safetensors", tensors)
    optimizer = io.BytesIO()
    torch.save(dict(state.optimizer), optimizer)
    (fresh / OPTIMIZER).write_bytes(optimizer.getbuffer())
    told = {"step": state.step, "record": state.record}
    (fresh / PROGRESS).write_text(json.dumps(told), encoding="utf-8")
    old = folder.with_name(f"{folder.name}.old")
    if folder.exists():  # else `old`, left by a kill between the renames, is all there is
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The last one saved, or None. `ValueError` when it is damaged."""
    place = _place(folder)
    if place is None:
        return None
    try:
        progress = json.loads((place / PROGRESS).read_text(encoding="utf-8"))
        return Checkpoint(
            step=int(progress["step"]),
            weights=load_file(place / f"{WEIGHTS}.safetensors"),
            means=load_file(place / f"{MEANS}.safetensors"),
            optimizer=torch.load(place / OPTIMIZER, weights_only=True, map_location="cpu"),
            record=str(progress.get("record", "")),
        )
    except Exception as error:
        raise _damaged(place) from error


def checkpoint_record(folder: Path) -> str | None:
    """The record of the last one saved, empty in one of before there were any; None without a
    checkpoint. `ValueError` when it is damaged."""
    place = _place(folder)
    if place is None:
        return None
    try:
        return str(json.loads((place / PROGRESS).read_text(encoding="utf-8")).get("record", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise _damaged(place) from error


def _place(folder: Path) -> Path | None:
    """Where the last one is; a kill between two renames leaves the old one alone."""
    places = (folder, folder.with_name(f"{folder.name}.old"))
    return next((place for place in places if place.exists()), None)


def _damaged(place: Path) -> ValueError:
    return ValueError(f"{place} is damaged: remove it to begin the stage again")
