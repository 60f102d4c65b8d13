"""Frames into files and back: lossless segments, and the one lossy encode for delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import ffmpeg  # type: ignore[import-untyped]  # the package has no types
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from manifests.errors import Transient
from model.shapes import FPS, MIX_RATE
from pipeline.media.ffmpeg import PROTOCOLS, REPRODUCIBLE, UNTAGGED, Graph, command, name_of
from pipeline.media.framing import Crop, Size
from pipeline.media.process import ProgramFailed, feed
from pipeline.media.sound.wav import read_info
from pipeline.media.text.language import iso639_2

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

# `medium` is the knee: `slow` gains 0.1 dB at 60 % of its speed, `faster` loses 0.8 to 1.5 dB.
# x264's bytes depend on the number of its threads, so it is pinned.
WEB_VIDEO: dict[str, str | int] = {
    "vcodec": "libx264",
    "profile:v": "high",
    "preset": "medium",
    "crf": 17,
    "pix_fmt": "yuv420p",
    "threads:v": 4,
    "g": 2 * FPS,
}

COLOUR_TAGS = ("color_primaries", "color_trc", "colorspace")

# `fast` errs 5 to 9 dB less than `twoloop` (speech, mono, 128 kb/s: 34.6 against 25.9 dB),
# whose search is also thrown off its course by the last bit of a float.
WEB_SOUND = {"acodec": "aac", "aac_coder": "fast", "ar": MIX_RATE}
AAC_BITS_PER_S = {1: "128k", 2: "192k"}

SCALE_FLAGS = "lanczos+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoMetadata:
    """What players show; `language` is the BCP-47 tag of what is said and seen said."""

    title: str = ""
    comment: str = ""
    language: str = "en"


def write_lossless(frames: Iterable[Frames], path: Path, *, width: int, height: int) -> int:
    """Batches of frames into an .mkv that gives back the same pixels; the number of frames."""
    counted = _Counted(frames, Size(width=width, height=height))
    graph = _raw_input(counted.size).output(
        name_of(path), format="matroska", **LOSSLESS, **REPRODUCIBLE
    )
    _encode(graph, counted, path)
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
        if len(gathered) == batch:
            yield np.stack(gathered)
            gathered.clear()
    if gathered:
        yield np.stack(gathered)


def encode_web(  # noqa: PLR0913  # the one lossy encode: pictures, sound, where, and in what shape
    frames: Iterable[Frames],
    mix: Path,
    path: Path,
    *,
    size: Size,
    crop: Crop | None,
    frames_total: int,
    metadata: VideoMetadata,
    captions: Path | None = None,
) -> None:
    """H.264 High in BT.709 with AAC-LC, 25 frames/s, ready to stream, the same bytes every time.

    `crop` is taken from the frames and scaled to `size` (even sides) where it differs. `mix` must
    be as long as `frames_total`. `captions` is an ASS script, in a folder with its font, to be
    drawn into the picture. Raises `ValueError` when frames or sound are more or fewer.
    """
    info = read_info(mix)
    if info is None or info.samples * FPS != frames_total * MIX_RATE:
        raise ValueError(f"{mix.name} is not as long as {frames_total} frames")
    batches = iter(frames)
    first = next(batches, None)
    if first is None:
        raise ValueError("there are no frames")
    counted = _Counted(chain([first], batches), Size(width=first.shape[2], height=first.shape[1]))
    pictures = _delivered(_raw_input(counted.size), size, crop)
    if captions is not None:
        pictures = pictures.filter(
            "ass", filename=str(captions.resolve()), fontsdir=str(captions.resolve().parent)
        )
    sound = ffmpeg.input(name_of(mix), protocol_whitelist=PROTOCOLS, format="wav")
    output = ffmpeg.output(
        pictures, sound, name_of(path), format="mp4", movflags="+faststart", **WEB_VIDEO,
        **WEB_SOUND, **{"b:a": AAC_BITS_PER_S[info.channels]},
        **UNTAGGED, **_tags(metadata),  # in an MP4, bitexact would drop the title
    )  # fmt: skip
    _encode(output, counted, path)
    if counted.frames != frames_total:
        path.unlink()
        raise ValueError(f"{counted.frames} frames came, {frames_total} were promised")


class _Counted:
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


def _encode(graph: Graph, frames: _Counted, path: Path) -> None:
    """Feed an encoder; whatever goes wrong, no part of a file is left behind."""
    try:
        feed(command(graph), frames, timeout_s=TIMEOUT_S)
    except ProgramFailed as failure:
        path.unlink(missing_ok=True)
        message = f"{path.name} could not be encoded: {failure.said[-200:]}"
        raise Transient("encode_failed", message) from failure
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _raw_input(size: Size) -> Graph:
    return ffmpeg.input(
        "pipe:0", format="rawvideo", pix_fmt="rgb24", s=f"{size.width}x{size.height}", r=FPS
    )


def _delivered(pictures: Graph, size: Size, crop: Crop | None) -> Graph:
    """Crop and borders in RGB, then one step of scaling into BT.709."""
    if crop is not None:
        pictures = pictures.filter("crop", crop.width, crop.height, crop.left, crop.top, exact=1)
    if crop is not None and (crop.width, crop.height) != (crop.size.width, crop.size.height):
        pictures = pictures.filter(
            "pad", crop.size.width, crop.size.height, crop.pad_left, crop.pad_top, color="black"
        )
    return (
        pictures.filter(
            "scale", size.width, size.height, flags=SCALE_FLAGS,
            in_range="pc", out_range="tv", out_color_matrix="bt709",
        )
        .filter("format", "yuv420p")
        .filter("setparams", range="tv", **dict.fromkeys(COLOUR_TAGS, "bt709"))
        .filter("setsar", 1)
    )  # fmt: skip


def _tags(metadata: VideoMetadata) -> dict[str, str]:
    """ffmpeg-python takes an option once, so each tag uses another spelling of it."""
    language = f"language={iso639_2(metadata.language)}"
    tags = {"metadata:s:v:0": language, "metadata:s:a:0": language}
    if metadata.title:
        tags["metadata"] = f"title={_one_line(metadata.title)}"
    if metadata.comment:
        tags["metadata:g"] = f"comment={_one_line(metadata.comment)}"
    return tags


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
