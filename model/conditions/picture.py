"""A portrait on the canvas of the network, and frames on their way back to bytes (docs/hallo3.md,
"A segment").

Pictures are uint8 [height, width, 3] RGB; what goes to the VAE is float32 [n, 3, height, width]
in -1..1. A square portrait is padded, any other is cropped.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate, pad

Picture = NDArray[np.uint8]
"""[height, width, 3] RGB."""

MASK_RATE = 0.1
"""Share of the pixels of the motion frames that are hidden."""


def on_canvas(picture: Picture, height: int, width: int) -> Tensor:
    """The portrait for the VAE, [1, 3, height, width].

    The padded parts of a square are -1. A cropped picture may leave -1..1 a little: the original
    does not clamp its bicubic overshoot.
    """
    pixels = _unit(picture)
    square = picture.shape[0] == picture.shape[1]
    fitted = padded_square(pixels, height, width) if square else cropped(pixels, height, width)
    return fitted * 2 - 1


def face_on_canvas(picture: Picture, mask: NDArray[np.uint8], height: int, width: int) -> Tensor:
    """The portrait with all but its face black, [1, 3, height, width]: the reference picture.

    `mask` is [picture height, picture width], 0 or 255.
    """
    if mask.shape != picture.shape[:2]:
        raise ValueError(f"the mask is {mask.shape}, the picture {picture.shape[:2]}")
    return on_canvas(np.where(mask[:, :, None] > 0, picture, np.uint8(0)), height, width)


def padded_square(pixels: Tensor, height: int, width: int) -> Tensor:
    """A square picture [n, 3, s, s] in 0..1 in the middle of a black canvas, clamped to 0..1."""
    side = min(height, width)
    fitted = _resized(pixels, side, side, "bilinear")
    top, left = (height - side) // 2, (width - side) // 2
    margins = (left, width - side - left, top, height - side - top)
    return pad(fitted, margins).clamp(0, 1)


def cropped(pixels: Tensor, height: int, width: int) -> Tensor:
    """The centre of [n, 3, h, w] at the size that just covers the canvas; not clamped."""
    tall, wide = pixels.shape[-2:]
    if wide / tall > width / height:
        fitted = _resized(pixels, height, int(wide * height / tall), "bicubic")
    else:
        fitted = _resized(pixels, int(tall * width / wide), width, "bicubic")
    top, left = (fitted.shape[-2] - height) // 2, (fitted.shape[-1] - width) // 2
    return fitted[..., top : top + height, left : left + width]


def _unit(picture: Picture) -> Tensor:
    """[1, 3, height, width] in 0..1."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:  # noqa: PLR2004  # rank, colours
        raise ValueError(f"a picture is uint8 [h, w, 3], not {picture.dtype} {picture.shape}")
    return torch.tensor(picture).permute(2, 0, 1)[None].float() / 255


def _resized(
    pixels: Tensor, height: int, width: int, mode: Literal["bilinear", "bicubic"]
) -> Tensor:
    if pixels.shape[-2:] == (height, width):
        return pixels
    return interpolate(pixels, size=(height, width), mode=mode, antialias=True)


# Motion frames


def shown_pixels(draw: Tensor, rate: float = MASK_RATE) -> Tensor:
    """Which pixels of the motion frames are seen: bool [height, width] from uniform draws.

    Compared in float32 whatever the network computes in, so that the holes are the same on every
    device (docs/oddities.md, 16).
    """
    return draw.float() > rate


def with_holes(motion: Tensor, draw: Tensor, rate: float = MASK_RATE) -> Tensor:
    """Motion frames [n, 3, height, width] in -1..1 with the hidden pixels at mid-grey.

    `draw` [height, width] is uniform in 0..1; all frames and colours share the same holes.
    """
    return motion * shown_pixels(draw, rate).to(motion)


# The way back


def to_bytes(frames: Tensor) -> Tensor:
    """Decoded frames in 0..1 as uint8, truncated as the original does."""
    return (frames.clamp(0, 1) * 255).to(torch.uint8)


def centre_square(frames: Tensor) -> Tensor:
    """The middle square of frames [..., height, width]: a padded portrait without its margins."""
    height, width = frames.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return frames[..., top : top + side, left : left + side]
