"""A studio's video as RGB frames, 25 a second, as players show it, whatever its own rate, size,
rotation, pixel shape, fields and colours."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput, RushesError, Transient
from model.shapes import FPS
from pipeline.media.child import child_command
from pipeline.media.ffmpeg import UNTRUSTED, Graph, blame, command, name_of, untrusted_input
from pipeline.media.framing import Size
from pipeline.media.picture.colours import UNKNOWN, ColourTags, sdr, tagged
from pipeline.media.process import ProgramFailed, reading, run_program
from pipeline.media.video import SCALE_FLAGS

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

TIMEOUT_S = 6 * 3600.0
LARGEST_PIXELS = 4096 * 2304

GLANCE_CPU_S, GLANCE_MEMORY_BYTES = 30, 2 << 30
LOOK_CPU_S = 180
"""Processor time for looking through a video once."""

LARGEST_SHAPE = 4.0
"""Pixels wider or higher than this are a damaged header."""

SMALL_FLAGS = "area+accurate_rnd+bitexact"

HD_LINES = 720

DOLBY_TAGS = frozenset({"dvh1", "dvhe", "dav1", "dva1", "dvav"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A video that people know as `name`, `size` as it is seen: upright, with square pixels.

    Its frames begin `lead_s` seconds before the first thing in the file, as its sound does
    (probe.AudioHeader). Of several tracks of pictures number `track` is read.
    """

    path: Path
    name: str
    size: Size
    lead_s: float = 0.0
    colours: ColourTags = field(default_factory=ColourTags)
    interlaced: bool = False
    stored_frames: float = 0.0
    track: int = 0
    transparent: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """For people: what was done with all of its frames."""
        return (
            *((self.colours.hdr_told(self.name),) if self.colours.hdr else ()),
            *(
                (f"cut_out: {self.name} is transparent in parts; what lies below is shown",)
                if self.transparent
                else ()
            ),
        )

    def frames(self) -> Iterator[Pixels]:
        """All frames on the grid of 25 a second; a gap repeats the frame before it. Raises
        `BadInput("video_unreadable")`."""
        pictures = self._on_grid().filter(
            "scale", self.size.width, self.size.height, flags=SCALE_FLAGS
        )
        yield from self._read(sdr(pictures, self.colours), self.size)

    def looked_through(
        self, size: Size, *, every: int, until: int, key_frames: bool
    ) -> Iterator[tuple[int, Pixels]]:
        """Every `every`-th frame of the grid, up to frame `until`, at a small size.

        With `key_frames` only key frames are decoded, and the grid repeats each until the next.
        Raises `BadInput` (`video_unreadable`, `video_too_costly`).
        """
        pictures = self._chosen(f"lt(n,{until})*not(mod(n,{every}))", key_frames=key_frames)
        small = pictures.filter("scale", size.width, size.height, flags=SMALL_FLAGS)
        frames = self._read(sdr(small, self.colours), size, cpu_s=LOOK_CPU_S)
        for count, frame in enumerate(frames):
            yield count * every, frame

    def frame_at(self, index: int, *, key_frames: bool, white_nits: float) -> Pixels:
        """That frame of the same grid at full size. Raises as `looked_through`."""
        pictures = self._chosen(f"eq(n,{index})", key_frames=key_frames)
        full = pictures.filter("scale", self.size.width, self.size.height, flags=SCALE_FLAGS)
        coloured = sdr(full, self.colours, white_nits=white_nits)
        for frame in self._read(coloured, self.size, cpu_s=LOOK_CPU_S, vframes=1):
            return frame
        raise BadInput(
            "video_unreadable", f"{self.name} ends before its best frame; export it again."
        )

    def _chosen(self, condition: str, *, key_frames: bool) -> Graph:
        return self._on_grid(key_frames=key_frames).filter("select", condition)

    def _on_grid(self, *, key_frames: bool = False) -> Graph:
        options: dict[str, str | float] = {"skip_frame": "nokey"} if key_frames else {}
        pictures = untrusted_input(
            self.path, itsoffset=self.lead_s, threads=1, max_pixels=LARGEST_PIXELS, **options
        )[f"v:{self.track}"]
        if self.interlaced:
            pictures = pictures.filter("bwdif", mode="send_frame", deint="interlaced")
        return tagged(pictures, self.colours).filter("fps", FPS, start_time=0)

    def _read(
        self, pictures: Graph, size: Size, *, cpu_s: int = 0, **options: str | int
    ) -> Iterator[Pixels]:
        block_bytes = size.width * size.height * 3
        raw = pictures.output(
            "pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough", **options
        )
        words = [*command(raw), *(("-timelimit", str(cpu_s), *_TELL_SIGNALS) if cpu_s else ())]
        try:
            with reading(words, block_bytes=block_bytes, timeout_s=TIMEOUT_S) as blocks:
                for block in blocks:
                    if len(block) < block_bytes:
                        continue  # it was killed; its end says why
                    yield np.frombuffer(block, np.uint8).reshape(size.height, size.width, 3)
        except ProgramFailed as failure:
            raise _blamed(failure, self.name) from failure


