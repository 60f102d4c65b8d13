"""`rushes train` from pictures and speech to weights, killed, stopped, and called wrongly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
import typer
from safetensors.torch import load_file
from torch import Tensor

from jobs.commands.train import STOPPED, train_command
from manifests.errors import ManifestUnusable
from model.pipeline import Hallo3Pipeline
from model.training import loop
from pipeline.training import run
from pipeline.training.config import TrainingConfig
from pipeline.training.export import RECIPE
from pipeline.training.results import StageRecord
from tests.jobs.commands.training_material import (
    KILLED_AFTER_A_SAVE,
    ROOT,
    SETTINGS,
    STEPS,
    assert_same_weights,
    further_settings,
    result_of,
    step_of,
    tinted_settings,
    write_material,
)


class Death(BaseException):
    """The program ends here."""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("material")
    write_material(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _as_before() -> Iterator[None]:
    """The command changes these for its process."""
    threads = torch.get_num_threads()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    torch.set_num_threads(threads)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def undisturbed(material: Path) -> Path:
    """A whole training's settings; they lie beside the material."""
    settings = material / "train.toml"
    settings.write_text(SETTINGS)
    train_command(settings)
    return settings


@pytest.fixture
def fresh(undisturbed: Path, tmp_path: Path) -> Path:
    """Settings of a training that has its shots and nothing else."""
    for name in ("pictures", "speech", "out/shots", "out/speech"):
        shutil.copytree(undisturbed.parent / name, tmp_path / name)
    settings = tmp_path / "train.toml"
    settings.write_text(SETTINGS)
    return settings


def test_material_becomes_weights_that_load(undisturbed: Path) -> None:
    folder = undisturbed.parent / "out/weights"
    pipeline = Hallo3Pipeline.from_pretrained(folder, local_files_only=True)
    assert pipeline.transformer.config.num_layers == 2
    assert pipeline.vae.config.block_out_channels == [8, 8, 8, 8]
    means = load_file(result_of(undisturbed, "vae"))
    assert pipeline.vae.config.scaling_factor == pytest.approx(float(means["scaling_factor"]))
    trained = load_file(result_of(undisturbed, "base"))
    assert any(name.startswith("reference.") for name in trained)
    for name, value in pipeline.transformer.state_dict().items():
        assert torch.equal(value.half(), trained[f"transformer.{name}"].half())


def test_a_call_for_a_finished_training_writes_nothing(undisturbed: Path) -> None:
    out = undisturbed.parent / "out"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    train_command(undisturbed)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_weights_that_are_gone_or_of_another_result_are_written_anew(undisturbed: Path) -> None:
    recipe = undisturbed.parent / "out/weights/recipe.json"
    told = recipe.read_text()
    recipe.write_text(told.replace('"vae": "', '"vae": "0'))
    train_command(undisturbed)
    assert recipe.read_text() == told
    shutil.rmtree(recipe.parent)
    train_command(undisturbed)
    assert recipe.read_text() == told
    assert [path.name for path in recipe.parent.parent.glob("*.partial")] == []


def test_a_further_training_starts_from_a_folder_and_keeps_its_vae(
    undisturbed: Path, tmp_path: Path
) -> None:
    for name in ("pictures", "speech"):
        (tmp_path / name).symlink_to(undisturbed.parent / name)
    settings = tmp_path / "train.toml"
    settings.write_text(further_settings(undisturbed.parent / "out/weights"))
    train_command(settings)
    folders = [path.parent / "out/weights" for path in (undisturbed, settings)]
    before, after = (Hallo3Pipeline.from_pretrained(folder).vae for folder in folders)
    assert after.config["scaling_factor"] == before.config["scaling_factor"]
    for name, kept in before.encoder.named_parameters():
        assert torch.equal(after.encoder.get_parameter(name), kept)
    assert not torch.equal(after.decoder.conv_out.conv.bias, before.decoder.conv_out.conv.bias)
    recipes = [json.loads((folder / RECIPE).read_text()) for folder in folders]
    assert recipes[1]["start"] == recipes[0]


