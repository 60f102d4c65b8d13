"""Windows of shots through the VAE, once: what the diffusion stages learn from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from safetensors import SafetensorError
from safetensors.torch import load_file

from model.training.checkpoint import store_tensors
from model.training.draws import generator_of, integers
from model.training.example import MotionNoise, TrainingExample, motion_latents
from model.vae import encode
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.windows import latent_weight, window_of, window_starts

ENCODED_BY = "vae.sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How shots become examples: `windows` of each, by `vae`, into `folder`."""

    vae: AutoencoderKLCogVideoX
    folder: Path
    windows: int
    seed: int
    mouth_weight: float
    spoil: MotionNoise = MotionNoise()


def encode_shots(encoding: Encoding, shots: Sequence[TrainingShot]) -> Iterator[int]:
    """Write what is missing of the shots' examples; the number of each shot as it is done.

    `ValueError` where the folder holds those of another VAE.
    """
    encoding.folder.mkdir(parents=True, exist_ok=True)
    _claim(encoding)
    for index, shot in enumerate(shots):
        path = _file(encoding.folder, index)
        if path.exists():
            continue
        made = examples_of(encoding, shot, index)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        columns = {
            name: torch.stack([example.tensors()[name] for example in made]).half()
            for name in made[0].tensors()
        }
        store_tensors(partial, columns)
        partial.rename(path)
        yield index


def _claim(encoding: Encoding) -> None:
    """A folder's latents are of one VAE, which may have been trained anew since."""
    path, name = encoding.folder / ENCODED_BY, _name_of(encoding.vae)
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(name, encoding="ascii")
        partial.rename(path)
    elif path.read_text(encoding="ascii") != name:
        raise ValueError(f"{encoding.folder} was encoded by another VAE: remove the folder")


def _name_of(vae: AutoencoderKLCogVideoX) -> str:
    """SHA-256 of its weights and its scaling factor."""
    digest = hashlib.sha256(str(vae.config["scaling_factor"]).encode())
    for name, value in sorted(vae.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().view(torch.uint8).numpy())
    return digest.hexdigest()


def load_examples(folder: Path, shots: int) -> list[TrainingExample]:
    """All examples of the first `shots` shots, half precision."""
    found = []
    for index in range(shots):
        columns = _columns(_file(folder, index))
        count = len(columns["latents"])
        found += [TrainingExample.of({k: v[at] for k, v in columns.items()}) for at in range(count)]
    return found


def _columns(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged: remove it, and its shot is encoded again") from error


def examples_of(encoding: Encoding, shot: TrainingShot, index: int) -> list[TrainingExample]:
    """Of windows drawn by the shot's number, some of them mirrored."""
    rng = np.random.default_rng([encoding.seed, index])
    starts = window_starts(len(shot.frames), encoding.windows, rng)
    return [_example(encoding, shot, index, start) for start in starts]


def _example(encoding: Encoding, shot: TrainingShot, index: int, start: int) -> TrainingExample:
    generator = generator_of(encoding.seed, f"window {index}", start)
    window = window_of(shot, start, flipped=bool(integers(generator, 2)[0]))
    vae, device = encoding.vae, encoding.vae.device
    with torch.autocast(device.type, torch.bfloat16):
        latents, portrait, reference = (
            encode(vae, frames[None].to(device))[0].cpu()
            for frames in (window.clip, window.portrait, window.reference)
        )
        motion = motion_latents(vae, window.portrait, window.motion, encoding.spoil, generator)
    spatial = window.clip.shape[-1] // latents.shape[-1]
    return TrainingExample(
        latents=latents,
        portrait=portrait,
        reference=reference,
        motion=motion,
        audio=window.audio,
        face=torch.from_numpy(shot.face),
        text=torch.from_numpy(shot.prompt),
        weight=latent_weight(window.mouth, spatial, encoding.mouth_weight)[None],
    )


def _file(folder: Path, index: int) -> Path:
    return folder / f"{index:06d}.safetensors"
