"""Portraits opened safely: any picture becomes plain sRGB pixels, or a reason why not."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from manifests.errors import BadInput
from pipeline.media.framing import Crop

Picture = NDArray[np.uint8]
"""[height, width, 3] RGB."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")

BACKDROP = (232, 232, 232)
"""What shows through a cut-out portrait: the light grey of a studio wall."""

_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, OverflowError,
    ZeroDivisionError, struct.error,
)  # fmt: skip
"""What Pillow raises over damaged files, as its own `Image.open` and `ImageFile` list them."""

_SIXTEEN_BIT = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What a portrait may be; held against the header, before a pixel is decoded."""

    largest_pixels: int = 80_000_000
    longest_side: int = 20_000
    shortest_side: int = 64


def open_portrait(path: Path, *, name: str, limits: ImageLimits) -> Picture:
    """The picture upright, in sRGB, without alpha, its first frame if it moves.

    Raises `BadInput` (`image_unreadable`, `image_truncated`, `image_too_large`, `image_too_small`).
    """
    with _opened(path, name=name, limits=limits) as image:
        _check_size(image.size, name=name, limits=limits)
        try:
            image.load()
        except _BROKEN as error:
            raise BadInput(
                "image_truncated", f"{name} ends early or is damaged; export it again."
            ) from error
        try:
            return np.asarray(_plain(_upright(image), image.info.get("icc_profile")))
        except _BROKEN as error:
            raise _unreadable(name) from error


def save_png(image: Picture, path: Path) -> None:
    """Write a picture as PNG; the same pixels give the same bytes."""
    Image.fromarray(image).save(path, format="PNG", compress_level=6)


def cut_out(image: Picture, crop: Crop) -> Picture:
    """The rectangle of a crop with its black borders."""
    inner = image[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    borders = ((crop.pad_top, crop.pad_bottom), (crop.pad_left, crop.pad_right), (0, 0))
    return np.pad(inner, borders)


def _opened(path: Path, *, name: str, limits: ImageLimits) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return Image.open(path, formats=FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large(name, limits) from error
        except (UnidentifiedImageError, *_BROKEN) as error:
            raise _unreadable(name) from error


def _check_size(size: tuple[int, int], *, name: str, limits: ImageLimits) -> None:
    width, height = size
    if width * height > limits.largest_pixels or max(size) > limits.longest_side:
        raise _too_large(name, limits)
    if min(size) < limits.shortest_side:
        raise BadInput(
            "image_too_small",
            f"{name} is {width} x {height} pixels; each side needs {limits.shortest_side} or more.",
        )


def _upright(image: Image.Image) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a corrupt EXIF block turns nothing
        return ImageOps.exif_transpose(image)


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """8-bit sRGB over the backdrop."""
    if image.mode in _SIXTEEN_BIT:
        image = Image.fromarray((np.asarray(image).clip(0, 65535) // 257).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("pixels are floating point numbers")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        colours = _to_srgb(image.convert("RGB"), profile)
        return Image.composite(colours, Image.new("RGB", image.size, BACKDROP), alpha)
    if image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    return _to_srgb(image, profile)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the picture's own profile means them; without a usable one they are sRGB."""
    if not profile:
        return image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError):  # damaged, or meant for another number of channels
        return image.convert("RGB")
    return converted or image.convert("RGB")


def _unreadable(name: str) -> BadInput:
    return BadInput(
        "image_unreadable", f"{name} is not a picture that is taken; save it as JPEG or PNG."
    )


def _too_large(name: str, limits: ImageLimits) -> BadInput:
    return BadInput(
        "image_too_large",
        f"{name} has more than {limits.largest_pixels // 1_000_000} million pixels or a side over"
        f" {limits.longest_side:,}; scale it down.",
    )
