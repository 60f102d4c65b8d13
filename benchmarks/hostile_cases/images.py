"""Makes pictures: honest ones, and ones whose bytes say what no program would write."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, TiffImagePlugin

from benchmarks.hostile_cases.case import Ground, Make, column

A_SCAN = bytes.fromhex("ffda0008010100000010")
"""A pass of a JPEG that refines one coefficient and holds nothing."""

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
"""Entities that unpack to a thousand million letters."""

Options = object


def face(ground: Ground) -> Image.Image:
    return Image.open(ground.face).convert("RGB")


def saved(picture: Image.Image, form: str, **options: Options) -> bytes:
    out = io.BytesIO()
    picture.save(out, format=form, **options)  # type: ignore[arg-type]  # options by name
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width: int, height: int, packed: bytes, *, kind: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@cache
def zeros(mib: int) -> bytes:
    """So many MiB of nothing, packed."""
    packer, block = zlib.compressobj(9), bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(mib)) + packer.flush()


def png_with(ground: Ground, *chunks: bytes) -> bytes:
    """The portrait as PNG with chunks behind its header."""
    png = saved(face(ground), "PNG")
    return png[:33] + b"".join(chunks) + png[33:]


def jpeg_with(ground: Ground, *segments: bytes) -> bytes:
    jpeg = saved(face(ground), "JPEG", quality=90)
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 255, marker, len(data) + 2) + data


def scans(count: int, side: int) -> Callable[[Ground], bytes]:
    def made(_: Ground) -> bytes:
        grey = Image.new("L", (side, side), 90)
        return saved(grey, "JPEG", progressive=True)[:-2] + A_SCAN * count + b"\xff\xd9"

    return made


def blank(form: str, side: int, mode: str = "1", **options: Options) -> Callable[[Ground], bytes]:
    return lambda _: saved(Image.new(mode, (side, side)), form, **options)


def tags(*entries: tuple[int, int, int, int]) -> Callable[[Ground], bytes]:
    """A TIFF of nothing but these tags: number, type, count, value."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return lambda _: b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", 8)


SQUARE = ((256, 3, 1, 512), (257, 3, 1, 512), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1))


def exif(ground: Ground, orientation: int) -> bytes:
    notes = Image.Exif()
    notes[0x0112] = orientation
    notes[0x010E] = "\x1b]0;evil\x07 <script>"
    return saved(face(ground), "JPEG", exif=notes.tobytes())


def exif_loop(ground: Ground) -> bytes:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    loop = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)
    return jpeg_with(ground, segment(0xE1, b"Exif\0\0" + loop))


def flipbook(form: str, frames: int) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        rest = [Image.new("RGB", (512, 512), (n % 255, 0, 0)) for n in range(1, frames)]
        return saved(face(ground), form, save_all=True, append_images=rest)

    return made


def tiff_pages(count: int) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        out = io.BytesIO()
        with TiffImagePlugin.AppendingTiffWriter(out) as writer:
            for page in (face(ground), *[Image.new("1", (8, 8))] * count):
                page.save(writer, format="TIFF")
                writer.newFrame()
        return out.getvalue()

    return made


def damaged(form: str, seed: int, share: float = 0.01) -> Callable[[Ground], bytes]:
    """The portrait with some of its bytes behind the header changed."""

    def made(ground: Ground) -> bytes:
        data = np.frombuffer(saved(face(ground), form), np.uint8).copy()
        drawn = np.random.default_rng(seed)
        at = drawn.integers(600, data.size, int(data.size * share))
        data[at] = drawn.integers(0, 256, at.size)
        return data.tobytes()

    return made


def cut(form: str, share: float) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        whole = saved(face(ground), form)
        return whole[: int(len(whole) * share)]

    return made


def resized(form: str, at: int, size: bytes) -> Callable[[Ground], bytes]:
    """The portrait with another size in its header."""

    def made(ground: Ground) -> bytes:
        data = bytearray(saved(face(ground), form))
        at_ = data.index(b"\xff\xc0") + 5 if form == "JPEG" else at
        data[at_ : at_ + len(size)] = size
        return bytes(data)

    return made


def side_by_side(ground: Ground) -> bytes:
    one = face(ground)
    both = Image.new("RGB", (one.width * 2, one.height))
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    return saved(both, "PNG")


def unseen(ground: Ground) -> bytes:
    hidden = face(ground).convert("RGBA")
    hidden.putalpha(0)
    return saved(hidden, "PNG")


def noise(_: Ground) -> bytes:
    drawn = np.random.default_rng(1).integers(0, 255, (512, 512, 3), np.uint8)
    return saved(Image.fromarray(drawn), "PNG")


def just(content: bytes) -> Callable[[Ground], bytes]:
    return lambda _: content


def picture(make: Callable[[Ground], bytes], name: str = "in.png") -> Make:
    return column("portrait_uri", lambda ground: ground.file(name, make(ground)))
