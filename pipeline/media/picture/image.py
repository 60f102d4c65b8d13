"""Portraits opened safely: any picture becomes plain sRGB pixels, or a reason why not."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manifests.errors import BadInput, RushesError, Transient
from pipeline.media.child import child_command
from pipeline.media.framing import Crop
from pipeline.media.process import ProgramFailed, run_program

Picture = NDArray[np.uint8]
"""[height, width, 3] RGB."""

DECODED = "pictures/2"
"""Which pixels come of a portrait's file or video; another number makes stored looks anew."""

CPU_S, MEMORY_BYTES = 60, 4 << 30
"""What decoding may cost; an honest picture of 80 million pixels takes 3 s and 1 GB."""

WALL_S = 600.0
"""Longer than this is the machine's fault."""

_BROKE_DOWN = frozenset({-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What a portrait may be; held against the header, before a pixel is decoded."""

    largest_pixels: int = 80_000_000
    longest_side: int = 20_000
    shortest_side: int = 64

    def __post_init__(self) -> None:
        if min(self.largest_pixels, self.longest_side, self.shortest_side) < 1:
            raise ValueError("all limits of pictures must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPicture:
    """A picture's pixels, and what people should know about it: warnings that name it."""

    pixels: Picture
    told: tuple[str, ...]


def open_portrait(path: Path, *, name: str, limits: ImageLimits) -> OpenedPicture:
    """The picture upright, in sRGB, without alpha, its first frame if it moves; decoded in a child.

    Raises `BadInput` (`image_unreadable`, `image_truncated`, `image_too_large`, `image_too_small`,
    `image_too_costly`, `portrait_transparent`).
    """
    asked = json.dumps(asdict(limits) | {"cpu_s": CPU_S, "memory_bytes": MEMORY_BYTES})
    command = child_command("pipeline.media.picture.decoder", str(path.resolve()), asked)
    try:
        output = run_program(command, timeout_s=WALL_S, memory_bytes=MEMORY_BYTES).output
    except ProgramFailed as failure:
        raise _blame(failure, name) from failure
    head, _, _ = output.partition(b"\n")
    answer = json.loads(head)
    if "code" in answer:
        raise BadInput(answer["code"], f"{name} {answer['why'] or _COSTLY}")
    pixels = np.frombuffer(output, np.uint8, offset=len(head) + 1)
    return OpenedPicture(
        pixels=pixels.reshape(answer["height"], answer["width"], 3),
        told=tuple(warning.replace("{name}", name) for warning in answer["told"]),
    )


_COSTLY = (
    f"takes more than {CPU_S} s or {MEMORY_BYTES >> 30} GB to decode; save it as a plain JPEG."
)


def _blame(failure: ProgramFailed, name: str) -> RushesError:
    if failure.code == -signal.SIGXCPU:
        return BadInput("image_too_costly", f"{name} {_COSTLY}")
    if failure.code in _BROKE_DOWN:
        return BadInput(
            "image_unreadable", f"{name} is damaged; save it as JPEG or PNG with another program."
        )
    return Transient("program_stopped", f"The decoder of pictures was stopped: {failure}")


def save_png(image: Picture, path: Path) -> None:
    """Write a picture as PNG; the same pixels give the same bytes."""
    Image.fromarray(image).save(path, format="PNG", compress_level=6)


def read_png(path: Path) -> Picture:
    """The pixels of a PNG that `save_png` wrote."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.uint8)


def cut_out(image: Picture, crop: Crop) -> Picture:
    """The rectangle of a crop with its black borders."""
    inner = image[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    borders = ((crop.pad_top, crop.pad_bottom), (crop.pad_left, crop.pad_right), (0, 0))
    return np.pad(inner, borders)
