"""What the folder of weights holds and says of itself, whatever became of the settings since."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import DiffusionPipeline
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from model.convert.metadata_files import digest_of_file
from model.pipeline import Hallo3Pipeline
from model.tiny import untrained_tiny
from pipeline.presets import WEIGHTS_LIST
from pipeline.processor.processor import Hallo3Processor
from pipeline.training.config import TrainingConfig
from pipeline.training.export import RECIPE, export
from pipeline.training.networks import networks_before, new_networks
from pipeline.training.results import stage_result
from tests.pipeline.training.builders import (
    a_diffusion,
    a_student,
    a_training,
    a_vae,
    finish,
    finished,
)


class Death(BaseException):
    """The program ends here."""


def loaded(config: TrainingConfig) -> Hallo3Pipeline:
    return Hallo3Pipeline.from_pretrained(export(config).folder, local_files_only=True)


def values(pipeline: Hallo3Pipeline) -> tuple[float, float, float]:
    """Of the encoder, the decoder and the transformer: eighths say which stage they are of."""
    parts = (pipeline.vae.encoder, pipeline.vae.decoder, pipeline.transformer)
    first = [next(part.parameters()).flatten()[0].item() * 8 for part in parts]
    return first[0], first[1], first[2]


def steps_of(pipeline: Hallo3Pipeline) -> int:
    return int(pipeline.transformer.config["distilled_steps"])


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    sizes = {"num_layers": 2, "num_attention_heads": 1}
    untrained_tiny(32, (8, 8, 8, 8), 2, **sizes).save_pretrained(folder)
    return folder


def distilled(folder: Path) -> TrainingConfig:
    return finished(
        a_training(
            folder, a_vae("vae"), a_diffusion("base", vae="vae"),
            a_student("few", vae="vae", after="base"), a_vae("decoder", after="vae"),
        ),
        ["decoder"],
    )  # fmt: skip


def edited(config: TrainingConfig, name: str, **settings: object) -> TrainingConfig:
    stages = tuple(
        stage.model_copy(update=settings) if stage.name == name else stage
        for stage in config.stages
    )
    return config.model_copy(update={"stages": stages})


def test_the_label_of_distilled_weights_is_what_was_trained_and_no_edit_changes_it(
    tmp_path: Path,
) -> None:
    config = distilled(tmp_path)
    assert steps_of(loaded(config)) == 2
    shutil.rmtree(tmp_path / "out/weights")
    with pytest.raises(ValueError, match="few was trained with evaluations = 2 and not 4: put"):
        export(edited(config, "few", evaluations=4))
    assert not (tmp_path / "out/weights").exists()
    recipe = json.loads((export(config).folder / RECIPE).read_text())
    assert [s["evaluations"] for s in recipe["stages"] if s["kind"] == "distil"] == [2]


def test_a_vae_trained_on_leaves_the_label(tmp_path: Path) -> None:
    folder = export(distilled(tmp_path / "first")).folder
    vae = a_vae("decoder", train=["vae.decoder.*"])
    later = a_training(tmp_path / "second", vae, start=folder)
    finish(later, later.stages[0], 0.5, "decoder")
    assert steps_of(loaded(later)) == 2


@pytest.mark.parametrize("stage", [a_diffusion("on"), a_student("fewer")])
def test_weights_that_were_distilled_are_not_trained_on(
    tmp_path: Path, stage: dict[str, object]
) -> None:
    folder = export(distilled(tmp_path / "first")).folder
    config = a_training(tmp_path / "second", stage, start=folder)
    with pytest.raises(ValueError, match=r"(on|fewer): distilled weights draw in few steps only"):
        networks_before(config, config.stages[0])


def test_a_result_that_does_not_say_its_steps_is_refused_and_others_of_before_are_taken(
    tmp_path: Path,
) -> None:
    config = distilled(tmp_path)
    for name in ("vae", "base", "few", "decoder"):
        path = stage_result(config, name)
        save_file(load_file(path), path)
    with pytest.raises(ValueError, match="does not say for how many steps it was distilled"):
        export(config)
    without = config.model_copy(update={"stages": config.stages[:2]})
    assert values(loaded(without)) == (1, 1, 2)


def test_tries_beside_each_other_are_not_mixed_and_the_recipe_names_what_is_there(
    tmp_path: Path,
) -> None:
    stages = (
        a_vae("vae"), a_diffusion("try", vae="vae"), a_vae("paint", after="vae"),
        a_vae("finish", after="vae"), a_diffusion("base", vae="vae"),
    )  # fmt: skip
    config = finished(a_training(tmp_path, *stages), ["paint", "finish"])
    exported = export(config)
    assert exported.stages == ("vae", "finish", "base")
    assert str(exported).endswith('left out: try, paint (docs/train.md, "Weights")')
    assert values(loaded(config)) == (1, 4, 5)
    recipe = json.loads((exported.folder / RECIPE).read_text())
    assert list(recipe["results"]) == [stage["name"] for stage in recipe["stages"]]
    assert list(recipe["results"]) == ["vae", "finish", "base"]


def test_a_part_that_only_a_try_trained_is_not_in_the_weights(tmp_path: Path) -> None:
    stages = (a_vae("vae"), a_diffusion("try", vae="vae"), a_diffusion("base", vae="vae"))
    config = a_training(tmp_path, *stages)
    finish(config, config.stages[0], 1 / 8)
    finish(config, config.stages[1], 2 / 8)
    finish(config, config.stages[2], 3 / 8, "proj_out")
    fresh = next(new_networks(config).transformer.parameters()).flatten()[0].half()
    there = next(loaded(config).transformer.parameters()).flatten()[0].half()
    assert torch.equal(there, fresh)


@pytest.mark.parametrize(("held", "taken"), [({"keep": 1.0}, 3), ({}, 1)])
def test_an_encoder_that_moved_since_the_transformer_learned_stays_out(
    tmp_path: Path, held: dict[str, float], taken: float
) -> None:
    stages = (a_vae("vae"), a_diffusion("base", vae="vae"), a_vae("next", after="vae", **held))
    config = finished(a_training(tmp_path, *stages))
    assert values(loaded(config)) == (taken, taken, 2)
    assert export(config).left_out == (() if held else ("next",))


def test_without_a_transformer_that_fits_nothing_is_written(tmp_path: Path, start: Path) -> None:
    for given in (None, start):
        config = finished(a_training(tmp_path / str(given is None), a_vae("vae"), start=given))
        assert str(export(config)).endswith("no stage `diffusion` has learned the latents of vae")
        assert not (config.out / "weights").exists()


def test_a_stage_learns_by_its_own_vae_where_its_teacher_had_another(tmp_path: Path) -> None:
    stages = (
        a_vae("one"), a_vae("two"), a_diffusion("base", vae="one"),
        a_diffusion("more", vae="two", after="base"),
    )  # fmt: skip
    config = finished(a_training(tmp_path, *stages))
    assert values(networks_before(config, config.stages[3])) == (2, 2, 3)
    assert values(loaded(config)) == (2, 2, 4)


def test_a_processor_of_the_start_is_kept_and_hears_as_early_as_is_asked(
    tmp_path: Path, start: Path
) -> None:
    own = tmp_path / "own"
    pipeline = Hallo3Pipeline.from_pretrained(start, local_files_only=True)
    processor = Hallo3Processor.of_demo(pipeline.transformer.config)
    processor.head_share, processor.framing = 0.6, "exact"
    pipeline.register_modules(processor=processor)  # type: ignore[no-untyped-call]  # diffusers
    pipeline.save_pretrained(own)
    config = a_training(tmp_path, a_diffusion("more"), start=own)
    networks = config.networks.model_copy(update={"audio_ahead": 2})
    config = finished(config.model_copy(update={"networks": networks}))
    kept = loaded(config).processor
    assert (kept.head_share, kept.framing, kept.log_mel["ahead"]) == (0.6, "exact", 2)
    assert kept.log_mel["channels"] == processor.log_mel["channels"]


def test_weights_do_not_tell_where_those_of_before_lay(tmp_path: Path, start: Path) -> None:
    config = finished(a_training(tmp_path, a_diffusion("speech"), start=start))
    written = [*export(config).folder.rglob("*.json")]
    assert len(written) > 4
    assert [path.name for path in written if str(start) in path.read_text()] == []


def test_an_export_killed_anywhere_leaves_whole_weights_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = finished(a_training(tmp_path, a_vae("vae"), a_diffusion("base", vae="vae")))
    folder = export(config).folder
    assert whole(folder)
    finish(config, config.stages[1], 0.75)
    for number in range(20):
        with monkeypatch.context() as patch:
            dies_before_call(patch, number)
            try:
                export(config)
            except Death:
                assert not folder.exists() or whole(folder)
            else:
                break
    else:
        pytest.fail("it never came to an end")
    assert values(loaded(config)) == (1, 1, 6)
    assert list(folder.parent.glob("*.partial")) == []


def listed(folder: Path) -> dict[str, int]:
    """Every file, by its bytes' hash."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hash(path.read_bytes()) for path in files}


