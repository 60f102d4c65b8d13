"""The boxes of an MP4 or MOV file: where they are, and the language of its tracks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADER = 8
LONG_HEADER = 16

INSIDE = {b"moov", b"trak", b"mdia"}
"""Boxes on the way to the headers of tracks, which hold other boxes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBox:
    """A box: its four letters, and the bytes of the file that it holds behind its header."""

    name: bytes
    start: int
    stop: int


def boxes(file: BinaryIO, start: int, stop: int) -> Iterator[FileBox]:
    """The boxes between two places of a file, until one does not fit."""
    while start + HEADER <= stop:
        file.seek(start)
        length, name = struct.unpack(">I4s", file.read(HEADER))
        header = HEADER
        if length == 1:
            length, header = struct.unpack(">Q", file.read(8))[0], LONG_HEADER
        if length < header or start + length > stop:
            return
        yield FileBox(name=name, start=start + header, stop=start + length)
        start += length


def is_faststart(path: Path) -> bool:
    """Whether an MP4's index comes before its samples, so that playing starts while it loads."""
    with path.open("rb") as file:
        for box in boxes(file, 0, path.stat().st_size):
            if box.name in (b"moov", b"mdat"):
                return box.name == b"moov"
    return False


def set_languages(path: Path, language: str) -> None:
    """Write the three letters of a language into the headers of all tracks: ffmpeg's MOV knows
    only those languages that had a number on old Macintoshes."""
    packed = 0
    for letter in language:
        packed = packed << 5 | ord(letter) - 0x60
    with path.open("r+b") as file:
        for box in list(_track_headers(file, 0, path.stat().st_size)):
            file.seek(box.start)
            times = 8 if file.read(1) == b"\x01" else 4  # bytes of each of its three times but one
            file.seek(box.start + 4 + 2 * times + 4 + times)
            file.write(struct.pack(">H", packed))


def _track_headers(file: BinaryIO, start: int, stop: int) -> Iterator[FileBox]:
    for box in boxes(file, start, stop):
        if box.name == b"mdhd":
            yield box
        elif box.name in INSIDE:
            yield from _track_headers(file, box.start, box.stop)
