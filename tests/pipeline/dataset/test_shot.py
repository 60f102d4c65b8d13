"""Training shots on disk."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from pipeline.dataset.shot import TrainingShot, saved_shots, shot_folder
from tests.pipeline.dataset.builders import a_shot


def test_a_shot_comes_back_as_it_was(tmp_path: Path) -> None:
    shot = a_shot(50)
    shot.save(shot_folder(tmp_path, 3))
    (loaded,) = saved_shots(tmp_path)
    for field in fields(TrainingShot):
        before, after = getattr(shot, field.name), getattr(loaded, field.name)
        assert before.dtype == after.dtype
        assert np.array_equal(before, after), field.name


def test_shots_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for index in (12, 2, 7):
        a_shot(48, seed=index).save(shot_folder(tmp_path, index))
    first = next(saved_shots(tmp_path))
    assert np.array_equal(first.frames, a_shot(48, seed=2).frames)


def test_a_killed_save_leaves_no_shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def killed(path: Path, *_: object, **__: object) -> None:
        written.append(path)
        if len(written) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(np, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        a_shot(48).save(shot_folder(tmp_path, 0))
    monkeypatch.undo()
    assert len(written) == 3
    assert not shot_folder(tmp_path, 0).exists()
    assert list(saved_shots(tmp_path)) == []
    a_shot(48).save(shot_folder(tmp_path, 0))
    assert len(list(saved_shots(tmp_path))) == 1


def test_every_frame_needs_its_speech() -> None:
    with pytest.raises(ValueError, match="48 frames with speech for 47"):
        a_shot(48, heard=47)
