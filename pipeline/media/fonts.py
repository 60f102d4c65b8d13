"""Fonts for captions that are drawn into the picture: those of the settings and the Noto fonts that
pip brings, and which letters each of them has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import BadInput, ManifestUnusable
from pipeline.media.font_files import Font, font_at, letters_of
from pipeline.media.font_packages import PACKAGES, FontPackage, packages_for, scripts_named

REMEDY = "name a font file that has them in `caption_fonts` of the settings, or ask for srt or vtt"
_SHOWN = 8
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_UNSAID = frozenset({"So", "Sm", "Sk", "Me", "Co", "Cn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The fonts of the settings, the preferred ones first; the carried one comes after them."""

    named: tuple[Font, ...] = ()

    @property
    def part(self) -> tuple[str, ...]:
        """What they add to the name of a request."""
        return tuple(font.sha256 for font in self.named)


def carried_fonts() -> Iterator[Font]:
    """The fonts of `PACKAGES` that are installed; each is looked at when it is asked for."""
    for package in PACKAGES:
        path = package.path()
        if path is not None:
            yield _carried(path, package)


@lru_cache(maxsize=len(PACKAGES))
def _carried(path: Path, package: FontPackage) -> Font:
    if sha256_of(path) != package.sha256:
        message = f"{path} is not the pinned file; install {package.name}."
        raise ManifestUnusable("font_changed", message)
    return font_at(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """The fonts that draw a text, the first one most of it, without the signs that are `left_out`:
    no font here has them, and nobody says them."""

    fonts: tuple[Font, ...]
    left_out: str = ""


def lettering_for(text: str, fonts: Fonts) -> Lettering:
    """The first font that has all that is spoken (else the one that has most of it), and further
    fonts for signs that it lacks.

    Raises `BadInput("no_glyphs")` that names spoken letters which no font here has.
    """
    letters = frozenset(each for each in text if unicodedata.category(each) not in _UNSEEN)
    spoken = frozenset(filter(is_spoken, letters))
    lacking: dict[Font, frozenset[str]] = {}
    for font in chain(fonts.named, carried_fonts()):
        lacking[font] = frozenset(each for each in letters if ord(each) not in letters_of(font))
        if not lacking[font]:
            break
    if not lacking:
        raise BadInput("no_glyphs", _no_font())
    chosen = [min(lacking, key=lambda font: len(lacking[font] & spoken))]
    missing = lacking[chosen[0]]
    for font, without in lacking.items():
        if missing - without:
            chosen.append(font)
            missing &= without
    if missing & spoken:
        raise BadInput("no_glyphs", _refused([*lacking], missing & spoken))
    return Lettering(fonts=tuple(chosen), left_out="".join(sorted(missing)))


def _no_font() -> str:
    return f"No font is here to draw captions with: install {PACKAGES[0].name}, or {REMEDY}."


def _refused(there: Sequence[Font], missing: frozenset[str]) -> str:
    """Names the letters that no font here has, and the packages that have them."""
    told = " ".join(sorted(missing)[:_SHOWN])
    names = ", ".join(dict.fromkeys(font.family for font in there))
    packages = packages_for(missing)
    install = f"install {' and '.join(packages)}, or " if packages else ""
    return (
        f"The captions cannot be drawn into the picture: no font here ({names}) has {told} "
        f"({', '.join(scripts_named(missing))}); {install}{REMEDY}."
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
