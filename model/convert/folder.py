"""A folder that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.convert.errors import ConversionError

HIDDEN = ".rushes-"


def refuse_taken(destination: Path) -> None:
    """Raise `ConversionError` unless `destination` is a free name or an empty folder."""
    taken = destination.exists() and not (destination.is_dir() and not any(destination.iterdir()))
    if taken:
        raise ConversionError(f"{destination} is there already; give a new folder, or remove it")


def refuse_full_disk(destination: Path, needed_bytes: int) -> None:
    """Raise `OSError` (ENOSPC) when the disk has no room, before anything is written."""
    free_bytes = shutil.disk_usage(_existing(destination)).free
    if free_bytes < needed_bytes:
        raise OSError(
            errno.ENOSPC,
            f"{needed_bytes / 1e9:.1f} GB are needed and {free_bytes / 1e9:.1f} GB are free",
            str(destination),
        )


@contextmanager
def folder_aside(destination: Path) -> Iterator[Path]:
    """A hidden folder beside `destination` that takes its name when the block ends well."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    folder = destination.parent / f"{HIDDEN}{secrets.token_hex(8)}"
    folder.mkdir()
    try:
        yield folder
        refuse_taken(destination)
        folder.rename(destination)
        _sync(destination.parent)
    finally:
        if folder.exists():
            shutil.rmtree(folder)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
