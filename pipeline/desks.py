"""Folders for one piece of work each, which outlive neither the work nor a killed worker for
long."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "desk-"
_LOCK = ".in-use"


@contextmanager
def new_desk(scratch: Path, prefix: str = _PREFIX) -> Iterator[Path]:
    """An empty folder in `scratch`, locked as long as its process lives, removed at the end."""
    scratch.mkdir(parents=True, exist_ok=True)
    with _locked_folder(scratch, prefix) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked_folder(scratch: Path, prefix: str) -> Iterator[Path]:
    """Made and locked; made again when a sweep took it between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=scratch))
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (folder / _LOCK).exists():
                yield folder
                return


def sweep(scratch: Path, prefix: str = _PREFIX) -> int:
    """Remove our desks whose process is gone; returns how many."""
    return sum(_removed(folder) for folder in scratch.glob(f"{prefix}*"))


def _removed(folder: Path) -> bool:
    try:
        if folder.lstat().st_uid != os.getuid():
            return False
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            return True
    except (BlockingIOError, FileNotFoundError):  # in use, or just being made or removed
        return False
