"""Packages with renderers for tests, installed by nothing but a folder on the path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.guests.guest import guest_entries, guest_named
from pipeline.presets import guest_preset

WAVEFORM = Path(__file__).parents[1] / "examples" / "waveform_renderer"


@contextmanager
def installed(folder: Path, package: str, entries: dict[str, str], *code: Path) -> Iterator[None]:
    """The package, with these entry points, until the end; its modules lie in `code`."""
    told = folder / f"{package.replace('-', '_')}-1.0.0.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0.0\n")
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (told / "entry_points.txt").write_text("\n".join(["[rushes.renderers]", *lines, ""]))
    with pytest.MonkeyPatch.context() as patch:
        for path in (folder, *code):
            patch.syspath_prepend(str(path))
        forget()
        yield
    forget()


def forget() -> None:
    """What was found before the path changed."""
    guest_entries.cache_clear()
    guest_named.cache_clear()
    guest_preset.cache_clear()


@contextmanager
def waveform(folder: Path) -> Iterator[None]:
    """The example of examples/, with the entry point that its own pyproject declares."""
    entry = {"waveform": "waveform_renderer.declared:WAVEFORM"}
    with installed(folder, "waveform-renderer", entry, WAVEFORM):
        yield
