"""The examples of docs/modular.md, on the carried weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from jobs.examples.portraits import astronaut
from tests.media_builders import a_wav

ROOT = Path(__file__).parents[3]


def test_the_examples_of_the_page_of_blocks_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    page = (ROOT / "docs/modular.md").read_text()
    whole, own, own_class = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "model").symlink_to(ROOT / "model")
    (tmp_path / "portrait.png").write_bytes(astronaut().read_bytes())
    a_wav(tmp_path / "speech.wav")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    small = whole.replace("num_inference_steps=4", "num_inference_steps=1, height=32, width=32")
    exec(small, names)  # noqa: S102 - ours
    assert {frame.size for frame in names["frames"]} == {(32, 32)}
    assert len(names["frames"]) == 25  # as long as its second of sound
    exec(own, names)  # noqa: S102 - ours
    changed = names["pipe"].blocks
    exec(own_class, names)  # noqa: S102 - ours
    assert {name: type(each) for name, each in names["pipe"].blocks.sub_blocks.items()} == {
        name: type(each) for name, each in changed.sub_blocks.items()
    }
    asked = {each.name: each.required for each in names["pipe"].blocks.inputs}
    assert asked["num_frames"]
    assert "audio" not in asked
