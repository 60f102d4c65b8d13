"""A stage's result and checkpoint say what they were trained with, and are held to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from manifests.errors import ManifestUnusable
from model.training.checkpoint import Checkpoint, save_checkpoint
from pipeline.dataset.shot import shot_folder
from pipeline.training import run
from pipeline.training.config import TrainingConfig
from pipeline.training.examples import load_examples
from pipeline.training.export import export
from pipeline.training.networks import learning, new_networks
from pipeline.training.recordings import BOOK
from pipeline.training.results import (
    CHECKPOINT,
    record_of,
    refuse_other_checkpoint,
    refuse_other_results,
    result_record,
    stage_folder,
    stage_result,
)
from pipeline.training.run import refuse_beforehand, run_training
from pipeline.training.shots import render_shots, shots_of
from pipeline.training.stages import VaeStage
from pipeline.training.vae_stage import vae_stage
from tests.pipeline.training.builders import (
    SHOTS,
    a_diffusion,
    a_student,
    a_training,
    a_vae,
    finish,
    finished,
)


def begun(config: TrainingConfig, name: str, record: str | None = None) -> None:
    """A checkpoint of the stage's first step."""
    told = record_of(config, config.stage(name), SHOTS).model_dump_json()
    weights = {"a": torch.zeros(1)}
    state = Checkpoint(
        step=1,
        weights=weights,
        means=weights,
        optimizer={},
        record=told if record is None else record,
    )
    save_checkpoint(stage_folder(config, name) / CHECKPOINT, state)


def two_stages(folder: Path, **settings: object) -> TrainingConfig:
    return a_training(folder, a_vae("vae"), a_diffusion("base", vae="vae"), **settings)


Change = Callable[[TrainingConfig], TrainingConfig]


def changed(**settings: object) -> Change:
    """The second stage with other settings."""
    return lambda config: config.model_copy(
        update={"stages": (config.stages[0], config.stages[1].model_copy(update=settings))}
    )


def other_networks(**sizes: object) -> Change:
    return lambda config: config.model_copy(
        update={"networks": config.networks.model_copy(update=sizes)}
    )


def another_vae(config: TrainingConfig) -> TrainingConfig:
    finish(config, config.stages[0], 0.75)
    return config


CHANGES = [
    pytest.param(changed(steps=5), "steps = 1 and not 5", id="steps"),
    pytest.param(changed(batch=5), "batch = 4 and not 5", id="batch"),
    pytest.param(lambda c: c.model_copy(update={"seed": 9}), "seed = 0 and not 9", id="seed"),
    pytest.param(other_networks(side=48), r"networks\.side = 32 and not 48", id="side"),
    pytest.param(another_vae, "another result of vae", id="vae"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES)
def test_a_result_of_other_settings_or_of_another_result_is_not_taken_for_this_ones(
    tmp_path: Path, change: Change, says: str
) -> None:
    config = finished(two_stages(tmp_path))
    refuse_other_results(config, config.stages)
    now = change(config)
    with pytest.raises(ValueError, match=f"base was trained with .*{says}.*remove"):
        refuse_other_results(now, now.stages[1:])


@pytest.mark.parametrize(("change", "says"), CHANGES)
def test_a_stage_is_not_gone_on_with_other_settings_than_it_was_begun_with(
    tmp_path: Path, change: Change, says: str
) -> None:
    config = two_stages(tmp_path)
    finish(config, config.stages[0], 0.5)
    begun(config, "base")
    refuse_other_checkpoint(config, record_of(config, config.stages[1], SHOTS))
    now = change(config)
    with pytest.raises(ValueError, match=f"base was begun with .*{says}.*remove"):
        refuse_other_checkpoint(now, record_of(now, now.stages[1], SHOTS))


def test_a_stage_is_not_gone_on_with_more_shots_than_it_was_begun_with(tmp_path: Path) -> None:
    config = two_stages(tmp_path)
    finish(config, config.stages[0], 0.5)
    begun(config, "base")
    with pytest.raises(ValueError, match="all shots = 2 and not 3"):
        refuse_other_checkpoint(config, record_of(config, config.stages[1], 3))
    config = finished(config)
    refuse_other_results(config, config.stages)  # rows may be added once it has ended


def test_a_checkpoint_that_does_not_say_its_steps_is_gone_on_with_unless_it_is_a_students(
    tmp_path: Path,
) -> None:
    config = a_training(tmp_path, a_vae("vae"), a_student("few", vae="vae"))
    finish(config, config.stages[0], 0.5)
    for name in ("vae", "few"):
        begun(config, name, record="")
    refuse_other_checkpoint(config, record_of(config, config.stages[0], SHOTS))
    with pytest.raises(ValueError, match="does not say how it was begun: remove it"):
        refuse_other_checkpoint(config, record_of(config, config.stages[1], SHOTS))


def test_a_start_trained_anew_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    first = finished(two_stages(tmp_path / "first"))
    start = export(first).folder
    later = finished(a_training(tmp_path / "later", a_diffusion("more"), start=start))
    refuse_other_results(later, later.stages)
    finish(first, first.stages[1], 0.75)
    export(first)
    with pytest.raises(ValueError, match=r"more was trained with other weights in networks\.start"):
        refuse_other_results(later, later.stages)


def test_a_folder_of_weights_may_move_and_be_heard_earlier(tmp_path: Path) -> None:
    start = export(finished(two_stages(tmp_path / "first"))).folder
    later = finished(a_training(tmp_path / "later", a_diffusion("more"), start=start))
    other = shutil.copytree(start, tmp_path / "moved")
    moved = other_networks(start=other, audio_ahead=1)(later)
    refuse_other_results(moved, moved.stages)
    assert export(moved).stages == ("more",)


def test_settings_are_equal_whatever_a_later_version_adds_with_a_default(tmp_path: Path) -> None:
    config = finished(two_stages(tmp_path))
    record = result_record(stage_result(config, "vae"))
    assert record is not None
    told = record.model_dump_json().replace('"tint":0.0,', "").replace(',"tint":0.0', "")
    assert "tint" not in told
    begun(config, "vae", record=told)
    refuse_other_checkpoint(config, record)


@pytest.mark.parametrize("told", ['{"more": 1}', "no JSON"])
def test_a_record_of_a_later_version_is_told_as_one(tmp_path: Path, told: str) -> None:
    config = two_stages(tmp_path)
    begun(config, "vae", record=told)
    with pytest.raises(ValueError, match="written by another version of Rushes"):
        refuse_other_checkpoint(config, record_of(config, config.stages[0], SHOTS))


def test_a_damaged_result_is_told_with_its_remedy(tmp_path: Path) -> None:
    config = finished(two_stages(tmp_path))
    path = stage_result(config, "base")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=f"{path} is damaged: remove it, and the stage ends"):
        export(config)


