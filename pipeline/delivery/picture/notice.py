"""A visible notice in the upper left corner, away from captions, such as `AI-generated`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.delivery.picture.slate import font_for
from pipeline.media.fonts import Fonts
from pipeline.media.framing import Size
from pipeline.renderer import Frames

MARGIN = 1 / 20
"""Of the shorter side: the safe area of EBU R95, where every screen shows what stands in it."""

LETTERS = 1 / 24
"""Height over the shorter side, where the line has room."""

SMALLEST_PX = 8

GROUND, INK = 110, 240
"""How much the ground covers, and how white the letters are, of 255."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Notice:
    """Letters on a dark ground, to be laid into frames at `top` and `left`: `colour` [h, w, 3] and
    `cover` [h, w, 1] of 255."""

    top: int
    left: int
    colour: NDArray[np.uint8]
    cover: NDArray[np.uint8]


def laid_notice(text: str, size: Size, fonts: Fonts) -> Notice:
    """The notice for a picture of this size, in letters that leave the line on the picture."""
    short = min(size.width, size.height)
    margin, room = round(short * MARGIN), size.width - 2 * round(short * MARGIN)
    letters = max(SMALLEST_PX, round(short * LETTERS))
    while letters > SMALLEST_PX and font_for(text, letters, fonts).getlength(text) > room - letters:
        letters -= 1
    font = font_for(text, letters, fonts)
    width = min(room, round(font.getlength(text)) + letters)
    height = round(letters * 1.8)
    ink = Image.new("L", (width, height), 0)
    ImageDraw.Draw(ink).text((letters // 2, round(letters * 1.25)), text, 255, font, anchor="ls")
    letter = np.asarray(ink, np.uint8)[..., None]
    colour = np.repeat((letter.astype(np.uint16) * INK // 255).astype(np.uint8), 3, axis=2)
    return Notice(top=margin, left=margin, colour=colour, cover=np.maximum(letter, GROUND))


def with_notice(frames: Iterator[Frames], notice: Notice) -> Iterator[Frames]:
    """The frames with the notice on them, in whole numbers: the same bytes on every machine."""
    height, width = notice.cover.shape[:2]
    rows = slice(notice.top, notice.top + height)
    columns = slice(notice.left, notice.left + width)
    cover = notice.cover.astype(np.uint32)
    for batch in frames:
        shown = batch.copy()
        under = shown[:, rows, columns].astype(np.uint32)
        laid = (under * (255 - cover) + notice.colour * cover + 127) // 255
        shown[:, rows, columns] = laid.astype(np.uint8)
        yield shown
