"""Files are finished under a hidden name in the folder where they will appear."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HIDDEN = ".rushes-"
"""Names that begin so are ours for a moment and never a finished file."""

BLOCK_BYTES = 1 << 20


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """A temporary path beside `target`; what still lies there at the end is removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.parent / f"{HIDDEN}{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def fill(path: Path, source: Path | bytes) -> None:
    """Write the new file `path` and see it onto the disk."""
    with path.open("xb") as file:
        if isinstance(source, bytes):
            file.write(source)
        else:
            with source.open("rb") as origin:
                shutil.copyfileobj(origin, file, BLOCK_BYTES)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """See a new name in `folder` onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def date_after(path: Path, before_ns: int) -> None:
    """Date `path` now, and after `before_ns`: the kernel's own clock ticks only every 4 ms."""
    now_ns = max(time.time_ns(), before_ns + 1)
    os.utime(path, ns=(now_ns, now_ns))
