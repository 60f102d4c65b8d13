"""A training's state on disk: whole or not there, read without running anything that is in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

WEIGHTS, MEANS, OPTIMIZER, PROGRESS = "weights", "means", "optimizer.pt", "progress.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """After `step` steps. Tensors by the parameters' names; the optimizer's state dict."""

    step: int
    weights: Mapping[str, Tensor]
    means: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]


def save_checkpoint(folder: Path, state: Checkpoint) -> None:
    """Replace what `folder` holds; a kill at any moment leaves the old or the new one."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, tensors in ((WEIGHTS, state.weights), (MEANS, state.means)):
        plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
        save_file(plain, fresh / f"{name}.safetensors")
    torch.save(dict(state.optimizer), fresh / OPTIMIZER)
    (fresh / PROGRESS).write_text(json.dumps({"step": state.step}), encoding="utf-8")
    old = folder.with_name(f"{folder.name}.old")
    if folder.exists():  # else `old`, left by a kill between the renames, is all there is
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path) -> Checkpoint | None:
    """The last one saved, or None. `ValueError` when it is damaged."""
    old = folder.with_name(f"{folder.name}.old")
    place = folder if folder.exists() else old
    if not place.exists():
        return None
    try:
        return Checkpoint(
            step=int(json.loads((place / PROGRESS).read_text(encoding="utf-8"))["step"]),
            weights=load_file(place / f"{WEIGHTS}.safetensors"),
            means=load_file(place / f"{MEANS}.safetensors"),
            optimizer=torch.load(place / OPTIMIZER, weights_only=True, map_location="cpu"),
        )
    except Exception as error:
        raise ValueError(f"{place} is damaged: remove it to begin the stage again") from error