def whole(folder: Path) -> bool:
    """Whether every file is there that the folder lists, as it lists it."""
    told = json.loads((folder / WEIGHTS_LIST).read_text())["files"]
    return all(
        (folder / name).is_file() and digest_of_file(folder / name) == file["sha256"]
        for name, file in told.items()
    )


def dies_before_call(patch: pytest.MonkeyPatch, number: int) -> None:
    """The program ends before the `number`th thing that it does to the disk; a folder that it was
    removing has lost a file by then."""
    done: list[str] = []

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            if len(done) == number:
                if name == "rmtree" and isinstance(args[0], Path) and args[0].exists():
                    next(path for path in args[0].rglob("*") if path.is_file()).unlink()
                raise Death
            done.append(name)
            return real(*args, **options)

        return call

    for owner, name in (
        (shutil, "rmtree"),
        (Path, "write_text"),
        (Path, "rename"),
        (DiffusionPipeline, "save_pretrained"),
    ):
        patch.setattr(owner, name, counted(name, getattr(owner, name)))


def test_a_full_disk_is_told_as_one_and_the_old_weights_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = finished(a_training(tmp_path, a_vae("vae"), a_diffusion("base", vae="vae")))
    old = listed(export(config).folder)
    finish(config, config.stages[1], 0.75)

    def full(*_: object, **__: object) -> None:
        told = f"{os.strerror(errno.ENOSPC)} (os error {errno.ENOSPC})"
        raise SafetensorError(f"Error while serializing: I/O error: {told}")

    with monkeypatch.context() as patch:
        patch.setattr(DiffusionPipeline, "save_pretrained", full)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as told:
            export(config)
    assert told.value.errno == errno.ENOSPC
    assert listed(config.out / "weights") == old
