"""Folders for one piece of work each, which outlive neither the work nor a killed worker for
long."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "desk-"
_LOCK = ".in-use"


@contextmanager
def new_desk(scratch: Path) -> Iterator[Path]:
    """An empty folder in `scratch`, locked as long as its process lives, removed at the end."""
    scratch.mkdir(parents=True, exist_ok=True)
    with _locked_folder(scratch) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked_folder(scratch: Path) -> Iterator[Path]:
    """Made and locked; made again when a sweep took it between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / _LOCK).exists():
                yield folder
                return


def sweep(scratch: Path) -> int:
    """Remove the desks whose process is gone; returns how many."""
    return sum(_removed(folder) for folder in scratch.glob(f"{_PREFIX}*"))


def _removed(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            return True
    except (BlockingIOError, FileNotFoundError):  # in use, or just being made or removed
        return False
