"""Folders for one piece of work each, which outlive neither the work nor a killed worker for
long."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from manifests.errors import ManifestUnusable
from pipeline.media.scratch_names import DESK, SPOKEN

_LOCK = ".in-use"
_TRIES, _A_MOMENT_S = 5, 0.2


CHECKED = "checked"
"""Folder of what checks made for runs."""

WORK_S = 7 * 86_400.0
"""What a check made is dropped after this, whether a run took it up or not."""

_READ_BY_NAME = ("copies", CHECKED, SPOKEN)

PRIVATE = 0o700
"""Scratch holds what studios handed over, and what is read again by its name alone."""


def require_own(scratch: Path) -> None:
    """Make the scratch folder, for its user alone.

    Its name is known to all who share the machine, so one that somebody else made, or a link, is
    `ManifestUnusable("scratch_unusable")`. A folder that is there keeps its mode: what is in it
    has its own.
    """
    scratch.parent.mkdir(parents=True, exist_ok=True)
    for folder in (scratch, *(scratch / name for name in _READ_BY_NAME)):
        with suppress(FileExistsError):
            folder.mkdir(PRIVATE)
        found = folder.lstat()
        own = {os.getuid(), 0} if folder == scratch else {os.getuid()}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in own:
            raise _foreign(folder)
    for name in _READ_BY_NAME:
        (scratch / name).chmod(PRIVATE)


@cache
def swept_once(scratch: Path) -> int:
    """Clear what killed workers left on this machine, as a process first works there."""
    return sweep(scratch)


def _foreign(folder: Path) -> ManifestUnusable:
    return ManifestUnusable(
        "scratch_unusable",
        f"the scratch folder {folder} is a link or belongs to somebody else; "
        "name a folder of your own with `scratch` in the settings file",
    )


@contextmanager
def new_desk(scratch: Path, prefix: str = DESK) -> Iterator[Path]:
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


def sweep(scratch: Path, prefix: str = DESK) -> int:
    """Remove our desks whose process is gone; returns how many."""
    return sum(_removed(folder) for folder in scratch.glob(f"{prefix}*"))


def sweep_works(folder: Path, limit_bytes: int) -> None:
    """Remove works that are old, then the oldest until all together take `limit_bytes` at most."""
    works = [(*_facts(work), work) for work in folder.glob("*")]
    for work in surplus(works, now_s=time.time(), limit_bytes=limit_bytes):
        shutil.rmtree(work, ignore_errors=True)


def surplus(
    works: Iterable[tuple[float, int, Path]], *, now_s: float, limit_bytes: int
) -> Iterator[Path]:
    """The works to delete; each is given with the time of its making and its bytes.

    A work older than `WORK_S` goes. The others are kept from the newest on, until they take
    `limit_bytes`; what is older than that goes too.
    """
    held = 0
    for made_at, used_bytes, work in sorted(works, reverse=True):
        held += used_bytes
        if now_s - made_at > WORK_S or held > limit_bytes:
            yield work


def _facts(folder: Path) -> tuple[float, int]:
    """When a folder was last changed, and the bytes of its files."""
    with suppress(FileNotFoundError):  # another process sweeps too
        files = sum(file.stat().st_size for file in folder.iterdir())
        return folder.stat().st_mtime, files
    return 0.0, 0


def sweep_dying(scratch: Path) -> None:
    """Sweep, and wait a moment for processes that are just being killed."""
    for _ in range(_TRIES):
        sweep(scratch)
        if not any(scratch.glob(f"{DESK}*")):
            return
        time.sleep(_A_MOMENT_S)


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
