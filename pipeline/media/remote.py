"""The length of a recording where it lies, from its header: a few ranged reads, no download."""

from __future__ import annotations

import io
import os

import av

from manifests.errors import Missing
from manifests.storage import redacted
from manifests.storage.lookalikes import as_stored
from manifests.storage.ranged import RangedFile, open_ranged
from pipeline.media.ffmpeg import UNTRUSTED, blame_library

BUFFER_BYTES = 1 << 16

MOST_BYTES = 16 << 20
"""Read of a recording for its length: more than the index of hours of sound."""


class Beginning(io.RawIOBase):
    """A stored file that seems to end once `MOST_BYTES` of it were read, wherever they lie."""

    def __init__(self, file: RangedFile) -> None:
        super().__init__()
        self.name = file.name
        self._file = file
        self._left = MOST_BYTES

    @property
    def exhausted(self) -> bool:
        return self._left <= 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        found = b"" if self.exhausted else self._file.read(size)
        self._left -= len(found)
        return found


def stored_length_s(uri: str) -> float | None:
    """Seconds as the container tells, or as its bit rate lets guess; None where neither does, or
    not before much of the file is read.

    Raises `BadInput` (`audio_unreadable`, `missing_file`, `forbidden`) or `Transient`.
    """
    with _opened(uri) as stored:
        file = Beginning(stored)
        try:
            length_s = _told_length_s(file)
        except (av.FFmpegError, ValueError) as error:
            if file.exhausted:
                return None
            message = f"{redacted(uri)} is not sound in a format that is taken; save it as WAV."
            raise blame_library(error, code="audio_unreadable", message=message) from error
        return None if file.exhausted else length_s


def _told_length_s(file: Beginning) -> float | None:
    with av.open(
        file,
        mode="r",
        options=dict(UNTRUSTED),
        metadata_errors="replace",
        buffer_size=BUFFER_BYTES,
    ) as container:
        stream = container.streams.best("audio")
        if stream is None:
            return None
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return None if container.duration is None else container.duration / av.time_base


def _opened(uri: str) -> RangedFile:
    try:
        return open_ranged(uri)
    except Missing:
        return open_ranged(as_stored(uri))
