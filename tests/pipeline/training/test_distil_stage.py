"""A stage `distil`: full and low-rank, resumed with the same weights, and told in the config."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from model.pipeline import Hallo3Pipeline
from model.tiny import untrained_tiny
from model.training.example import TrainingExample
from model.training.loop import train
from pipeline.presets import TINY, WITH_WEIGHTS, as_distilled, preset_named, preset_table
from pipeline.training.config import Networks as Sizes
from pipeline.training.config import TeacherData, TrainingConfig, load_training
from pipeline.training.distil_stage import Distilling, distil_stage
from pipeline.training.export import export
from pipeline.training.results import RESULT, record_of, save_result
from pipeline.training.stages import DistilStage

STEPS = 3


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    untrained_tiny(
        32, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=2, num_attention_heads=1
    ).save_pretrained(folder)
    return folder


def a_training(start: Path, out: Path, low_rank: int) -> TrainingConfig:
    stage = DistilStage(
        kind="distil",
        name="few",
        steps=STEPS,
        batch=1,
        latent_frames=3,
        evaluations=2,
        guidance=2.0,
        learning_rate=1e-3,
        warmup=1,
        student_share=1.0,
        low_rank=low_rank,
        train=("transformer.transformer_blocks.*",),
    )
    return TrainingConfig(
        out=out,
        data=TeacherData(portraits=out, landmarks=out, speech=out),
        networks=Sizes(start=start, side=32),
        stages=(stage,),
    )


def an_example() -> TrainingExample:
    generator = torch.Generator().manual_seed(7)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    return TrainingExample(
        latents=drawn(3, 16, 4, 4),
        portrait=drawn(1, 16, 4, 4),
        reference=drawn(1, 16, 4, 4),
        motion=drawn(2, 1, 16, 4, 4),
        audio=drawn(9, 5, 4, 40),
        face=drawn(128),
        text=torch.zeros(1, 32),
        weight=torch.ones(1, 4, 4),
    )


def distilling(config: TrainingConfig) -> Distilling:
    (stage,) = config.stages
    assert isinstance(stage, DistilStage)
    made = distil_stage(config, stage, [an_example()])
    return replace(made, ready=replace(made.ready, save_every_s=-1.0))


@pytest.mark.parametrize("low_rank", [0, 2])
def test_a_killed_distillation_ends_with_the_weights_it_would_have_had(
    start: Path, tmp_path: Path, low_rank: int
) -> None:
    whole = distilling(a_training(start, tmp_path / "whole", low_rank))
    before = {name: value.clone() for name, value in whole.student().items()}
    list(train(whole.ready))
    killed = a_training(start, tmp_path / "killed", low_rank)
    steps = train(distilling(killed).ready)
    next(steps), next(steps)
    steps.close()
    resumed = distilling(killed)
    assert [step for step, _ in train(resumed.ready)][-1] == STEPS - 1
    wanted, found = whole.student(), resumed.student()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert any(not torch.equal(wanted[name], before[name]) for name in wanted)
    assert all(name.startswith("transformer.") for name in wanted)


def test_distilled_weights_say_for_how_many_steps_they_are(start: Path, tmp_path: Path) -> None:
    config = a_training(start, tmp_path, low_rank=2)
    made = distilling(config)
    list(train(made.ready))
    save_result(config, record_of(config, config.stages[0], 1), made.student())
    assert load_file(tmp_path / "stages" / "few" / RESULT)
    folder = export(config).folder
    tiny = as_distilled(TINY, folder)
    assert (tiny.steps, tiny.guidance) == (2, 1.0)
    with pytest.raises(ManifestUnusable, match="distilled for 2 steps"):
        as_distilled(WITH_WEIGHTS["hallo3-5b"], folder)
    with pytest.raises(
        ManifestUnusable, match=r"they are distilled for 2 steps, and it needs .* for 4"
    ):
        as_distilled(WITH_WEIGHTS["hallo3-5b-4"], folder)
    with pytest.raises(ManifestUnusable, match="they are not distilled, and it needs"):
        as_distilled(WITH_WEIGHTS["hallo3-5b-4"], start)
    assert as_distilled(WITH_WEIGHTS["hallo3-5b"], start) == WITH_WEIGHTS["hallo3-5b"]
    networks = Hallo3Pipeline.from_pretrained(folder, local_files_only=True)
    seen = {"image": np.zeros((32, 32, 3), np.uint8), "face_embedding": torch.ones(1, 128)}
    heard = {"audio_features": torch.zeros(49, 4, 40), "prompt_embeds": torch.zeros(1, 1, 32)}
    for steps, scale in ((50, 1.0), (2, 3.5)):
        with pytest.raises(ValueError, match="num_inference_steps=2, guidance_scale=1"):
            networks(**seen, **heard, num_inference_steps=steps, guidance_scale=scale)
    with pytest.raises(ValueError, match="begin with those they learned from"):
        distilling(a_training(folder, tmp_path / "again", low_rank=0))


def test_a_student_teaches_no_other(tmp_path: Path) -> None:
    file = tmp_path / "train.toml"
    stage = '[[stages]]\nkind = "distil"\nsteps = 3\nevaluations = 2\n'
    data = '[data]\nportraits = "p"\nlandmarks = "l"\nspeech = "s"\n[networks]\nstart = "w"\n'
    file.write_text(
        f'out = "out"\n{data}{stage}name = "few"\n{stage}name = "fewer"\nafter = "few"\n'
    )
    with pytest.raises(ManifestUnusable, match="few is distilled, and teaches nobody"):
        load_training(file)


def test_a_preset_of_few_steps_says_which_weights_it_needs() -> None:
    with pytest.raises(
        ManifestUnusable,
        match=r"distilled for 4 steps.*`rushes train` cannot make",
    ):
        preset_named("hallo3-5b-4", preset_table({}))


def test_a_distilled_preset_takes_no_band_of_guidance(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text("[guidance_band]\nhallo3-5b-4 = { start = 0.2, stop = 0.8 }\n")
    with pytest.raises(ManifestUnusable, match="guided nowhere"):
        load_config(file).presets  # noqa: B018  it is computed
