from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.training import checkpoint
from model.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


class Death(BaseException):
    """The program ends here."""


def a_state(step: int) -> Checkpoint:
    values = {"a.weight": torch.full((2, 3), float(step))}
    optimizer = {"state": {0: {"exp_avg": torch.full((2,), step / 2)}}, "param_groups": []}
    return Checkpoint(step=step, weights=values, means=values, optimizer=optimizer)


def whole(state: Checkpoint | None) -> int:
    """The step of a state whose parts are all of that step."""
    assert state is not None
    expected = a_state(state.step)
    assert torch.equal(state.weights["a.weight"], expected.weights["a.weight"])
    assert torch.equal(state.means["a.weight"], expected.means["a.weight"])
    given, wanted = (each.optimizer["state"][0]["exp_avg"] for each in (state, expected))
    assert torch.equal(given, wanted)
    return state.step


def dies_before_call(monkeypatch: pytest.MonkeyPatch, number: int) -> list[str]:
    """The program ends before the `number`th thing that it does to the disk; what it did."""
    done: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object, **options: object) -> object:
            if len(done) == number:
                raise Death
            done.append(name)
            return real(*args, **options)

        return call

    for owner, name in (
        (checkpoint, "save"),
        (torch, "save"),
        (Path, "write_bytes"),
        (shutil, "rmtree"),
        (Path, "mkdir"),
        (Path, "write_text"),
        (Path, "rename"),
    ):
        monkeypatch.setattr(owner, name, counted(name, getattr(owner, name)))
    return done


def test_what_was_saved_is_loaded_and_nothing_else_is_left(tmp_path: Path) -> None:
    for step in (1, 2):
        save_checkpoint(tmp_path / "checkpoint", a_state(step))
        assert whole(load_checkpoint(tmp_path / "checkpoint")) == step
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_there_is_none_before_the_first_save(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "checkpoint") is None


def test_what_earlier_saves_left_unfinished_is_cleared_away_before_the_next(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.1.partial").mkdir()
    (tmp_path / "checkpoint.1.partial" / "weights.safetensors").touch()
    save_checkpoint(tmp_path / "checkpoint", a_state(1))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


@pytest.mark.parametrize("before", ["checkpoint", "checkpoint.old", "both"])
def test_a_save_killed_anywhere_leaves_the_old_or_the_new_one(tmp_path: Path, before: str) -> None:
    ended: list[int] = []
    for number in range(20):
        folder = tmp_path / str(number) / "checkpoint"
        save_checkpoint(folder, a_state(1))
        if before == "both":  # killed while it cleared the old one away
            shutil.copytree(folder, folder.with_name("checkpoint.old"))
        else:
            folder.rename(folder.with_name(before))
        with pytest.MonkeyPatch.context() as patch:
            done = dies_before_call(patch, number)
            try:
                save_checkpoint(folder, a_state(2))
            except Death:
                assert len(done) == number
            else:
                break
        ended.append(whole(load_checkpoint(folder)))
        save_checkpoint(folder, a_state(3))
        assert whole(load_checkpoint(folder)) == 3
    else:
        pytest.fail("it never came to an end")
    assert whole(load_checkpoint(folder)) == 2
    assert ended == sorted(ended)
    assert {1, 2} == set(ended)


@pytest.mark.parametrize(
    "file", ["weights.safetensors", "means.safetensors", "optimizer.pt", "progress.json"]
)
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_checkpoint_names_its_folder_and_the_remedy(
    tmp_path: Path, file: str, damage: str
) -> None:
    folder = tmp_path / "checkpoint"
    save_checkpoint(folder, a_state(1))
    content = (folder / file).read_bytes()
    (folder / file).unlink()
    if damage == "cut":
        (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=f"{folder} is damaged: remove it"):
        load_checkpoint(folder)


def test_an_optimizer_file_that_would_run_code_is_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    save_checkpoint(folder, a_state(1))
    torch.save({"state": Path("x")}, folder / "optimizer.pt")
    with pytest.raises(ValueError, match="is damaged"):
        load_checkpoint(folder)
