"""What a delivered file is now, whoever wrote it last: its header, and what decodes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from manifests.errors import RushesError
from model.shapes import MIX_RATE
from pipeline.media.ffmpeg import UNTRUSTED, Graph, blame, blame_library, command, untrusted_input
from pipeline.media.ffmpeg import name_of as safe_name
from pipeline.media.process import ProcessResult, ProgramFailed, reading, run_program

UNREADABLE = "delivery_unreadable"

_TIMEOUT_S = 6 * 3600.0
_QUICKTIME = "qt"
_COUNTED = "Number_of_samples"
_SHOWN = ("color_primaries", "color_trc", "color_space", "color_range")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderFacts:
    """What a file's header says. `codec` is that of the picture, else of the sound; `colour` holds
    the numbers of primaries, transfer and matrix (H.273), and `full_range` is of the picture."""

    container: str
    codec: str
    width: int = 0
    height: int = 0
    rate: Fraction = Fraction(0)
    frames: int = 0
    colour: tuple[int, ...] = ()
    full_range: bool = False
    sound_rate: int = 0
    sound_s: float = 0.0
    timecode: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedFacts:
    """What decodes without a fault: frames of the picture, samples of the sound at 48 kHz.
    `colour` is what the picture's own stream says, as ffmpeg names primaries, transfer, matrix and
    range: players may believe it rather than the header."""

    frames: int
    samples: int
    colour: tuple[str, ...] = ()


def header_of(path: Path) -> HeaderFacts:
    """Nothing is decoded. Raises `BadInput` `delivery_unreadable`."""
    try:
        options = dict(UNTRUSTED)
        with av.open(safe_name(path), options=options, metadata_errors="replace") as container:
            return _header(container)
    except (av.FFmpegError, IndexError, ValueError) as error:
        message = f"{path.name} is no sound or video that can be read; deliver it again."
        raise blame_library(error, code=UNREADABLE, message=message) from error


def _header(container: InputContainer) -> HeaderFacts:
    sound = container.streams.audio[0] if container.streams.audio else None
    heard = {
        "sound_rate": sound.rate if sound else 0,
        "sound_s": float((sound.duration or 0) * (sound.time_base or 0)) if sound else 0.0,
    }
    if not container.streams.video:
        codec = sound.codec_context.name if sound else ""
        return HeaderFacts(container=_container(container), codec=codec, **heard)  # type: ignore[arg-type]  # by name
    video = container.streams.video[0]
    context = video.codec_context
    frames = video.frames or sum(1 for packet in container.demux(video) if packet.size)
    return HeaderFacts(
        container=_container(container),
        codec=context.name,
        width=video.width,
        height=video.height,
        rate=Fraction(video.average_rate or 0),
        frames=frames,
        colour=(int(context.color_primaries), int(context.color_trc), int(context.colorspace)),
        full_range=int(context.color_range) == 2,  # noqa: PLR2004  # AVCOL_RANGE_JPEG
        timecode=video.metadata.get("timecode") or container.metadata.get("timecode", ""),
        **heard,  # type: ignore[arg-type]  # by name
    )


def _container(container: InputContainer) -> str:
    """By the ending that such files have."""
    kinds = container.format.name.split(",")
    if "mov" in kinds:
        brand = container.metadata.get("major_brand", "").strip()
        return "mov" if brand in {"", _QUICKTIME} else "mp4"
    return "mkv" if "matroska" in kinds else kinds[0]


def decoded_of(path: Path) -> DecodedFacts:
    """All of the first picture and the first sound, decoded by a child; a fault ends it.

    Raises `BadInput` `delivery_unreadable`.
    """
    header, file = header_of(path), untrusted_input(path, err_detect="explode")
    outputs = []
    if header.frames:
        outputs.append(file["v:0"].output("pipe:2", format="null"))
    if header.sound_rate:
        sound = file["a:0"].filter("aresample", MIX_RATE)
        counted = sound.filter("astats", measure_perchannel="none", measure_overall=_COUNTED)
        outputs.append(counted.output("pipe:2", format="null"))
    done = _run(path, *outputs)
    return DecodedFacts(
        frames=_last(r"^frame=\s*(\d+)", done.output.decode(errors="replace")),
        samples=_last(r"Number of samples:\s*(\d+)", done.said),
        colour=_colour(path) if header.frames else (),
    )


def stored_pictures(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Each frame of the first picture as it is stored, [height, width, 3] RGB of 8 bits, as it is
    decoded. Raises `BadInput` `delivery_unreadable`, also on the way."""
    header = header_of(path)
    if not header.frames:
        return
    raw = untrusted_input(path, err_detect="explode")["v:0"].output(
        "pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough"
    )
    shape = (header.height, header.width, 3)
    block = header.height * header.width * 3
    try:
        with reading(command(raw), block_bytes=block, timeout_s=_TIMEOUT_S) as frames:
            for frame in frames:
                if len(frame) == block:  # else it was killed; its end says why
                    yield np.frombuffer(frame, np.uint8).reshape(shape)
    except ProgramFailed as failure:
        raise _does_not_decode(path, failure) from failure


def samples_digest(path: Path) -> str:
    """The MD5 of all samples of the first sound, as 24-bit PCM; "" without sound."""
    if not header_of(path).sound_rate:
        return ""
    sums = untrusted_input(path)["a:0"].output("pipe:1", format="md5", acodec="pcm_s24le")
    try:
        output = run_program(command(sums), timeout_s=_TIMEOUT_S).output
    except ProgramFailed as failure:
        raise _does_not_decode(path, failure) from failure
    return output.decode().strip().removeprefix("MD5=")


def _does_not_decode(path: Path, failure: ProgramFailed) -> RushesError:
    message = f"{path.name} does not decode to its end; deliver it again."
    return blame(failure, code=UNREADABLE, message=message)


def _colour(path: Path) -> tuple[str, ...]:
    """What the first frame says, in the order of `_SHOWN`."""
    shown = untrusted_input(path)["v:0"].filter("showinfo", checksum=0)
    said = _run(path, shown.output("pipe:2", format="null", **{"frames:v": 1})).said
    return tuple((re.findall(rf"\b{name}:(\S+)", said) or [""])[0] for name in _SHOWN)


def _run(path: Path, *outputs: Graph) -> ProcessResult:
    words = command(*outputs)
    words[words.index("-loglevel") + 1] = "info"
    words = [words[0], "-xerror", "-nostats", "-progress", "pipe:1", *words[1:]]
    try:
        return run_program(words, timeout_s=_TIMEOUT_S)
    except ProgramFailed as failure:
        raise _does_not_decode(path, failure) from failure


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text, flags=re.MULTILINE)
    return int(found[-1]) if found else 0
