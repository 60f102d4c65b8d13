"""A program: one picture of a studio as plain sRGB pixels on stdout, or why not.

The answer is a line of JSON, then the pixels. Only Pillow is imported, so that it starts at once.
"""

from __future__ import annotations

import io
import json
import mmap
import resource
import struct
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.media.picture.headers import TAKEN, VIDEO, kind_of, png_colours, too_costly

BACKDROP = (232, 232, 232)
"""What shows through a cut-out portrait: the light grey of a studio wall."""

HIDDEN_ALPHA = 16
"""A picture is hidden where no pixel is more opaque."""

HDR_CURVES = frozenset({16, 18})
"""PQ and HLG."""

PIXEL_SHAPE_TOLERANCE = 0.02

LARGEST_DEEP = 0xFFFF

TEXT_BYTES = 8 << 20
"""Of one text in a PNG, unpacked: Pillow's own limit of 1 MiB refuses honest edit histories."""

_BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, TypeError, KeyError, IndexError, OverflowError,
    ZeroDivisionError, struct.error,
)  # fmt: skip
"""What Pillow raises over damaged files, as its own `Image.open` and `ImageFile` list them."""

_PLUGINS = {"JPEG": "Jpeg", "PNG": "Png", "WEBP": "WebP", "TIFF": "Tiff", "BMP": "Bmp"}

_DEEP = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I"})


class NotTaken(Exception):
    """`code` names the reason, `why` is the end of a sentence that begins with the picture."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why


def main(arguments: Sequence[str]) -> None:
    path, limits = Path(arguments[0]), json.loads(arguments[1])
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 5))
    try:
        image, told = decode_picture(path, limits)
        answer = {"width": image.width, "height": image.height, "told": told}
        pixels = image.tobytes()
    except NotTaken as refusal:
        answer, pixels = {"code": refusal.code, "why": refusal.why}, b""
    except MemoryError:
        if resource.getrlimit(resource.RLIMIT_AS)[0] < limits["memory_bytes"]:
            sys.exit("this machine gives less memory than is asked for")
        answer, pixels = {"code": "image_too_costly", "why": ""}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(pixels)


def decode_picture(path: Path, limits: dict[str, int]) -> tuple[Image.Image, list[str]]:
    """The picture upright, 8-bit sRGB without alpha, and what people should know about it."""
    kind = _checked_kind(path)
    with _opened(path, kind, limits) as image:
        _check_size(image.size, limits)
        try:
            told = [*_told(image, kind)]
            image.load()
        except _BROKEN as error:
            raise NotTaken(
                "image_truncated", "ends early or is damaged; export it again."
            ) from error
        try:
            return _plain(_upright(image), image.info.get("icc_profile"), told), told
        except _BROKEN as error:
            raise _unreadable() from error


def _checked_kind(path: Path) -> str:
    if not path.stat().st_size:
        raise NotTaken("image_unreadable", "is empty; hand it over again.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        kind = kind_of(content)
        if kind not in TAKEN:
            raise _unreadable(kind)
        why = too_costly(kind, content)
        if kind == "PNG" and png_colours(content)[1] in HDR_CURVES:
            raise NotTaken("portrait_hdr", "is an HDR picture; save it as SDR, in sRGB.")
    if why:
        raise NotTaken("image_too_costly", why)
    return kind


def _opened(path: Path, kind: str, limits: dict[str, int]) -> Image.Image:
    plugin = import_module(f"PIL.{_PLUGINS[kind]}ImagePlugin")  # or else Pillow imports them all
    if kind == "PNG":
        plugin.MAX_TEXT_CHUNK = TEXT_BYTES  # type: ignore[attr-defined]  # any module may be
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return Image.open(path, formats=(kind,))
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large(limits) from error
        except (UnidentifiedImageError, *_BROKEN) as error:
            raise _unreadable() from error


def _check_size(size: tuple[int, int], limits: dict[str, int]) -> None:
    width, height = size
    if width * height > limits["largest_pixels"] or max(size) > limits["longest_side"]:
        raise _too_large(limits)
    if min(size) < limits["shortest_side"]:
        least = limits["shortest_side"]
        why = f"is {width} x {height} pixels; each side needs {least} or more."
        raise NotTaken("image_too_small", why)


def _told(image: Image.Image, kind: str) -> Iterator[str]:
    """What the picture's header says and its pixels do not show."""
    pictures = 1 if kind == "JPEG" else getattr(image, "n_frames", 1)  # a JPEG's are its previews
    if pictures > 1:
        yield f"first_picture: of the {pictures} pictures in {{name}} the first is taken"
    across, down = _density(image)
    if across and down and abs(across / down - 1) > PIXEL_SHAPE_TOLERANCE:
        yield (
            f"pixel_shape: {{name}} says that its pixels are not square ({across:g} : {down:g}); "
            "they are taken as square, as browsers show them"
        )


