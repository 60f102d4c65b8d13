"""Slate: a picture that says what follows, for people who open a master.

It says nothing of when it was made: the same row gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from manifests.errors import BadInput
from pipeline.media.fonts import Fonts, lettering_for
from pipeline.media.framing import Size
from pipeline.media.picture.optical_flow import Picture

GROUND, RULE, LABEL, TEXT = (24, 24, 28), (90, 90, 100), (150, 150, 160), (235, 235, 235)

MARGIN = 1 / 12
"""Of the shorter side, kept free all around."""

LARGEST = 1 / 16
"""Height of the letters over the room's shorter side, where the lines leave room."""

SMALLEST_PX = 8

LEADING = 1.6
"""From line to line, in heights of letters."""

LABEL_SHARE = 0.3
"""Of the width, for what the lines are called."""

Lettered = ImageFont.FreeTypeFont | ImageFont.ImageFont


def slate_picture(size: Size, facts: Mapping[str, str], fonts: Fonts) -> Picture:
    """The facts with their names, in the largest letters that leave room for all; long ones take
    several lines, and what no font here has is drawn as boxes."""
    picture = Image.new("RGB", (size.width, size.height), GROUND)
    pen = ImageDraw.Draw(picture)
    margin = round(min(size.width, size.height) * MARGIN)
    room = Size(width=size.width - 2 * margin, height=size.height - 2 * margin)
    letters, lines = _set(facts, fonts, room)
    step = round(letters * LEADING)
    lines = lines[: max(1, room.height // step - 1)]
    top = (size.height - step * len(lines)) // 2
    edges = [(margin, top - step // 2), (size.width - margin, top - step // 2)]
    pen.line(edges, fill=RULE)
    for number, (name, value) in enumerate(lines):
        base = top + number * step + letters
        pen.text((margin, base), name, LABEL, font_for(name, letters, fonts), anchor="ls")
        at = (margin + round(room.width * LABEL_SHARE), base)
        pen.text(at, value, TEXT, font_for(value, letters, fonts), anchor="ls")
    below = top + step * len(lines) + step // 4
    pen.line([(margin, below), (size.width - margin, below)], fill=RULE)
    return np.asarray(picture, np.uint8)


def _set(facts: Mapping[str, str], fonts: Fonts, room: Size) -> tuple[int, list[tuple[str, str]]]:
    """The height of the letters, and the lines: the name stands before the first one of each."""
    width = room.width * (1 - LABEL_SHARE)
    letters = max(SMALLEST_PX, round(min(room.width, room.height) * LARGEST))
    while True:
        lines = []
        for name, value in facts.items():
            told = _wrapped(value, font_for(value, letters, fonts), width)
            lines += list(zip((name, *[""] * len(told)), told, strict=False))
        named = [font_for(name, letters, fonts).getlength(name) for name, _ in lines if name]
        fits = letters * LEADING * (len(lines) + 1) <= room.height
        if letters == SMALLEST_PX or (
            fits and max(named, default=0) <= room.width * LABEL_SHARE * 0.95
        ):
            return letters, lines
        letters -= 1


def _wrapped(value: str, font: Lettered, width: float) -> list[str]:
    """Lines that are no wider, broken between words, or inside one that is wider than a line."""
    lines: list[str] = []
    for word in value.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
            continue
        lines.append("")
        for letter in word:
            if lines[-1] and font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def font_for(text: str, height: int, fonts: Fonts) -> Lettered:
    """The font that has the letters; PIL's own where none here has, which draws boxes for them."""
    try:
        chosen = lettering_for(text, fonts).fonts[0]
    except BadInput:
        return ImageFont.load_default(height)
    return ImageFont.truetype(chosen.path, height)
