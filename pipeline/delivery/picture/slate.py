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
"""Height of the letters over the shorter side, where the lines leave room."""

SMALLEST_PX = 8

LEADING = 1.6
"""From line to line, in heights of letters."""

LABEL_SHARE = 0.3
"""Of the width, for what the lines are called."""

Lettered = ImageFont.FreeTypeFont | ImageFont.ImageFont


def slate_picture(size: Size, facts: Mapping[str, str], fonts: Fonts) -> Picture:
    """The facts with their names, a line each, in letters that fit; a value is cut where it is too
    long for the smallest ones, and left out where no font here has its letters."""
    picture = Image.new("RGB", (size.width, size.height), GROUND)
    pen = ImageDraw.Draw(picture)
    margin = round(min(size.width, size.height) * MARGIN)
    width, height = size.width - 2 * margin, size.height - 2 * margin
    lines = {name: value for name, value in facts.items() if value}
    letters = _letter_height(lines, fonts, Size(width=width, height=height))
    step = round(letters * LEADING)
    top = (size.height - step * len(lines)) // 2
    label_width = round(width * LABEL_SHARE)
    pen.line([(margin, top - step // 2), (size.width - margin, top - step // 2)], fill=RULE)
    for name, value in lines.items():
        line = top + letters
        pen.text((margin, line), name, LABEL, _font(name, letters, fonts), anchor="ls")
        font = _font(value, letters, fonts)
        shown = _fitted(value, font, width - label_width)
        pen.text((margin + label_width, line), shown, TEXT, font, anchor="ls")
        top += step
    pen.line([(margin, top + step // 4), (size.width - margin, top + step // 4)], fill=RULE)
    return np.asarray(picture, np.uint8)


def _letter_height(lines: Mapping[str, str], fonts: Fonts, room: Size) -> int:
    """The largest letters with which all lines fit, down to the smallest that can be read."""
    letters = round(min(room.width, room.height) * LARGEST)
    letters = min(letters, int(room.height / (LEADING * (len(lines) + 1))))
    while letters > SMALLEST_PX and not _fits(lines, letters, fonts, room.width):
        letters -= 1
    return max(SMALLEST_PX, letters)


def _fits(lines: Mapping[str, str], letters: int, fonts: Fonts, width: int) -> bool:
    for name, value in lines.items():
        if _font(name, letters, fonts).getlength(name) > width * LABEL_SHARE * 0.95:
            return False
        if _font(value, letters, fonts).getlength(value) > width * (1 - LABEL_SHARE):
            return False
    return True


def _fitted(value: str, font: Lettered, width: int) -> str:
    if font.getlength(value) <= width:
        return value
    while value and font.getlength(value + "...") > width:
        value = value[:-1]
    return value + "..."


def _font(text: str, height: int, fonts: Fonts) -> Lettered:
    """The font that has the letters; PIL's own where none here has, which draws boxes for them."""
    try:
        chosen = lettering_for(text, fonts).fonts[0]
    except BadInput:
        return ImageFont.load_default(height)
    return ImageFont.truetype(chosen.path, height)
