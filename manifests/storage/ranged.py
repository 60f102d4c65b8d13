"""A stored file as a seekable Python file, read by ranges rather than downloaded."""

from __future__ import annotations

import io
import os

from manifests.errors import Missing
from manifests.storage import redacted, storage_of
from manifests.storage.protocol import Storage


class RangedFile(io.RawIOBase):
    """Read-only; each `read` is one ranged read of the storage."""

    def __init__(self, storage: Storage, uri: str, size_bytes: int) -> None:
        super().__init__()
        self._uri = uri
        self.name = redacted(uri)
        self._storage = storage
        self._size_bytes = size_bytes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        starts = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size_bytes}
        self._position = max(starts[whence] + offset, 0)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        stop = self._size_bytes
        if size is not None and size >= 0:
            stop = min(self._position + size, stop)
        found = self._storage.read(self._uri, self._position, stop)
        self._position += len(found)
        return found

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any Buffer
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def open_ranged(uri: str) -> RangedFile:
    """Open for reading; raises Missing, Forbidden or Transient."""
    storage = storage_of(uri)
    found = storage.stat(uri)
    if found is None:
        raise Missing(f"{redacted(uri)} does not exist; correct the URI or upload the file.")
    return RangedFile(storage, uri, found.bytes)
