"""The process that does parts: each leaves its result before the next begins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from model.bench.card.context import CardContext
from model.training.loop import Stopped
from pipeline.card import training, worker
from pipeline.card.kept import ended_parts
from pipeline.card.parts import PARTS, CardPart
from pipeline.card.training import SPENT, train_tiny

BY_NAME = {part.name: part for part in PARTS}


def told(folder: Path) -> dict[str, Any]:
    return {
        "device": "cpu",
        "size": "small",
        "folder": str(folder),
        "training": "",
        "shard_mb": None,
    }


def made_by(made: dict[str, Any]) -> Callable[[CardPart], Callable[[CardContext], Any]]:
    """Functions that give figures, or raise them."""

    def function(part: CardPart) -> Callable[[CardContext], Any]:
        def figures(_: CardContext) -> Any:  # noqa: ANN401 - as made
            if isinstance(made[part.name], BaseException):
                raise made[part.name]
            return made[part.name]

        return figures

    return function


def test_what_was_measured_before_a_part_failed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"machine": {"matrix_tflops": 1.0}, "step": MemoryError(), "segment": {}}
    monkeypatch.setattr(worker, "function_of", made_by(made))
    with pytest.raises(MemoryError):
        worker.do_parts(told(tmp_path), [BY_NAME[name] for name in made], lambda: 1000.0)
    results = ended_parts(tmp_path)
    assert set(results) == {"machine"}
    assert results["machine"].rehearsed


def test_a_part_that_does_not_fit_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [1000.0]

    def long_part(_: CardPart) -> Callable[[CardContext], dict[str, Any]]:
        return lambda _: {"left": left.pop()}

    monkeypatch.setattr(worker, "function_of", long_part)
    parts = [BY_NAME["machine"], BY_NAME["levers"]]
    worker.do_parts(told(tmp_path), parts, lambda: left[0] if left else 1.0)
    assert set(ended_parts(tmp_path)) == {"machine"}


def test_a_training_that_the_time_ended_goes_on_in_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = CardContext(device=torch.device("cpu"), size_name="small", folder=tmp_path)
    monkeypatch.setattr(training, "write_carried_material", lambda _: None)

    def ended(*_: object) -> None:
        raise Stopped("pictures: stopped after step 7 of 9")

    monkeypatch.setattr(training, "run_training", ended)
    assert train_tiny(context) is None
    spent = tmp_path / "training" / SPENT
    assert "seconds" in json.loads(spent.read_text())
    spent.write_text('{"seconds": 100.0}')
    monkeypatch.setattr(training, "run_training", lambda *_: None)
    figures = train_tiny(context)
    assert figures is not None
    assert figures["seconds"] >= 100
    assert figures["shard_mb"] == training.SHARD_MB
