"""A training small enough for tests: its material, its settings, and what came of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from jobs.examples.portraits import astronaut
from model.training.checkpoint import load_checkpoint
from pipeline.dataset.split import is_held_out
from pipeline.media.face.face import find_faces, landmarks_of
from tests.spoken import spoken_in_english

ROOT = Path(__file__).parents[3]
SENTENCES = ("A portrait speaks these words.", "Another sentence is a little longer than that.")
STEPS = 3

SETTINGS = """
out = "out"
seed = 3

[data]
portraits = "pictures"
landmarks = "pictures/landmarks.npz"
speech = "speech"
shots = 3

[networks]
side = 32
layers = 2
heads = 1
vae_channels = [8, 8, 8, 8]
vae_groups = 2

[[stages]]
kind = "vae"
name = "vae"
steps = 3
batch = 1
crop = 16
warmup = 1

[[stages]]
kind = "diffusion"
name = "base"
vae = "vae"
steps = 3
batch = 2
windows = 1
latent_frames = 5
warmup = 1
"""

_HEAD = SETTINGS.partition("[networks]")[0]

KILLED_AFTER_A_SAVE = f"""
import os, signal
from functools import partial
import model.training.loop as loop
import pipeline.training.diffusion_stage as stage
from jobs.cli import main
stage.TrainingStage = partial(stage.TrainingStage, save_every_s=-1.0)
save = loop.save_checkpoint
def save_and_die(folder, state):
    save(folder, state)
    if "base" in str(folder) and state.step == {STEPS - 1}:
        os.kill(os.getpid(), signal.SIGKILL)
loop.save_checkpoint = save_and_die
main()
"""


def further_settings(start: Path) -> str:
    """A training that goes on from the weights of another one."""
    return f"""{_HEAD}
[networks]
start = "{start}"
side = 32

[[stages]]
kind = "vae"
name = "decoder"
steps = 2
batch = 1
crop = 16
lips = 1.0
train = ["vae.decoder.*"]

[[stages]]
kind = "diffusion"
name = "more"
steps = 2
batch = 2
windows = 1
latent_frames = 5
"""


def tinted_settings(start: Path) -> str:
    """A training of the encoder alone, on hues."""
    return f"""{_HEAD}
[networks]
start = "{start}"
side = 32

[[stages]]
kind = "vae"
name = "tint"
shots = 1
steps = 2
batch = 1
frames = 1
crop = 16
hues = 0.5
tint = 1.0
train = ["vae.encoder.*"]
"""


def names(suffix: str, count: int) -> list[str]:
    """Of files that are trained on."""
    found = (f"made{number}{suffix}" for number in range(100))
    return [name for name in found if not is_held_out(name)][:count]


def write_material(folder: Path) -> None:
    """One face under three names, and two sentences."""
    pictures, speech = folder / "pictures", folder / "speech"
    pictures.mkdir(parents=True)
    speech.mkdir()
    image = np.asarray(cv2.imread(str(astronaut()), cv2.IMREAD_COLOR_RGB), np.uint8)
    mesh = landmarks_of(image, find_faces(image)[0]).points
    called = names(".png", 3)
    for name in called:
        shutil.copyfile(astronaut(), pictures / name)
    np.savez(pictures / "landmarks.npz", names=np.array(called), lm=np.stack([mesh] * 3))
    for name, sentence in zip(names(".wav", 2), SENTENCES, strict=True):
        spoken_in_english(sentence, speech=speech / name)


def weights_of(settings: Path) -> dict[str, Tensor]:
    folder = settings.parent / "out/weights"
    return {
        f"{path.parent.name}.{name}": value
        for path in sorted(folder.rglob("*.safetensors"))
        for name, value in load_file(path).items()
    }


def assert_same_weights(settings: Path, other: Path) -> None:
    here, there = weights_of(settings), weights_of(other)
    assert here.keys() == there.keys()
    assert [name for name in here if not torch.equal(here[name], there[name])] == []


def result_of(settings: Path, stage: str) -> Path:
    return settings.parent / "out/stages" / stage / "result.safetensors"


def step_of(settings: Path, stage: str) -> int | None:
    saved = load_checkpoint(result_of(settings, stage).parent / "checkpoint")
    return None if saved is None else saved.step