def test_a_tint_changes_the_encoder_and_leaves_decoder_and_scale(
    undisturbed: Path, tmp_path: Path
) -> None:
    for name in ("pictures", "speech"):
        (tmp_path / name).symlink_to(undisturbed.parent / name)
    settings = tmp_path / "train.toml"
    settings.write_text(tinted_settings(undisturbed.parent / "out/weights"))
    train_command(settings)
    folders = [path.parent / "out/weights" for path in (undisturbed, settings)]
    before, after = (Hallo3Pipeline.from_pretrained(folder).vae for folder in folders)
    assert after.config["scaling_factor"] == before.config["scaling_factor"]
    for name, kept in before.decoder.named_parameters():
        assert torch.equal(after.decoder.get_parameter(name), kept)
    assert not torch.equal(after.encoder.conv_out.conv.bias, before.encoder.conv_out.conv.bias)


def test_a_training_killed_in_the_middle_of_a_stage_ends_with_the_same_bits(
    undisturbed: Path, fresh: Path
) -> None:
    command = [sys.executable, "-c", KILLED_AFTER_A_SAVE, "train", str(fresh)]
    path = {"PYTHONPATH": str(ROOT)}
    killed = subprocess.run(  # noqa: S603 - our own program
        command, env=os.environ | path, check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert step_of(fresh, "base") == STEPS - 1
    assert not result_of(fresh, "base").exists()
    train_command(fresh)
    assert_same_weights(fresh, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_saves_the_step_in_hand_and_says_how_to_go_on(
    undisturbed: Path,
    fresh: Path,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    drawn = loop.generator_of

    def signalled(seed: int, stage: str, step: int) -> torch.Generator:
        if (stage, step) == ("vae", 1):
            signal.raise_signal(number)
        return drawn(seed, stage, step)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "generator_of", signalled)
        with pytest.raises(typer.Exit) as ended:
            train_command(fresh)
    assert ended.value.exit_code == STOPPED == 130
    told = capfd.readouterr()
    assert "once more to stop at once" in told.err
    assert f"vae: stopped after step 2 of {STEPS}; `rushes train {fresh}` goes on" in told.out
    assert step_of(fresh, "vae") == 2
    if number == signal.SIGTERM:  # once is enough: it is the same way on
        train_command(fresh)
        assert_same_weights(fresh, undisturbed)


def test_the_second_signal_ends_it_at_once(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(loop, "generator_of", twice)
    with pytest.raises(typer.Exit) as ended:
        train_command(fresh)
    assert ended.value.exit_code == STOPPED
    assert step_of(fresh, "vae") is None


def test_a_signal_between_shots_keeps_those_that_are_there(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shots = fresh.parent / "out/shots"
    shutil.rmtree(shots)
    rendered = run.render_shots

    def signalled(config: TrainingConfig, count: int | None) -> Iterator[int]:
        for index in rendered(config, count):
            signal.raise_signal(signal.SIGTERM)
            yield index

    monkeypatch.setattr(run, "render_shots", signalled)
    with pytest.raises(typer.Exit):
        train_command(fresh)
    assert [path.name for path in shots.iterdir()] == ["000000"]


@pytest.mark.parametrize("stage", ["vae", "base"])
def test_a_stage_killed_before_its_result_gives_it_from_its_last_checkpoint(
    undisturbed: Path, fresh: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = run.save_result

    def dying(config: TrainingConfig, record: StageRecord, tensors: dict[str, Tensor]) -> None:
        if record.stage.name == stage:
            raise Death
        save(config, record, tensors)

    with monkeypatch.context() as patch:
        patch.setattr(run, "save_result", dying)
        with pytest.raises(Death):
            train_command(fresh)
    assert step_of(fresh, stage) == STEPS
    assert not result_of(fresh, stage).exists()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "generator_of", dies_in(stage))
        train_command(fresh)
    assert (
        load_file(result_of(fresh, stage)).keys() == load_file(result_of(undisturbed, stage)).keys()
    )
    assert_same_weights(fresh, undisturbed)


def dies_in(stage: str) -> Callable[[int, str, int], torch.Generator]:
    """A step of that stage is a mistake: there is none left to be done."""
    drawn = loop.generator_of

    def generator_of(seed: int, name: str, step: int) -> torch.Generator:
        assert name != stage
        return drawn(seed, name, step)

    return generator_of


def test_sizes_that_do_not_fit_the_results_are_told(undisturbed: Path, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.parent / "out", tmp_path / "out")
    result_of(tmp_path / "train.toml", "base").unlink()
    settings = tmp_path / "train.toml"
    settings.write_text(SETTINGS.replace("[8, 8, 8, 8]", "[8, 8, 8, 16]"))
    with pytest.raises(
        ManifestUnusable, match=r"networks.vae_channels = .* 8\) and not .* 16\): put that back"
    ):
        train_command(settings)
