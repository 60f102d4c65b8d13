"""Voices of other packages come in by entry points, and broken ones are named."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoints
from pathlib import Path

import pytest

from manifests.errors import BadInput, ManifestUnusable
from pipeline.media.voice import voices
from pipeline.media.voice.voices import choose_voice, other_voices


@dataclass(frozen=True)
class Studio:
    """A voice of another package."""

    name: str = "studio:anna"
    languages: tuple[str, ...] = ("xx",)
    digest: str = "1"
    reads_phones: bool = False

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        del folder
        return iter([None] * len(sentences))


def a_package(folder: Path, value: str, monkeypatch: pytest.MonkeyPatch, code: str = "") -> None:
    """A package on the path whose entry point names `value`."""
    info = folder / "studio_voices-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: studio-voices\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[rushes.voices]\nstudio = {value}\n")
    (folder / "studio_voices.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "studio_voices", raising=False)


def test_a_voice_of_another_package_speaks_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"from {__name__} import Studio\ndef voices():\n    return [Studio()]\n"
    sys.modules.setdefault(__name__, sys.modules[Studio.__module__])
    a_package(tmp_path, "studio_voices:voices", monkeypatch, code)
    assert choose_voice("xx", None).name == "studio:anna"
    with pytest.raises(BadInput, match="speaks xx, not 'en'"):
        choose_voice("en", "studio:anna")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("nowhere_at_all:voices", "'studio'.*cannot be loaded"),
        ("studio_voices:missing", "'studio'.*cannot be loaded"),
        ("studio_voices:numbers", "gives 7, no voice"),
    ],
)
def test_an_entry_point_that_gives_no_voices_is_named(
    value: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(tmp_path, value, monkeypatch, "def numbers():\n    return [7]\n")
    with pytest.raises(ManifestUnusable, match=told):
        other_voices()


def test_a_language_that_nobody_speaks_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="No voice here speaks 'xx'"):
        choose_voice("xx", None)


def test_what_packages_bring_is_looked_up_once_for_all_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def look(*, group: str) -> EntryPoints:
        asked.append(group)
        return EntryPoints()

    monkeypatch.setattr(voices, "entry_points", look)
    monkeypatch.syspath_prepend("a folder of this test")
    for _ in range(3):
        choose_voice("en", None)
    assert asked == ["rushes.voices"]
