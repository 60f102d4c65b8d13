"""The part of the picture that moves, and how motion fades out towards its border."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.media.face.face import head_box

SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 0.22, 0.15, 0.50
"""Room around the head's box, in its widths and heights; below it the neck is stretched."""

FADE = 0.14
"""The border over which motion fades, as a share of the region's side."""

PICTURE_FADE = 0.03
"""The same where the region ends with the picture itself."""

PINS_PER_SIDE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Whole pixels `left` to `right` and `top` to `bottom`; the ends are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, outer: Patch) -> Patch:
        """The same pixels, counted from the corner of `outer`."""
        return Patch(
            left=self.left - outer.left,
            top=self.top - outer.top,
            right=self.right - outer.left,
            bottom=self.bottom - outer.top,
        )

    def cut(self, outer: Patch) -> Patch:
        """The part that lies in `outer`, in the picture's pixels."""
        return Patch(
            left=max(self.left, outer.left),
            top=max(self.top, outer.top),
            right=min(self.right, outer.right),
            bottom=min(self.bottom, outer.bottom),
        )

    def centres(self, step: float) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Centres [m, 2] of a grid of about `step` pixels, and its (rows, columns)."""
        rows, columns = (max(4, round(length / step)) for length in (self.height, self.width))
        y = (np.arange(rows) + 0.5) * (self.height / rows) - 0.5 + self.top
        x = (np.arange(columns) + 0.5) * (self.width / columns) - 0.5 + self.left
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return grid, (rows, columns)

    def enlarge(self, grid: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
        """Values [m, 2] on the grid of `centres`, bicubic at every pixel: [height, width, 2]."""
        wide = cv2.resize(
            grid.reshape(*shape, 2), (self.width, self.height), interpolation=cv2.INTER_CUBIC
        )
        return np.asarray(wide, np.float32)


def moving_region(landmarks: NDArray[np.float32], width: int, height: int) -> Patch:
    """The head with hair and neck, inside a picture of `width` x `height` pixels."""
    head = head_box(landmarks, width, height)
    return Patch(
        left=max(0, int(head.left - SIDE_MARGIN * head.width)),
        top=max(0, int(head.top - TOP_MARGIN * head.height)),
        right=min(width, int(head.left + (1 + SIDE_MARGIN) * head.width) + 1),
        bottom=min(height, int(head.top + (1 + BOTTOM_MARGIN) * head.height) + 1),
    )


def fade_of(region: Patch, width: int, height: int) -> NDArray[np.float32]:
    """[height, width, 1] of the region: 0 on its outermost pixels, 1 well inside."""
    rows = _ramp(region.height, region.top == 0, region.bottom == height)
    columns = _ramp(region.width, region.left == 0, region.right == width)
    return (rows[:, None] * columns[None])[..., None]


def _ramp(length: int, at_first: bool, at_last: bool) -> NDArray[np.float32]:
    index = np.arange(length)
    first, last = (
        max(1.0, (PICTURE_FADE if at_end else FADE) * length) for at_end in (at_first, at_last)
    )
    rise = np.minimum(index / first, (length - 1 - index) / last).clip(0, 1)
    return np.asarray(rise * rise * (3 - 2 * rise), np.float32)


def pins_of(region: Patch) -> NDArray[np.float64]:
    """[16, 2]: points on the region's border that stay where they are."""
    x = np.linspace(region.left, region.right - 1, PINS_PER_SIDE)
    y = np.linspace(region.top, region.bottom - 1, PINS_PER_SIDE)
    rows = [(across, down) for across in x for down in (y[0], y[-1])]
    columns = [(across, down) for down in y[1:-1] for across in (x[0], x[-1])]
    return np.array(rows + columns)
