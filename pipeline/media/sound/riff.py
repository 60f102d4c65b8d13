"""How much sound a WAV file announces, and how much is there: recorders that lose their power, and
files past 4 GB, leave headers that say less or more than is true."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

UNKNOWN_BYTES = 0xFFFFFFFF
LEAST_MORE_BYTES = 1 << 16
"""What follows the sound, and is no chunk, is sound from this length on; less is padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Bytes of sound: `declared` by the header, `present` in the file; `more` follow them and are
    none of the file's other parts."""

    declared_bytes: int
    present_bytes: int
    more_bytes: int

    @property
    def cut_short(self) -> bool:
        return self.present_bytes < self.declared_bytes


def read_announced(path: Path) -> Announced | None:
    """Of a WAV or RF64 file; None when it is not one, or does not tell."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            return None
        long_bytes = UNKNOWN_BYTES
        while len(start := file.read(8)) == 8:  # noqa: PLR2004  # a chunk's name and size
            name, length = struct.unpack("<4sI", start)
            if name == b"data":
                return _announced(file, long_bytes if length == UNKNOWN_BYTES else length, size)
            if name == b"ds64":
                _, long_bytes = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))
                length -= 16
            file.seek(length + length % 2, 1)
    return None


def _announced(file: IO[bytes], length: int, file_bytes: int) -> Announced:
    there = file_bytes - file.tell()
    declared = there if length in (0, UNKNOWN_BYTES) else length  # streams say nothing
    present = min(declared, there)
    file.seek(present, 1)
    more = there - present
    return Announced(
        declared_bytes=declared,
        present_bytes=present,
        more_bytes=more if more >= LEAST_MORE_BYTES and _is_sound(file.read(4096)) else 0,
    )


def _is_sound(data: bytes) -> bool:
    """Neither a chunk, whose name is of letters (after a byte of padding, perhaps), nor zeros."""
    names = (data[:4], data[1:5])
    chunk = any(name.isascii() and name.decode("ascii").isprintable() for name in names)
    return any(data) and not chunk
