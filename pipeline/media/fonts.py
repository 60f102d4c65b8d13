"""Fonts for captions that are drawn into the picture: the carried Noto Sans and those of the
settings, and which letters each of them has."""

from __future__ import annotations

import struct
import unicodedata
from collections import ChainMap
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

from manifests.artifact import sha256_of
from manifests.errors import BadInput, ManifestUnusable

CARRIER = "fontpkg_noto_sans"
FILE = "NotoSans[wdth,wght].ttf"
SHA256 = "bfb7bb691513f12e734dc346c03a03f784912432d7e3fa8e56efcf906fe86b3d"

REMEDY = "name a font file that has them in `caption_fonts` of the settings, or ask for srt or vtt"
_SHOWN = 8
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_UNSAID = frozenset({"So", "Sm", "Sk", "Me", "Co", "Cn"})
_DAMAGED = (AssertionError, ImportError, LookupError, struct.error)
"""What fontTools raises for damaged fonts besides its own error and `ValueError`. `ImportError`
stands for brotli, which WOFF2 wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font file, with the name of its family."""

    path: str
    sha256: str
    family: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The fonts of the settings, the preferred ones first; the carried one comes after them."""

    named: tuple[Font, ...] = ()

    @property
    def part(self) -> tuple[str, ...]:
        """What they add to the name of a request."""
        return tuple(font.sha256 for font in self.named)


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
    family = str(ImageFont.truetype(str(path), 20).getname()[0])
    font = Font(path=str(path), sha256=sha256_of(path), family=family)
    letters_of(font)
    return font


@cache
def carried_fonts() -> tuple[Font, ...]:
    """Noto Sans (Latin, Greek, Cyrillic, Devanagari), where its package is installed."""
    spec = find_spec(CARRIER)
    if spec is None or not spec.submodule_search_locations:
        return ()
    path = Path(spec.submodule_search_locations[0]) / "files" / FILE
    if not path.exists() or sha256_of(path) != SHA256:
        message = f"{path} is not the pinned file; install fontpkg-noto-sans 2.15."
        raise ManifestUnusable("font_changed", message)
    return (font_at(path),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """The font that draws a text, without the signs that are `left_out`: it lacks them, and nobody
    says them."""

    font: Font
    left_out: str = ""


def lettering_for(text: str, fonts: Fonts) -> Lettering:
    """The first font that has every sign of a text, else the first that has all that is spoken.

    Raises `BadInput("no_glyphs")` that names spoken letters which the best one lacks.
    """
    there = (*fonts.named, *carried_fonts())
    if not there:
        raise BadInput(
            "no_glyphs",
            f"No font is here to draw captions with: install fontpkg-noto-sans 2.15, or {REMEDY}.",
        )
    letters = {letter for letter in text if unicodedata.category(letter) not in _UNSEEN}
    lacking = [
        frozenset(letter for letter in letters if ord(letter) not in letters_of(font))
        for font in there
    ]
    unsaid = frozenset(letter for letter in letters if not is_spoken(letter))
    for spared in (frozenset[str](), unsaid):
        for font, missing in zip(there, lacking, strict=True):
            if missing <= spared:
                return Lettering(font=font, left_out="".join(sorted(missing)))
    fewest = min((missing - unsaid for missing in lacking), key=len)
    told = " ".join(sorted(fewest)[:_SHOWN])
    names = ", ".join(font.family for font in there)
    raise BadInput(
        "no_glyphs",
        f"The captions cannot be drawn into the picture: no font here ({names}) has all of their "
        f"letters, such as {told}; {REMEDY}.",
    )


def is_spoken(letter: str) -> bool:
    """Whether a voice may say it. Not notes, emoji, arrows and what only changes their look; but
    money, and signs that stand for letters or digits (a circled number, a squared unit)."""
    if 0xFE00 <= ord(letter) <= 0xFE0F:  # noqa: PLR2004  # variation selectors
        return False
    stands_for = unicodedata.normalize("NFKC", letter)
    if any(unicodedata.category(each)[0] in "LN" for each in stands_for):
        return True
    return unicodedata.category(letter) not in _UNSAID


@lru_cache(maxsize=32)
def letters_of(font: Font) -> frozenset[int]:
    """The characters that a font has glyphs for; raises `ValueError` for a damaged font."""
    from fontTools.ttLib import (  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load
        TTFont,
        TTLibError,
    )

    try:
        with TTFont(font.path, fontNumber=0, lazy=True) as file:
            tables = [table.cmap for table in file["cmap"].tables if table.isUnicode()]
            found = {} if file.flavor else ChainMap(*tables)
    except (*_DAMAGED, TTLibError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if not found:
        raise ValueError("it tells no letters, or is packed for the web")
    return frozenset(letter for letter, glyph in found.items() if glyph != ".notdef")
