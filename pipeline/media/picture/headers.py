"""What the header of a picture would cost to read and to draw, found by walking over its parts.

Nothing is decoded or joined.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from mmap import mmap

Content = bytes | mmap

MOST_SCANS = 100
"""Passes of a JPEG: an honest one has 1 to 12, and each costs a walk over the whole picture."""

MOST_NOTES_BYTES = 8 << 20
"""Whatever is not pixels: EXIF, XMP, colour profiles, comments, layers."""

MOST_PARTS = 200_000
"""Segments, chunks or tags."""

VIDEO = "a video"

MAGIC: tuple[tuple[str, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("JPEG", rb"\xff\xd8\xff"),
        ("PNG", rb"\x89PNG\r\n\x1a\n"),
        ("WEBP", rb"RIFF....WEBP"),
        ("TIFF", rb"II[*+]\0|MM\0[*+]"),
        ("BMP", rb"BM"),
        ("HEIC", rb"....ftyp(hei|hev|mif1|msf1)"),
        ("AVIF", rb"....ftypavi"),
        (VIDEO, rb"....ftyp|\x1aE\xdf\xa3"),
        ("GIF", rb"GIF8"),
        ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL "),
        ("JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
        ("a Photoshop document", rb"8BPS"),
        ("a PDF", rb"%PDF"),
        ("a drawing (SVG)", rb"\s*(<\?xml.{0,400})?<svg"),
    )
)

TAKEN = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a picture's file: a pass over the pixels, or notes of so many bytes."""

    notes_bytes: int = 0
    scans: int = 0


def kind_of(content: Content) -> str:
    """The format by its first bytes, "" where they say nothing."""
    head = bytes(content[:512])
    return next((kind for kind, pattern in MAGIC if pattern.match(head)), "")


def too_costly(kind: str, content: Content) -> str:
    """Why a picture is not opened: the end of a sentence about it, or "" when all is well."""
    scans = notes_bytes = 0
    parts = WALKS.get(kind, _nothing)(content)
    for count, part in enumerate(parts):
        scans, notes_bytes = scans + part.scans, notes_bytes + part.notes_bytes
        if scans > MOST_SCANS:
            return f"is drawn in more than {MOST_SCANS} passes; save it again as a plain JPEG."
        if notes_bytes > MOST_NOTES_BYTES:
            return (
                f"carries more than {MOST_NOTES_BYTES >> 20} MB of notes beside its pixels; save "
                "it without metadata and layers."
            )
        if count >= MOST_PARTS:
            return "is in too many pieces; save it again as JPEG or PNG."
    return ""


# A JPEG's segments

_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_END, _SCAN = 0xD9, 0xDA
_NOTES = frozenset({*range(0xE0, 0xF0), 0xFE})


def jpeg_parts(content: Content) -> Iterator[Part]:
    """Segments up to the end of the first picture; a later one (a preview) costs nothing."""
    place = 2
    while (marker := _NEXT_MARKER.search(content, place)) is not None:
        code, place = content[marker.start() + 1], marker.end()
        if code == _END:
            return
        length = int.from_bytes(content[place : place + 2], "big")
        yield Part(notes_bytes=length if code in _NOTES else 0, scans=int(code == _SCAN))
        place += max(length, 2)


# PNG's and WebP's chunks

_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"fdAT", b"fcTL", b"acTL"})
_WEBP_PIXELS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})


def png_parts(content: Content) -> Iterator[Part]:
    place = 8
    while len(head := content[place : place + 8]) == 8:  # noqa: PLR2004  # a length and a name
        length, name = struct.unpack(">I4s", head)
        if name == b"IEND":
            return
        yield Part(notes_bytes=0 if name in _PIXELS else length)
        place += length + 12


def png_colours(content: Content) -> tuple[int, int]:
    """Primaries and curve (ITU-T H.273) of a PNG's cICP chunk, which stands before its pixels; 0, 0
    where it has none."""
    place = 8
    while len(head := content[place : place + 8]) == 8:  # noqa: PLR2004  # a length and a name
        length, name = struct.unpack(">I4s", head)
        if name == b"cICP":
            primaries, curve = content[place + 8 : place + 10].ljust(2, b"\0")
            return primaries, curve
        if name == b"IDAT":
            break
        place += length + 12
    return 0, 0


def webp_parts(content: Content) -> Iterator[Part]:
    place = 12
    while len(head := content[place : place + 8]) == 8:  # noqa: PLR2004  # a name and a length
        name, length = struct.unpack("<4sI", head)
        yield Part(notes_bytes=0 if name in _WEBP_PIXELS else length)
        place += 8 + length + length % 2


# TIFF's tags

_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by its type; all others are single bytes."""

_POINTERS = frozenset({0x8769, 0x8825, 0xA005, 0x014A})
"""Tags that lead to further lists: EXIF, GPS, interoperability, previews."""


def tiff_parts(content: Content) -> Iterator[Part]:
    """The tags of the first list and of all that it leads to. A tag's size is what it claims."""
    order = "<" if content[:2] == b"II" else ">"
    big = int.from_bytes(content[2:4], "little" if order == "<" else "big") == 43  # noqa: PLR2004
    count_as, entry_as = ("Q", "HHQQ") if big else ("H", "HHII")
    first = _unpacked(order + "Q", content, 8) if big else _unpacked(order + "I", content, 4)
    waiting, seen = [*first], set[int]()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        entries = _unpacked(order + count_as, content, place)[0]
        step = struct.calcsize(order + entry_as)
        place += struct.calcsize(order + count_as)
        for index in range(entries):
            tag, kind, count, value = _unpacked(order + entry_as, content, place + index * step)
            yield Part(notes_bytes=count * _SIZES.get(kind, 1))
            if tag in _POINTERS:
                waiting.append(value)


def _unpacked(form: str, content: Content, place: int) -> tuple[int, ...]:
    """Zeros where the file has ended: it is refused as damaged when it is opened."""
    size = struct.calcsize(form)
    return struct.unpack(form, bytes(content[place : place + size]).ljust(size, b"\0"))


def _nothing(_: Content) -> Iterator[Part]:
    return islice((), 0)


WALKS: dict[str, Callable[[Content], Iterator[Part]]] = {
    "JPEG": jpeg_parts,
    "PNG": png_parts,
    "WEBP": webp_parts,
    "TIFF": tiff_parts,
}