def test_the_same_result_has_the_same_bytes(tmp_path: Path) -> None:
    results = {
        stage_result(finished(two_stages(tmp_path / str(number))), "base").read_bytes()
        for number in range(2)
    }
    assert len(results) == 1


def test_a_parent_that_is_trained_anew_may_come_back_with_the_same_bits(tmp_path: Path) -> None:
    config = finished(two_stages(tmp_path))
    shutil.rmtree(stage_folder(config, "vae"))
    refuse_beforehand(config, config.stages)
    finish(config, config.stages[0], 1 / 8)
    refuse_beforehand(config, config.stages)
    finish(config, config.stages[0], 0.75)
    with pytest.raises(ValueError, match="another result of vae"):
        refuse_beforehand(config, config.stages)


def test_what_is_wrong_is_said_before_shots_are_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered(*_: object) -> None:
        pytest.fail("hours went by")

    monkeypatch.setattr(run, "render_shots", rendered)
    config = two_stages(tmp_path)
    with pytest.raises(FileNotFoundError, match="base stands on vae: train vae first"):
        run_training(config, ["base"], print)
    with pytest.raises(ValueError, match=r"no parameter is called 'transformer\.lips"):
        run_training(changed(train=("transformer.lips.*",))(config), (), print)
    start = export(finished(two_stages(tmp_path / "first"))).folder
    other = a_training(tmp_path / "other", a_diffusion("more"), start=start)
    with pytest.raises(ValueError, match=r"draws 32 x 32 pixels: write side = 32"):
        run_training(other_networks(side=48)(other), (), print)


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        (a_vae("vae", train=["*"]), "vae: a stage of the kind vae trains vae only, not"),
        (a_diffusion("base", train=["*"]), "trains transformer and reference only, not vae"),
        (a_student("few", train=["reference.*"]), "trains transformer only, not reference"),
        (a_vae("vae", train=["vae.*", "!vae.*"]), "leaves nothing to be trained"),
    ],
)
def test_a_stage_trains_what_its_kind_trains(
    tmp_path: Path, stage: dict[str, object], says: str
) -> None:
    config = a_training(tmp_path, stage)
    with pytest.raises(ValueError, match=says):
        learning(new_networks(config), config.stages[0])


def test_a_tint_is_not_put_on_latents_that_moved(tmp_path: Path) -> None:
    start = export(finished(two_stages(tmp_path / "first"))).folder
    stages = (a_vae("vae"), a_vae("tint", after="vae", tint=1.0))
    config = a_training(tmp_path, *stages, start=start)
    tint = config.stages[1]
    assert isinstance(tint, VaeStage)
    finish(config, config.stages[0], 0.5, "decoder")
    with pytest.raises(TypeError):  # it goes on to the shots, of which there are none here
        vae_stage(config, tint, None)  # type: ignore[arg-type]
    finish(config, config.stages[0], 0.5)
    with pytest.raises(ValueError, match=r"tint: tint holds the latents of networks\.start, and"):
        vae_stage(config, tint, [])


def test_shots_of_a_teacher_with_other_settings_are_not_mixed_in(tmp_path: Path) -> None:
    config = two_stages(tmp_path)
    for index in range(SHOTS):
        shot_folder(shots_of(config), index).mkdir(parents=True)
    assert list(render_shots(config)) == []
    for name, value in (("head_motion", 0.5), ("turned_heads", 0.1), ("glasses", 0.1)):
        data = config.data.model_copy(update={name: value})
        with pytest.raises(ManifestUnusable, match="other settings: name another folder") as told:
            next(render_shots(config.model_copy(update={"data": data})))
        assert told.value.code == "training_folder_in_use"
    more = config.data.model_copy(update={"shots": 1, "speech": tmp_path})
    assert list(render_shots(config.model_copy(update={"data": more}))) == []


def test_shots_of_clips_are_not_taken_for_a_teachers(tmp_path: Path) -> None:
    config = two_stages(tmp_path)
    config.out.mkdir()
    (config.out / BOOK).touch()
    with pytest.raises(ManifestUnusable, match="name another folder"):
        next(render_shots(config))


def test_damaged_latents_and_weights_are_told_with_their_remedy(tmp_path: Path) -> None:
    (tmp_path / "000000.safetensors").write_bytes(b"torn")
    with pytest.raises(ValueError, match="damaged: remove it, and its shot is encoded again"):
        load_examples(tmp_path, 1)
    start = export(finished(two_stages(tmp_path / "first"))).folder
    weights = start / "vae/diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises((ValueError, OSError), match=r"(?s)start|vae|weights"):
        new_networks(a_training(tmp_path, a_diffusion("more"), start=start))
