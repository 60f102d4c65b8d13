"""Reframe: the drawn frames in the shape and size of a deliverable, resampled once.

`crop` takes the largest part of the new shape around the head, never through it; `pad` shows the
whole picture between black borders, `blur` before a blurred copy of itself that covers the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import cv2
import numpy as np

from manifests.job import Aspect
from pipeline.media.framing import RATIOS, Crop, Size, crop_of_ratio
from pipeline.media.picture.optical_flow import Picture
from pipeline.nouns import Box
from pipeline.renderer import Frames

Fill = Literal["black", "blur"]

WantedSize = tuple[int, int] | int | None
"""Width and height in pixels, the height alone, or None: as large as it was drawn."""

BLUR_SCALE = 16
"""The picture behind is blurred at a sixteenth of the size: nothing finer is left of it anyway."""

BLUR_SIGMA = 2.0
"""In pixels of that small picture: 32 delivered ones."""

BEHIND = 0.6
"""The light of the picture behind, so that the eye stays on the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reframing:
    """`crop` is cut from each frame, scaled to `inner` and put at `left`, `top` of a picture of
    `size`, whose rest is filled."""

    crop: Crop
    inner: Size
    size: Size
    left: int = 0
    top: int = 0
    fill: Fill = "black"

    @property
    def is_whole(self) -> bool:
        """Whether the inner picture covers all."""
        return self.inner == self.size


def reframing(
    aspect: Aspect,
    fit: str,
    size: WantedSize,
    source: Size,
    head: Box,
    enlarged: int = 1,
) -> Reframing:
    """How frames of `source` size are shown; a width and a height overrule the aspect.

    `fit` is `crop`, `pad` or `blur`; a `plate` is laid before and then cropped.
    """
    ratio = _ratio(aspect, size, source)
    if fit in ("pad", "blur"):
        canvas = _canvas(ratio, size, _holding(source, ratio), enlarged)
        return _inside(source, canvas, "blur" if fit == "blur" else "black")
    if ratio == source.ratio:
        crop = Crop(left=0, top=0, width=source.width // 2 * 2, height=source.height // 2 * 2)
    else:
        crop = crop_of_ratio(ratio, source.width, source.height, head)
    canvas = _canvas(ratio, size, crop.size, enlarged)
    return _within_borders(crop, canvas)


def reframed(frames: Iterable[Frames], wanted: Reframing) -> Iterator[Frames]:
    """The batches, each frame reframed; what needs no new pixel is passed on as it came."""
    for batch in frames:
        cut = _cut(batch, wanted.crop)
        if wanted.is_whole and cut.shape[1:3] == (wanted.size.height, wanted.size.width):
            yield cut
            continue
        shape = (len(cut), wanted.size.height, wanted.size.width, 3)
        shown = np.zeros(shape, np.uint8) if wanted.fill == "black" else np.empty(shape, np.uint8)
        for picture, target in zip(cut, shown, strict=True):
            _show(picture, target, wanted)
        yield shown


def scaled(picture: Picture, size: Size) -> Picture:
    """At another size: by area when it shrinks, which cannot ring or alias, else bicubic (1.7 ms to
    720x1080; Lanczos takes 10)."""
    if picture.shape[:2] == (size.height, size.width):
        return picture
    shrinks = size.height <= picture.shape[0] and size.width <= picture.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    out: Picture = np.asarray(
        cv2.resize(picture, (size.width, size.height), interpolation=way), np.uint8
    )
    return out


def _ratio(aspect: Aspect, size: WantedSize, source: Size) -> Fraction:
    if isinstance(size, tuple):
        return Fraction(*size)
    return source.ratio if aspect == "source" else RATIOS[aspect]


def _canvas(ratio: Fraction, size: WantedSize, drawn: Size, enlarged: int) -> Size:
    """The delivered size: the wanted one with even sides, or `enlarged` times the drawn one."""
    if isinstance(size, tuple):
        return Size(width=_even(Fraction(size[0])), height=_even(Fraction(size[1])))
    if size is None:
        return Size(width=enlarged * drawn.width, height=enlarged * drawn.height)
    height = _even(Fraction(size))
    return Size(width=_even(height * ratio), height=height)


def _holding(source: Size, ratio: Fraction) -> Size:
    """The smallest even size of this shape that holds the whole picture unscaled."""
    height = max(source.height, -int(-source.width // ratio))
    height += height % 2
    return Size(width=_even(height * ratio), height=height)


def _inside(source: Size, canvas: Size, fill: Fill) -> Reframing:
    """The whole picture in the middle, on even pixels: chroma must not bleed over its edge."""
    scale = min(Fraction(canvas.width, source.width), Fraction(canvas.height, source.height))
    inner = Size(
        width=min(canvas.width, _even(source.width * scale)),
        height=min(canvas.height, _even(source.height * scale)),
    )
    return Reframing(
        crop=Crop(left=0, top=0, width=source.width, height=source.height),
        inner=inner,
        size=canvas,
        left=(canvas.width - inner.width) // 4 * 2,
        top=(canvas.height - inner.height) // 4 * 2,
        fill=fill,
    )


def _within_borders(crop: Crop, canvas: Size) -> Reframing:
    """A crop that needs borders to hold the head: what is picture keeps its place in it."""
    across = Fraction(canvas.width, crop.size.width)
    down = Fraction(canvas.height, crop.size.height)
    left, top = int(crop.pad_left * across) // 2 * 2, int(crop.pad_top * down) // 2 * 2
    inner = Size(
        width=min(canvas.width - left, _even(crop.width * across)),
        height=min(canvas.height - top, _even(crop.height * down)),
    )
    inside = Crop(left=crop.left, top=crop.top, width=crop.width, height=crop.height)
    return Reframing(crop=inside, inner=inner, size=canvas, left=left, top=top)


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _cut(batch: Frames, crop: Crop) -> Frames:
    cut: Frames = batch[:, crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    return cut


def _show(picture: Picture, target: Picture, wanted: Reframing) -> None:
    if wanted.fill == "blur" and not wanted.is_whole:
        target[:] = _behind(picture, wanted.size)
    rows = slice(wanted.top, wanted.top + wanted.inner.height)
    columns = slice(wanted.left, wanted.left + wanted.inner.width)
    target[rows, columns] = scaled(picture, wanted.inner)


def _behind(picture: Picture, canvas: Size) -> Picture:
    """The middle of the picture that has the canvas' shape, blurred, darkened, over all of it."""
    height, width = picture.shape[:2]
    scale = max(canvas.width / width, canvas.height / height)
    across, down = round(canvas.width / scale), round(canvas.height / scale)
    left, top = (width - across) // 2, (height - down) // 2
    cover = picture[top : top + down, left : left + across]
    small = (max(2, canvas.width // BLUR_SCALE), max(2, canvas.height // BLUR_SCALE))
    blurred = cv2.GaussianBlur(
        cv2.resize(cover, small, interpolation=cv2.INTER_AREA), (0, 0), BLUR_SIGMA
    )
    dark = cv2.convertScaleAbs(blurred, alpha=BEHIND)
    behind: Picture = np.asarray(
        cv2.resize(dark, (canvas.width, canvas.height), interpolation=cv2.INTER_LINEAR), np.uint8
    )
    return behind
