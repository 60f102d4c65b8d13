"""What one process of a call of pytest has made and the others need as well: sentences that voices
said (Piper takes two seconds to begin), and whole nights."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.media.scratch_names import SPOKEN

_FOLDER = "RUSHES_TESTS_SAID"
"""In the environment: names the folder that all processes of one call of pytest share."""


def begin_saying() -> None:
    """Called by the process that begins all others."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="rushes-said-")
        atexit.register(shutil.rmtree, os.environ[_FOLDER], ignore_errors=True)
    for part in (said_folder(), answers_folder(), _made()):
        part.mkdir(exist_ok=True)


def said_folder() -> Path:
    """What voices said, as a scratch folder keeps it; desks beside it share it."""
    return Path(os.environ[_FOLDER]) / SPOKEN


def answers_folder() -> Path:
    """What networks and programs answered (tests/answered_once.py)."""
    return Path(os.environ[_FOLDER]) / "answers"


def _made() -> Path:
    return Path(os.environ[_FOLDER]) / "made"


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A file that the first test to ask for it makes, for all processes."""
    file = _made() / name
    if not file.exists():
        new = file.with_name(f".{os.getpid()}-{name}")
        make(new)
        new.rename(file)
    return file


def made_by_one(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process to ask for it fills, while the others wait; all of them read
    it and none changes it."""
    folder = _made() / name
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "whole").touch()
    return folder


@contextmanager
def said_once(scratch: Path) -> Iterator[None]:
    """Lend `scratch` what was said by now, and keep what is said there."""
    said = said_folder()
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    (scratch / SPOKEN).mkdir(mode=0o700, exist_ok=True)
    _link_new(said, scratch / SPOKEN)
    try:
        yield
    finally:
        _link_new(scratch / SPOKEN, said)


def _link_new(there: Path, here: Path) -> None:
    for kept in there.glob("[!.]*"):
        if kept.is_dir() and not (here / kept.name).exists():
            new = here / f".{kept.name}.{os.getpid()}"
            with suppress(OSError):  # another process keeps it just now, or it was swept
                shutil.copytree(kept, new, copy_function=os.link)
                new.rename(here / kept.name)
            shutil.rmtree(new, ignore_errors=True)
