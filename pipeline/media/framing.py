"""Where a picture is cut, padded and scaled: geometry in whole pixels, never through a head."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from manifests.job import Aspect
from pipeline.nouns import Box

RATIOS: dict[Aspect, Fraction] = {
    "16:9": Fraction(16, 9),
    "9:16": Fraction(9, 16),
    "1:1": Fraction(1),
    "4:5": Fraction(4, 5),
    "3:2": Fraction(3, 2),
}

HEAD_CENTRE = Fraction(42, 100)
"""Height of the head's centre below the top edge: a little headroom, more for the shoulders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.width, self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """The rectangle that is taken from a picture, and the black borders put around it."""

    left: int
    top: int
    width: int
    height: int
    pad_left: int = 0
    pad_top: int = 0
    pad_right: int = 0
    pad_bottom: int = 0

    @property
    def size(self) -> Size:
        """With its borders."""
        return Size(
            width=self.width + self.pad_left + self.pad_right,
            height=self.height + self.pad_top + self.pad_bottom,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactCrop:
    """Scale the picture to `scaled`, then take `crop` from it."""

    scaled: Size
    crop: Crop


def fit_source(width: int, height: int, longest_side: int = 1920) -> Size:
    """The picture's own shape with even sides, scaled down where its longest side is longer."""
    scale = min(Fraction(1), Fraction(longest_side, max(width, height)))
    return Size(
        width=max(2, int(width * scale) // 2 * 2),
        height=max(2, int(height * scale) // 2 * 2),
    )


def crop_for(aspect: Aspect, width: int, height: int, head: Box) -> Crop:
    """The largest crop of `aspect` with even sides that holds the head; padded if none does."""
    if aspect == "source":
        return Crop(left=0, top=0, width=width // 2 * 2, height=height // 2 * 2)
    return crop_of_ratio(RATIOS[aspect], width, height, head)


def crop_of_ratio(ratio: Fraction, width: int, height: int, head: Box) -> Crop:
    """As `crop_for`, in any shape, told as width by height."""
    picture = Size(width=width, height=height)
    return _around(_Head.of(head, picture), picture, _largest(picture, ratio), ratio)


def frame_face(width: int, height: int, head: Box, canvas: Size, head_share: float) -> Crop:
    """The head at `head_share` of the height, in the shape of `canvas`, to be scaled to it; never
    cuts the head."""
    picture = Size(width=width, height=height)
    inside = _Head.of(head, picture)
    wanted = _of_height(int(inside.height / head_share), canvas.ratio)
    largest = _largest(picture, canvas.ratio)
    size = wanted if wanted.height < largest.height else largest
    return _around(inside, picture, size, canvas.ratio)


def exact_crop(width: int, height: int, canvas: Size) -> ExactCrop:
    """As the original Hallo3 does (sample_video.py): a square between side borders, else a cover.

    A picture that is not square is scaled until it covers the canvas and its centre is taken; the
    long side is rounded down, as the original's int() does.
    """
    if width == height:
        side = canvas.height
        left = (canvas.width - side) // 2
        borders = Crop(
            left=0, top=0, width=side, height=side,
            pad_left=left, pad_right=canvas.width - side - left,
        )  # fmt: skip
        return ExactCrop(scaled=Size(width=side, height=side), crop=borders)
    if Fraction(width, height) > canvas.ratio:
        scaled = Size(width=width * canvas.height // height, height=canvas.height)
    else:
        scaled = Size(width=canvas.width, height=height * canvas.width // width)
    centre = Crop(
        left=(scaled.width - canvas.width) // 2,
        top=(scaled.height - canvas.height) // 2,
        width=canvas.width,
        height=canvas.height,
    )
    return ExactCrop(scaled=scaled, crop=centre)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """Whole pixels that cover the part of the head that is in the picture."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, head: Box, picture: Size) -> _Head:
        left = min(max(0, int(head.left)), picture.width - 1)
        top = min(max(0, int(head.top)), picture.height - 1)
        right = min(picture.width, -int(-(head.left + head.width) // 1))
        bottom = min(picture.height, -int(-(head.top + head.height) // 1))
        return cls(left=left, top=top, right=max(right, left + 1), bottom=max(bottom, top + 1))

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def _even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def _of_height(height: int, ratio: Fraction) -> Size:
    return Size(width=_even(height // 2 * 2 * ratio), height=max(2, height // 2 * 2))


def _largest(picture: Size, ratio: Fraction) -> Size:
    """The largest even size of `ratio` inside the picture."""
    widest, highest = picture.width // 2 * 2, picture.height // 2 * 2
    if widest >= highest * ratio:
        return Size(width=min(widest, _even(highest * ratio)), height=highest)
    return Size(width=widest, height=min(highest, _even(widest / ratio)))


def _around(head: _Head, picture: Size, size: Size, ratio: Fraction) -> Crop:
    """A crop of `size`, or of the larger one that the head needs, with the head well placed."""
    if size.width < head.width or size.height < head.height:
        height = max(head.height, -int(-head.width // ratio))
        size = _of_height(height + 2, ratio)
    left = _place(head.left, head.right, size.width, picture.width, Fraction(1, 2))
    top = _place(head.top, head.bottom, size.height, picture.height, HEAD_CENTRE)
    return _cut(left, top, size, picture)


def _place(first: int, last: int, side: int, whole: int, centre: Fraction) -> int:  # one axis
    """Where a crop of `side` starts: head's centre at `centre`, inside the picture, head inside."""
    start = round(Fraction(first + last, 2) - side * centre)
    if side <= whole:
        return min(max(start, last - side, 0), first, whole - side)
    return min(max(start, whole - side), 0)


def _cut(left: int, top: int, size: Size, picture: Size) -> Crop:
    """What of a rectangle lies in the picture; the rest is border."""
    right, bottom = left + size.width, top + size.height
    inner_left, inner_top = max(0, left), max(0, top)
    inner_right, inner_bottom = min(picture.width, right), min(picture.height, bottom)
    return Crop(
        left=inner_left,
        top=inner_top,
        width=inner_right - inner_left,
        height=inner_bottom - inner_top,
        pad_left=inner_left - left,
        pad_top=inner_top - top,
        pad_right=right - inner_right,
        pad_bottom=bottom - inner_bottom,
    )
