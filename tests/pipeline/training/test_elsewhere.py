"""A training whose networks are on another device than its material.

torch's device `meta` stands for a card: nothing is computed there, but a tensor that was left on
the host meets those of the device and is refused, and no number can be read back.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS
from model.training.draws import generator_of
from model.training.loop import TrainingStage
from pipeline.card.training import carried_settings
from pipeline.dataset.shot import TrainingShot
from pipeline.training import diffusion_stage as of_diffusion
from pipeline.training.config import TrainingConfig
from pipeline.training.examples import Encoding, examples_of
from pipeline.training.networks import new_networks
from pipeline.training.stages import DiffusionStage, VaeStage
from pipeline.training.vae_stage import vae_stage

META, SIDE = torch.device("meta"), 32


@pytest.fixture
def _no_autocast(monkeypatch: pytest.MonkeyPatch) -> None:
    """`meta` has none."""
    monkeypatch.setattr(torch, "autocast", lambda *_: nullcontext())


@pytest.fixture(scope="module")
def shot() -> TrainingShot:
    rng = np.random.default_rng(9)
    frames = 96
    return TrainingShot(
        frames=rng.integers(0, 256, (frames, SIDE, SIDE, 3), np.uint8),
        portrait=rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
        landmarks=rng.uniform(8, SIDE - 8, (468, 3)).astype(np.float32),
        speech=rng.normal(size=(frames, AUDIO_BLOCKS, AUDIO_CHANNELS)).astype(np.float32),
        face=rng.normal(size=FACE_CHANNELS).astype(np.float32),
        prompt=np.zeros((1, 32), np.float32),
    )


def a_training(folder: Path, **vae: object) -> TrainingConfig:
    settings = carried_settings(folder)
    pictures, segments = settings["stages"]
    return TrainingConfig.model_validate(settings | {"stages": (pictures | vae, segments)})


def learns_there(stage: TrainingStage) -> bool:
    loss = stage.loss(generator_of(stage.seed, stage.name, 0))
    loss.backward()  # type: ignore[no-untyped-call]
    learned = [each.grad for each in stage.parameters.values() if each.grad is not None]
    return loss.device == META and bool(learned) and all(each.device == META for each in learned)


@pytest.mark.usefixtures("_no_autocast")
@pytest.mark.parametrize(
    "vae", [{}, {"hues": 1.0, "colour": 1.0, "lips": 1.0, "keep": 0.1}], ids=["plain", "weighted"]
)
def test_a_vae_learns_where_it_is(
    shot: TrainingShot, tmp_path: Path, vae: dict[str, object]
) -> None:
    config = a_training(tmp_path, **vae)
    stage = config.stages[0]
    assert isinstance(stage, VaeStage)
    ready, trained = vae_stage(config, stage, [shot], META)
    assert trained.device == META
    assert learns_there(ready)


@pytest.mark.usefixtures("_no_autocast")
def test_a_transformer_learns_where_it_is(
    shot: TrainingShot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = a_training(tmp_path)
    stage = config.stages[1]
    assert isinstance(stage, DiffusionStage)
    monkeypatch.setattr(of_diffusion, "networks_before", lambda *_: new_networks(config))
    vae = new_networks(config).vae.eval()
    encoding = Encoding(vae=vae, folder=tmp_path, windows=1, seed=0, mouth_weight=2)
    examples = examples_of(encoding, shot, 0)
    monkeypatch.setattr(of_diffusion, "training_device", lambda: META)
    assert learns_there(of_diffusion.diffusion_stage(config, stage, examples))