def _density(image: Image.Image) -> tuple[float, float]:
    for key in ("jfif_density", "aspect", "dpi"):
        if key in image.info:
            across, down = image.info[key]
            return float(across), float(down)
    return 0.0, 0.0


def _upright(image: Image.Image) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a corrupt EXIF block turns nothing
        return ImageOps.exif_transpose(image)


def _plain(image: Image.Image, profile: bytes | None, told: list[str]) -> Image.Image:
    """8-bit sRGB over the backdrop."""
    if image.mode in _DEEP:
        image = _of_eight_bits(image)
    if image.mode == "F":
        raise ValueError("pixels are floating point numbers")
    if image.has_transparency_data:
        return _over_backdrop(image.convert("RGBA"), profile, told)
    if image.mode == "CMYK" and not profile:
        told.append(
            "colours_guessed: {name} is CMYK without a profile, so its colours are a guess; an "
            "sRGB picture is better"
        )
    if image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("RGB")
    return _to_srgb(image, profile, told)


def _of_eight_bits(image: Image.Image) -> Image.Image:
    whole = image.convert("I")
    if whole.getextrema()[1] > LARGEST_DEEP:  # type: ignore[operator]  # one band has one pair
        raise ValueError("pixels have 32 bits")
    return whole.point(lambda value: value * (1 / 257) + 0.5).convert("L")


def _over_backdrop(image: Image.Image, profile: bytes | None, told: list[str]) -> Image.Image:
    alpha = image.getchannel("A")
    faintest, strongest = alpha.getextrema()
    if strongest <= HIDDEN_ALPHA:  # type: ignore[operator]  # one band has one pair
        raise NotTaken(
            "portrait_transparent", "is transparent everywhere; save it without transparency."
        )
    if faintest != 255:  # noqa: PLR2004  # opaque
        told.append("cut_out: where {name} is transparent, light grey is shown")
    colours = _to_srgb(image.convert("RGB"), profile, told)
    return Image.composite(colours, Image.new("RGB", image.size, BACKDROP), alpha)


def _to_srgb(image: Image.Image, profile: bytes | None, told: list[str]) -> Image.Image:
    """Colours as the picture's own profile means them; without a usable one they are sRGB."""
    if not profile:
        return image.convert("RGB")
    colours = import_module("PIL.ImageCms")  # costs time, and few pictures need it
    try:
        converted = colours.profileToProfile(
            image,
            colours.ImageCmsProfile(io.BytesIO(profile)),
            colours.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (colours.PyCMSError, OSError):  # damaged, or meant for another number of channels
        told.append(
            "colours_guessed: the colour profile in {name} cannot be used, so it is taken for sRGB"
        )
        return image.convert("RGB")
    return converted or image.convert("RGB")


def _unreadable(kind: str = "") -> NotTaken:
    if kind == VIDEO:
        why = "is a video; let its name end with .mp4, .mov, .mkv or .webm."
        return NotTaken("image_unreadable", why)
    what = f"is {kind}, which is not taken" if kind else "is not a picture that is taken"
    return NotTaken("image_unreadable", f"{what}; save it as JPEG or PNG.")


def _too_large(limits: dict[str, int]) -> NotTaken:
    return NotTaken(
        "image_too_large",
        f"has more than {limits['largest_pixels'] // 1_000_000} million pixels or a side over"
        f" {limits['longest_side']:,}; scale it down.",
    )
