"""What is kept of one test for others is what they would have worked out, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.conditions.dlib_face import DlibFace
from pipeline import take_portrait
from pipeline.media.picture.image import ImageLimits, open_portrait
from tests.answered_once import answered_once, once
from tests.media_builders import a_jpeg


@pytest.fixture(autouse=True)
def _own_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("tests.answered_once.answers_folder", lambda: tmp_path / "kept")


def test_the_same_is_asked_once_and_another_is_asked_anew() -> None:
    asked: list[str] = []

    def answer(to: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        asked.append(to)
        return np.arange(3.0)

    for to in ("a", "b", "a"):
        assert np.array_equal(once((to, b"c"), lambda to=to: answer(to)), np.arange(3.0))
    assert asked == ["a", "b"]
    once(("", "ac"), lambda: answer("parts"))  # where one part ends tells as well
    assert asked[2:] == ["parts"]


def test_a_portrait_comes_with_the_same_pixels_and_its_own_name(tmp_path: Path) -> None:
    path, limits = a_jpeg(tmp_path / "face.jpg"), ImageLimits()
    plain = open_portrait(path, name="face", limits=limits)
    with answered_once():
        for _ in range(2):
            opened = take_portrait.open_portrait(path, name="face", limits=limits)
            assert np.array_equal(opened.pixels, plain.pixels)
            assert opened.told == plain.told
            assert opened.pixels.flags.writeable == plain.pixels.flags.writeable


def test_what_a_test_put_in_its_place_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(DlibFace, "embed", other)
    with answered_once():
        assert DlibFace.embed is other
