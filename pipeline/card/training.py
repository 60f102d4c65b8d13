"""`tiny` trained from scratch: shots rendered here, stage after stage, weights in shards."""

from __future__ import annotations

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

import cv2
import numpy as np

from model.bench.card.context import CardContext
from model.training.loop import Stopped
from pipeline.card.kept import write_whole
from pipeline.dataset.split import is_held_out
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.training.config import TrainingConfig, load_training
from pipeline.training.run import run_training

SAVED_BEFORE_S = 15.0
"""Before the end of the time: the step in hand ends, and its checkpoint is written."""

SPENT = "spent.json"
SENTENCES = ("A portrait speaks these words.", "Another sentence is a little longer than that.")
SHARD_MB = 8.0
FEW_STEPS = 3


def train_tiny(context: CardContext) -> dict[str, Any] | None:
    """The training of the settings named, or a short one of the portrait that scikit-image
    carries. None where the time ended it, with everything saved."""
    folder, began = context.folder / "training", monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    config, said = card_training(context, folder), list[str]()
    try:
        run_training(config, (), said.append, lambda: context.left_s() < SAVED_BEFORE_S)
    except Stopped:
        spent = _spent(folder) + monotonic() - began
        write_whole(folder / SPENT, {"seconds": round(spent, 1), "last": said[-1:]})
        return None
    return {
        "device": context.device.type,
        "seconds": round(_spent(folder) + monotonic() - began, 1),
        "stages": [stage.name for stage in config.stages],
        "material": "the settings'" if context.training else "the portrait of scikit-image",
        "said": [line for line in said if not line.startswith("weights: ")][-4:],
        "shard_mb": config.shard_mb,
        "shards": shards_of(config.out / "weights"),
    }


def _spent(folder: Path) -> float:
    """Seconds of earlier calls."""
    path = folder / SPENT
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else 0.0


def card_training(context: CardContext, folder: Path) -> TrainingConfig:
    """With `out` in our own folder, and shards of the size asked for."""
    threads = os.cpu_count() or 1 if context.device.type == "cuda" else 1
    out = folder / "out"
    changed = {"out": out, "shard_mb": context.shard_mb or SHARD_MB, "threads": threads}
    if context.training:
        return load_training(context.training).model_copy(update=changed)
    write_carried_material(folder)
    return TrainingConfig.model_validate(carried_settings(folder) | changed)


def carried_settings(folder: Path) -> dict[str, Any]:
    """Every kind of stage, in so few steps and layers that only the way through is shown."""
    few: dict[str, Any] = {"steps": FEW_STEPS, "warmup": 1}
    return {
        "out": folder / "out",
        "data": {
            "portraits": folder / "pictures",
            "landmarks": folder / "pictures/landmarks.npz",
            "speech": folder / "speech",
            "shots": 2,
        },
        "networks": {
            "side": 32,
            "layers": 2,
            "heads": 1,
            "vae_channels": (8, 8, 8, 8),
            "vae_groups": 2,
        },
        "stages": (
            {"kind": "vae", "name": "pictures", "batch": 1, "crop": 16, **few},
            {
                "kind": "diffusion",
                "name": "segments",
                "vae": "pictures",
                "batch": 2,
                "windows": 1,
                "latent_frames": 5,
                **few,
            },
        ),
    }


def write_carried_material(folder: Path) -> None:
    """One portrait under two names that are trained on, with its face mesh, and two sentences;
    nothing where it is there."""
    if (folder / "speech").is_dir():
        return
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise RuntimeError("scikit-image carries the portrait: install it, or name --training")
    source = Path(spec.origin).parent / "data/astronaut.png"
    pictures, speech = folder / "pictures", folder / "speech.partial"
    for made in (pictures, speech):
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
    image = np.asarray(cv2.imread(str(source), cv2.IMREAD_COLOR_RGB), np.uint8)
    mesh = landmarks_of(image, find_faces(image)[0]).points
    called = trained_names(".png")
    for name in called:
        shutil.copyfile(source, pictures / name)
    np.savez(pictures / "landmarks.npz", names=np.array(called), lm=np.stack([mesh] * len(called)))
    for name, sentence in zip(trained_names(".wav"), SENTENCES, strict=True):
        other = folder / "mix.wav"
        speak_script(sentence, choose_voice("en", None), speech=speech / name, mix=other)
        other.unlink()
    speech.rename(folder / "speech")


def trained_names(suffix: str) -> list[str]:
    """Two names that the split does not hold out."""
    found = (f"made{number}{suffix}" for number in range(100))
    return [name for name in found if not is_held_out(name)][: len(SENTENCES)]


def shards_of(weights: Path) -> dict[str, int]:
    """Bytes of each file of weights."""
    files = sorted(weights.rglob("*.safetensors"))
    return {str(path.relative_to(weights)): path.stat().st_size for path in files}
