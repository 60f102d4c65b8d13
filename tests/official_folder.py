"""A small official folder of Hallo3, with the golden weights under the original keys."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.golden_tensors import GOLDEN

ENGINE = Path("hallo3/1/mp_rank_00_model_states.pt")
VAE = Path("cogvideox-5b-i2v-sat/vae/3d-vae.pt")


class Sizes(TypedDict):
    """What the shapes of a checkpoint cannot tell."""

    latent_frames: int
    latent_height: int
    latent_width: int
    audio_blocks: int


SIZES: Sizes = {"latent_frames": 5, "latent_height": 8, "latent_width": 12, "audio_blocks": 3}


def engine_state() -> dict[str, Tensor]:
    """Both networks, bfloat16."""
    return load_file(GOLDEN / "state_dict_dit.safetensors")


def vae_state() -> dict[str, Tensor]:
    return load_file(GOLDEN / "state_dict_vae.safetensors")


def an_official_folder(
    where: Path,
    *,
    engine: dict[str, Tensor] | None = None,
    vae: dict[str, Tensor] | None = None,
    with_vae: bool = True,
) -> Path:
    """Write `pretrained_models` into `where`."""
    root = where / "pretrained_models"
    save(root / ENGINE, {"module": engine_state() if engine is None else engine, "iteration": 7})
    if with_vae:
        save(root / VAE, {"state_dict": vae_state() if vae is None else vae})
    return root


def save(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
