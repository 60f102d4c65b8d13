"""A studio's video as RGB frames, 25 a second, whatever its own rate, size and rotation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput, RushesError
from model.shapes import FPS
from pipeline.media.ffmpeg import Graph, blame, command, untrusted_input
from pipeline.media.framing import Size
from pipeline.media.process import ProgramFailed, reading, run
from pipeline.media.video import SCALE_FLAGS

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

TIMEOUT_S = 6 * 3600.0
FIRST_FRAME_S = 60.0
LARGEST_PIXELS = 4096 * 2304


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A video that people know as `name`, `size` as it is seen: upright.

    Its frames begin `lead_s` seconds before the first thing in the file, as its sound does
    (probe.AudioHeader).
    """

    path: Path
    name: str
    size: Size
    lead_s: float = 0.0

    def frames(self) -> Iterator[Pixels]:
        """All frames on the grid of 25 a second; a gap repeats the frame before it. Raises
        `BadInput("video_unreadable")`."""
        width, height = self.size.width, self.size.height
        pictures = _on_grid(self.path, self.lead_s).filter(
            "scale", width, height, flags=SCALE_FLAGS
        )
        raw = pictures.output("pipe:1", format="rawvideo", pix_fmt="rgb24")
        try:
            with reading(
                command(raw), block_bytes=width * height * 3, timeout_s=TIMEOUT_S
            ) as blocks:
                for block in blocks:
                    if len(block) < width * height * 3:
                        continue  # it was killed; its end says why
                    yield np.frombuffer(block, np.uint8).reshape(height, width, 3)
        except ProgramFailed as failure:
            raise _unreadable(failure, self.name) from failure


def open_footage(path: Path, *, name: str, lead_s: float = 0.0) -> Footage:
    """Decode one frame. Raises `BadInput` (`video_unreadable`, `video_too_large`)."""
    if not path.stat().st_size:
        raise BadInput("video_unreadable", f"{name} is empty; hand it over again.")
    one = _on_grid(path, lead_s).output("pipe:1", format="image2pipe", vcodec="png", vframes=1)
    try:
        output = run(command(one), timeout_s=FIRST_FRAME_S).output
    except ProgramFailed as failure:
        raise _unreadable(failure, name) from failure
    picture = cv2.imdecode(np.frombuffer(output, np.uint8), cv2.IMREAD_COLOR) if output else None
    if picture is None:
        raise _not_taken(name)
    height, width = picture.shape[:2]
    if height * width > LARGEST_PIXELS:
        raise BadInput(
            "video_too_large", f"{name} is {width} x {height} pixels; scale it down to 4K."
        )
    return Footage(path=path, name=name, size=Size(width=width, height=height), lead_s=lead_s)


def _on_grid(path: Path, lead_s: float) -> Graph:
    pictures = untrusted_input(path, itsoffset=lead_s, threads=1).video
    return pictures.filter("fps", FPS, start_time=0)


def _unreadable(failure: ProgramFailed, name: str) -> RushesError:
    return blame(failure, code="video_unreadable", message=_not_taken(name).message)


def _not_taken(name: str) -> BadInput:
    return BadInput(
        "video_unreadable",
        f"{name} is not a video in a format that is taken; save it as MP4, MOV or MKV.",
    )