def open_footage(path: Path, *, name: str, lead_s: float = 0.0) -> Footage:
    """Decode one frame. Raises `BadInput` (`video_unreadable`, `video_too_large`,
    `video_too_costly`, `video_dolby_vision`)."""
    if not path.stat().st_size:
        raise BadInput("video_unreadable", f"{name} is empty; hand it over again.")
    seen = _glance(path, name)
    if seen["tag"] in DOLBY_TAGS and seen["curve"] == UNKNOWN:
        raise BadInput(
            "video_dolby_vision",
            f"{name} is Dolby Vision without a plain layer; export it as HLG or SDR.",
        )
    size = _shown(seen, name)
    return Footage(
        path=path,
        name=name,
        size=size,
        lead_s=lead_s,
        colours=ColourTags(
            matrix=seen["matrix"],
            primaries=seen["primaries"],
            curve=seen["curve"],
            high_definition=min(seen["width"], seen["height"]) >= HD_LINES,
        ),
        interlaced=bool(seen["interlaced"]),
        stored_frames=seen["length_s"] * seen["fps"],
        track=seen["track"],
        transparent=bool(seen["transparent"]),
    )


def _glance(path: Path, name: str) -> dict[str, Any]:
    """The first frame and the header, read in a child (glance.py)."""
    options = json.dumps(dict(UNTRUSTED) | {"max_pixels": str(LARGEST_PIXELS)})
    bounds = (str(GLANCE_CPU_S), str(GLANCE_MEMORY_BYTES))
    asked = child_command("pipeline.media.picture.glance", name_of(path), options, *bounds)
    try:
        output = run_program(asked, timeout_s=TIMEOUT_S, memory_bytes=GLANCE_MEMORY_BYTES).output
    except ProgramFailed as failure:
        if failure.code > 0:  # our own program, which answers whatever the file is
            raise Transient("program_stopped", f"Videos cannot be read: {failure}") from failure
        raise _blamed(failure, name) from failure
    seen: dict[str, Any] = json.loads(output)
    if seen.get("refused") == "large":
        raise _too_large(name, seen["width"], seen["height"])
    if seen.get("refused") == "costly":
        raise _too_costly(name)
    if seen.get("refused") == "no_picture":
        raise BadInput("video_unreadable", f"{name} holds no picture; give a video or a picture.")
    if "refused" in seen:
        raise _not_taken(name)
    return seen


def _shown(seen: dict[str, Any], name: str) -> Size:
    """The size that players show: no pixel is thrown away where they are not square."""
    width, height = seen["width"], seen["height"]
    shape = seen["across"] / seen["down"] if seen["across"] and seen["down"] else 1.0
    if not 1 / LARGEST_SHAPE <= shape <= LARGEST_SHAPE:
        raise BadInput(
            "video_unreadable",
            f"{name} says that its pixels are {shape:g} times as wide as high; "
            "export it again with square pixels.",
        )
    width, height = (round(width * shape), height) if shape > 1 else (width, round(height / shape))
    if width * height > LARGEST_PIXELS:
        raise _too_large(name, width, height)
    if seen["rotation_deg"] % 180:
        width, height = height, width
    return Size(width=width, height=height)


_TELL_SIGNALS = ("-loglevel", "info", "-nostats")
_OUT_OF_TIME = f"received signal {signal.SIGXCPU:d}"


def _blamed(failure: ProgramFailed, name: str) -> RushesError:
    if failure.code == -signal.SIGXCPU or _OUT_OF_TIME in failure.said:
        return _too_costly(name)
    if failure.broke_down:
        return _not_taken(name)
    return blame(failure, code="video_unreadable", message=_not_taken(name).message)


def _too_large(name: str, width: int, height: int) -> BadInput:
    return BadInput("video_too_large", f"{name} is {width} x {height} pixels; scale it down to 4K.")


def _too_costly(name: str) -> BadInput:
    return BadInput(
        "video_too_costly",
        f"{name} takes more than {LOOK_CPU_S // 60} minutes to look through; give a minute of it"
        " in HD.",
    )


def _not_taken(name: str) -> BadInput:
    return BadInput(
        "video_unreadable",
        f"{name} is not a video in a format that is taken; save it as MP4, MOV or MKV.",
    )
