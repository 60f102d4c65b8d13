"""A font file: its name, its letters, its regular weight."""

from __future__ import annotations

import shutil
import struct
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable

_FAMILY = 1
_WEIGHT, _REGULAR = "wght", 400
_DAMAGED = (AssertionError, ImportError, LookupError, struct.error)
"""What fontTools raises for damaged fonts besides its own error and `ValueError`. `ImportError`
stands for brotli, which WOFF2 wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font file, with the name by which libass finds it."""

    path: str
    sha256: str
    family: str


def font_at(path: Path) -> Font:
    """The font of a file; raises `ManifestUnusable("font_wrong")`."""
    try:
        stat = path.stat()
        return _font_at(path.resolve(), stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError) as error:
        message = f"caption_fonts: {path} is not a usable TrueType or OpenType font: {error}"
        raise ManifestUnusable("font_wrong", message) from error


@lru_cache(maxsize=32)
def _font_at(path: Path, _changed_ns: int, _bytes: int) -> Font:
    ImageFont.truetype(str(path), 20)
    font = Font(path=str(path), sha256=sha256_of(path), family=_family_of(path))
    letters_of(font)
    height_of(font)
    return font


def _family_of(path: Path) -> str:
    """The first name of the family, by which libass finds a font; by the newer one, which Pillow
    tells, it draws empty boxes of another font without a word."""
    with _opened(path) as file:
        name = file["name"].getDebugName(_FAMILY)
    if not name:
        raise ValueError("it has no name")
    return str(name)


@contextmanager
def _opened(path: Path | str) -> Iterator[Any]:
    """A font of fontTools; whatever it raises inside is a `ValueError`."""
    from fontTools.ttLib import (  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load
        TTFont,
        TTLibError,
    )

    try:
        with TTFont(path, fontNumber=0, lazy=True) as file:
            yield file
    except (*_DAMAGED, TTLibError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


@lru_cache(maxsize=32)
def letters_of(font: Font) -> frozenset[int]:
    """The characters that a font has glyphs for; raises `ValueError` for a damaged font."""
    with _opened(font.path) as file:
        tables = [table.cmap for table in file["cmap"].tables if table.isUnicode()]
        found = {} if file.flavor else ChainMap(*tables)
    if not found:
        raise ValueError("it tells no letters, or is packed for the web")
    return frozenset(letter for letter, glyph in found.items() if glyph != ".notdef")


@lru_cache(maxsize=32)
def pillow_font(font: Font, pixels: int) -> ImageFont.FreeTypeFont:
    """For measuring, of the regular weight."""
    loaded = ImageFont.truetype(font.path, pixels, layout_engine=ImageFont.Layout.BASIC)
    with suppress(OSError):  # it has no axes
        axes = loaded.get_variation_axes()
        loaded.set_variation_by_axes([_regular(axis) for axis in axes])
    return loaded


@lru_cache(maxsize=32)
def height_of(font: Font) -> float:
    """Of an em: from the highest to the lowest stroke, as Windows and libass have it, which call
    this the size of a font."""
    with _opened(font.path) as file:
        table, line = file.get("OS/2"), file["hhea"]
        height = table.usWinAscent + table.usWinDescent if table else 0
        return float((height or line.ascent - line.descent) / file["head"].unitsPerEm)


def _regular(axis: Mapping[str, Any]) -> float:
    if axis["name"] != b"Weight":
        return float(axis["default"])
    return float(min(max(_REGULAR, axis["minimum"]), axis["maximum"]))


def copy_regular(font: Font, folder: Path, name: str) -> None:
    """A copy for libass, which draws the default weight of a font with axes: often a hairline."""
    target = folder / f"{name}{Path(font.path).suffix}"
    with _opened(font.path) as file:
        axes = file["fvar"].axes if "fvar" in file else ()
        weights = [axis for axis in axes if axis.axisTag == _WEIGHT]
        if weights and weights[0].minValue <= _REGULAR != weights[0].defaultValue:
            from fontTools.varLib import instancer  # type: ignore[import-untyped]  # noqa: PLC0415 - slow

            instancer.instantiateVariableFont(file, {_WEIGHT: _REGULAR}, inplace=True)
            file.save(target)
            return
    shutil.copyfile(font.path, target)
