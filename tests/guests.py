"""Packages with renderers for tests, installed by nothing but a folder on the path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.guests.guest import guest_entries, guest_named
from pipeline.presets import guest_preset


def a_package(
    folder: Path, package: str, entries: Mapping[str, str], version: str = "1.0.0"
) -> Path:
    """The folder, with what tells of a package with these entry points."""
    told = folder / f"{package.replace('-', '_')}-{version}.dist-info"
    told.mkdir(parents=True)
    said = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    (told / "METADATA").write_text(said)
    lines = [f"{name} = {value}" for name, value in entries.items()]
    (told / "entry_points.txt").write_text("\n".join(["[rushes.renderers]", *lines, ""]))
    return folder


@contextmanager
def installed(*folders: Path) -> Iterator[None]:
    """The packages in these folders, until the end."""
    with pytest.MonkeyPatch.context() as patch:
        for folder in folders:
            patch.syspath_prepend(str(folder))
        forget_guests()
        yield
    forget_guests()


def forget_guests() -> None:
    """What was found before the path changed."""
    guest_entries.cache_clear()
    guest_named.cache_clear()
    guest_preset.cache_clear()
