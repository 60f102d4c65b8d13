"""Files in folders of this host."""

from __future__ import annotations

import errno
import fcntl
import os
import stat as modes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from manifests.errors import BadInput, Forbidden, Missing, RushesError, TooLarge, Transient
from manifests.storage.aside import BLOCK_BYTES, HIDDEN, aside, date_after, fill, sync_folder
from manifests.storage.protocol import Stat
from manifests.storage.uri import local_path

_NO_FILE = {errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP}
"""What opening a socket or a device without a driver gives."""

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """Local folders; `replace` is safe between the processes of one host."""

    def stat(self, uri: str) -> Stat | None:
        with _translated(uri):
            return _stat(local_path(uri))

    def read(self, uri: str, start: int = 0, stop: int | None = None) -> bytes:
        with _opened(uri) as file:
            file.seek(start)
            return file.read(-1 if stop is None else max(stop - start, 0))

    def download(self, uri: str, path: Path, *, at_most: int | None = None) -> None:
        with _opened(uri) as source, _translated(str(path)), aside(path) as temporary:
            with temporary.open("xb") as file:
                for block in _blocks(source, uri, at_most):
                    file.write(block)
            temporary.replace(path)

    def create(self, uri: str, source: Path | bytes) -> bool:
        target = local_path(uri)
        with _translated(uri), aside(target) as temporary:
            fill(temporary, source)
            date_after(temporary, 0)
            return _link(temporary, target)

    def replace(self, uri: str, source: Path | bytes, *, expected: str | None) -> bool:
        if expected is None:
            return self.create(uri, source)
        target = local_path(uri)
        with _translated(uri), aside(target) as temporary:
            fill(temporary, source)
            with _locked(target.parent):
                current = _stat(target)
                if current is None or current.version != expected:
                    return False
                date_after(temporary, target.stat().st_mtime_ns)
                temporary.replace(target)
            sync_folder(target.parent)
            return True

    def list(self, prefix: str) -> Iterator[str]:
        found: list[str] = []
        with _translated(prefix):
            for folder, _, names in os.walk(local_path(prefix), onerror=_unless_gone):
                found += [f"{folder}/{name}" for name in names if not name.startswith(HIDDEN)]
        return iter(sorted(found))

    def stats(self, prefix: str) -> Iterator[tuple[str, Stat]]:
        for uri in self.list(prefix):
            found = self.stat(uri)
            if found is not None:  # else removed meanwhile
                yield uri, found

    def delete(self, uri: str) -> None:
        target = local_path(uri)
        if not target.parent.is_dir():
            return
        with _translated(uri), _locked(target.parent):
            target.unlink(missing_ok=True)

    def delete_all(self, uris: Iterable[str]) -> None:
        folders: dict[Path, None] = {}
        for uri in uris:
            self.delete(uri)
            folders[local_path(uri).parent] = None
        for folder in folders:
            with _translated(str(folder)):
                _remove_empty(folder)


def _remove_empty(folder: Path) -> None:
    """Remove a folder that holds nothing but what killed writers left, or locks."""
    with suppress(FileNotFoundError):
        left = list(folder.iterdir())
        if all(path.name.startswith(HIDDEN) for path in left):
            for path in left:
                path.unlink(missing_ok=True)
            with suppress(OSError):  # somebody stores there just now
                folder.rmdir()


def _stat(path: Path) -> Stat | None:
    try:
        found = path.stat()
    except OSError as error:
        if error.errno in _MISSING:
            return None
        raise
    if not modes.S_ISREG(found.st_mode):
        return None
    version = f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"
    return Stat(bytes=found.st_size, version=version, modified_s=found.st_mtime)


def _link(temporary: Path, target: Path) -> bool:
    """Give the finished file its name unless that is taken: link(2) does both in one step."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        if target.is_dir():
            raise BadInput("name_taken", f"{target} is a folder; move it away.") from error
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _rename_unless_taken(temporary, target)
    sync_folder(target.parent)
    return True


def _rename_unless_taken(temporary: Path, target: Path) -> bool:
    """For file systems without hard links: safe between all who take the folder's lock."""
    with _locked(target.parent):
        if target.exists():
            return False
        temporary.replace(target)
    sync_folder(target.parent)
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone in `folder` among the processes of this host; the lock file stays, locks do not."""
    with (folder / f"{HIDDEN}lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(uri: str) -> Iterator[BinaryIO]:
    """A regular file open for reading; a pipe or a device, which may never end, is refused."""
    path = local_path(uri)
    with _translated(uri):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not modes.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadInput("bad_uri", f"{uri} is not a regular file; name a file.")
            yield file


def _blocks(source: BinaryIO, uri: str, at_most: int | None) -> Iterator[bytes]:
    """The bytes of a file, which may grow while it is read; what goes wrong is of its name."""
    with _translated(uri):
        if at_most is not None and os.fstat(source.fileno()).st_size > at_most:
            raise TooLarge(uri, at_most)
        taken = 0
        while block := source.read(BLOCK_BYTES):
            taken += len(block)
            if at_most is not None and taken > at_most:
                raise TooLarge(uri, at_most)
            yield block


def _unless_gone(error: OSError) -> None:
    if error.errno not in _MISSING:
        raise error


@contextmanager
def _translated(uri: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _in_our_words(error, uri) from error


def _in_our_words(error: OSError, uri: str) -> RushesError:
    if error.errno in _MISSING:
        if error.errno == errno.ENOTDIR:
            return Missing(f"{uri} is not there: what stands above it is a file; correct the path.")
        return Missing(f"{error.filename or uri} does not exist; correct the path.")
    if error.errno in _FORBIDDEN:
        return Forbidden(f"{uri} may not be read or written; change its permissions.")
    if error.errno in _NO_FILE:
        return BadInput("bad_uri", f"{uri} is not a regular file; name a file.")
    if error.errno in {errno.EISDIR, errno.EEXIST}:
        return BadInput(
            "bad_uri", f"{uri} stands where a folder is, or below a file; choose another."
        )
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Transient(
            "disk_full", f"There is no room left for {uri}; free some, then run again."
        )
    return Transient("storage_unavailable", f"{uri}: {os.strerror(error.errno or errno.EIO)}.")
