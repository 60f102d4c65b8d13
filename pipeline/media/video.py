"""Frames into lossless files and back, and frames on their way to any encoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg  # type: ignore[import-untyped]  # the package has no types
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from manifests.errors import Transient
from model.shapes import FPS
from pipeline.media.ffmpeg import PROTOCOLS, REPRODUCIBLE, Graph, command, name_of
from pipeline.media.framing import Size
from pipeline.media.process import ProgramFailed, feed, filtering

Frames = NDArray[np.uint8]
"""[n, height, width, 3] RGB."""

TIMEOUT_S = 6 * 3600.0

STRICT = {"err_detect": "explode"}
"""A fault in a file of ours ends its reading: what a decoder would conceal is not what was made."""

OURS = {"protocol_whitelist": PROTOCOLS, "format_whitelist": "matroska", **STRICT}
"""How our own lossless files are opened: an output folder may be written by others."""

# Measured on one thread: 43 kB a frame and 389 frames/s at 480x480, 330 kB and 65 at 1080p.
# superfast is 15 % smaller at half the speed; ffv1, utvideo and huffyuv are 4 to 8 times larger.
LOSSLESS: dict[str, str | int] = {
    "vcodec": "libx264rgb",
    "qp": 0,
    "preset": "ultrafast",
    "pix_fmt": "rgb24",
    "threads": 1,
    "g": 250,
}

LARGEST_BATCH = 64 << 20
"""Bytes: batches of larger frames hold fewer (8 of 1080 lines take 50 MB), since several wait for
each reader."""

DRAWN_RATE = Fraction(FPS)
"""Frames a second of what renderers draw."""


SCALE_FLAGS = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


def write_lossless(frames: Iterable[Frames], path: Path, *, width: int, height: int) -> int:
    """Batches of frames into an .mkv that gives back the same pixels; the number of frames."""
    counted = CountedFrames(frames, Size(width=width, height=height))
    graph = raw_input(counted.size).output(
        name_of(path), format="matroska", **LOSSLESS, **REPRODUCIBLE
    )
    run_encoder(graph, counted, path)
    return counted.frames


def read_frames(path: Path, *, batch: int = 8) -> Iterator[Frames]:
    """The frames of our own lossless file in batches, decoded on one thread.

    Raises `Transient` where a decoder that conceals faults would go on, and for a file whose
    packets are not a frame each.
    """
    try:
        with av.open(name_of(path), options=OURS) as container:
            stream = container.streams.video[0]
            stream.thread_count = 1
            stream.codec_context.options = STRICT
            yield from _in_batches(_each_frame(container, stream), batch)
    except (av.FFmpegError, IndexError) as error:
        raise Transient("work_damaged", f"{path} is not a whole video any more.") from error


def _each_frame(container: InputContainer, stream: VideoStream) -> Iterator[NDArray[np.uint8]]:
    packets = frames = 0
    for packet in container.demux(stream):
        packets += bool(packet.size)
        for frame in packet.decode():
            frames += 1
            yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    if frames != packets:
        raise IndexError(f"{frames} frames in {packets} packets")


def _in_batches(frames: Iterable[NDArray[np.uint8]], batch: int) -> Iterator[Frames]:
    gathered: list[NDArray[np.uint8]] = []
    for frame in frames:
        gathered.append(frame)
        if len(gathered) == batch or (len(gathered) + 1) * frame.nbytes > LARGEST_BATCH:
            yield np.stack(gathered)
            gathered.clear()
    if gathered:
        yield np.stack(gathered)


def with_captions(
    frames: Iterable[Frames], script: Path, size: Size, rate: Fraction, lead: int = 0
) -> Iterator[Frames]:
    """The frames, one a batch, with what the script says at their times; its time begins behind
    `lead` frames."""
    timed = raw_input(size, rate).filter("setpts", f"PTS-{lead}/({rate})/TB")
    drawn = timed.filter(
        "ass", filename=str(script.resolve()), fontsdir=str(script.resolve().parent)
    )
    graph = drawn.output("pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough")
    shape = (1, size.height, size.width, 3)
    counted = CountedFrames(frames, size)
    try:
        blocks = filtering(
            command(graph), counted, block_bytes=int(np.prod(shape)), timeout_s=TIMEOUT_S
        )
        for block in blocks:
            yield np.frombuffer(block, np.uint8).reshape(shape)
    except ProgramFailed as failure:
        message = f"captions could not be drawn: {failure.said[-200:]}"
        raise Transient("encode_failed", message) from failure


class CountedFrames:
    """Frames on their way to an encoder, as bytes, their shape checked and their number kept."""

    def __init__(self, batches: Iterable[Frames], size: Size) -> None:
        self._batches = batches
        self.size = size
        self.frames = 0

    def __iter__(self) -> Iterator[bytes]:
        expected = (self.size.height, self.size.width, 3)
        for batch in self._batches:
            if batch.shape[1:] != expected or batch.dtype != np.uint8:
                raise ValueError(f"frames are {batch.dtype} {batch.shape}, not uint8 {expected}")
            self.frames += len(batch)
            for frame in batch:
                yield frame.tobytes()


def run_encoder(graph: Graph, frames: CountedFrames, path: Path) -> None:
    """Feed an encoder; whatever goes wrong, no part of a file is left behind."""
    try:
        feed(command(graph), frames, timeout_s=TIMEOUT_S)
    except ProgramFailed as failure:
        path.unlink(missing_ok=True)
        raise encode_failure(failure, path) from failure
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def encode_failure(failure: ProgramFailed, path: Path) -> Transient:
    """Why a file of ours could not be written: no room, else what the encoder said."""
    if "No space left on device" in failure.said:
        return Transient("disk_full", "The disk of the worker is full; free space and run again.")
    message = f"{path.name} could not be encoded: {failure.said[-200:]}"
    return Transient("encode_failed", message)


def raw_input(size: Size, rate: Fraction = DRAWN_RATE) -> Graph:
    """Frames that are written to a program's input."""
    return ffmpeg.input(
        "pipe:0", format="rawvideo", pix_fmt="rgb24", s=f"{size.width}x{size.height}", r=str(rate)
    )
