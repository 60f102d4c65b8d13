"""Files to deliver: pictures are encoded in parts, then joined without loss beside their sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]  # the package has no types

from manifests.errors import Transient
from pipeline.media.ffmpeg import PROTOCOLS, REPRODUCIBLE, UNTAGGED, Graph, command, name_of
from pipeline.media.framing import Size
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.quicktime import set_languages
from pipeline.media.text.language import iso639_2
from pipeline.media.video import (
    SCALE_FLAGS,
    TIMEOUT_S,
    CountedFrames,
    Frames,
    encode_failure,
    raw_input,
    run_encoder,
)

COLOUR_TAGS = ("color_primaries", "color_trc", "colorspace")

MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "wav": "wav"}
"""ffmpeg's names of containers."""

MICROSECOND = Fraction(1, 1_000_000)

Option = tuple[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEncoding:
    """How pictures of `size` are encoded: ffmpeg's `options` and the format of their pixels."""

    size: Size
    rate: Fraction
    pix_fmt: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSource:
    """A WAV file, and how it is encoded."""

    path: Path
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTags:
    """What players show; `language` is the BCP-47 tag of what is said and seen said. `timecode` is
    that of the first frame, "" for none, and `codec` the four letters of the picture's, "" for
    those that the container gives it."""

    title: str = ""
    comment: str = ""
    language: str = "en"
    timecode: str = ""
    codec: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFile:
    """A part of a picture, `frames` long, as `encode_part` wrote it."""

    path: Path
    frames: int


def encode_part(frames: Iterable[Frames], path: Path, encoding: PictureEncoding) -> int:
    """Batches of frames into a .mov of pictures alone, in BT.709, the same bytes every time; the
    number of frames. It begins with a whole picture, and none refers to any outside."""
    counted = CountedFrames(frames, encoding.size)
    graph = _in_bt709(raw_input(encoding.size, encoding.rate), encoding.pix_fmt).output(
        name_of(path), format="mov", movflags="+write_colr", **dict(encoding.options),
        video_track_timescale=timescale(encoding.rate), **REPRODUCIBLE,
    )  # fmt: skip
    run_encoder(graph, counted, path)
    return counted.frames


def join_parts(
    parts: Sequence[PartFile],
    sound: SoundSource | None,
    path: Path,
    rate: Fraction,
    tags: FileTags,
) -> None:
    """One file of parts that play one after the other, and of their sound. No picture is encoded
    again; the index of an MP4 or MOV stands before its pictures."""
    listed = path.with_name("parts.ffconcat")
    listed.write_text(_list_of(parts, rate), encoding="utf-8")
    pictures = ffmpeg.input(
        name_of(listed), format="concat", safe=0, protocol_whitelist=PROTOCOLS,
        format_whitelist="concat,mov",
    )  # fmt: skip
    container = path.suffix[1:]
    options: dict[str, str | int] = {"vcodec": "copy", "format": MUXERS[container]}
    if container in ("mp4", "mov"):
        options |= {
            "movflags": "+faststart+write_colr",
            "video_track_timescale": timescale(rate),
        }
    if tags.codec:
        options["tag:v"] = tags.codec
    if tags.timecode:
        options["timecode"] = tags.timecode
    _mux([pictures.video], sound, path, options, tags)
    if container == "mov":
        set_languages(path, iso639_2(tags.language))


def write_sound_file(sound: SoundSource, path: Path, tags: FileTags) -> None:
    """A file of sound alone."""
    _mux([], sound, path, {"format": MUXERS[path.suffix[1:]]}, tags)


def timescale(rate: Fraction) -> int:
    """Ticks a second of which each frame lasts a whole number, always the same."""
    return rate.numerator * (1000 if rate.denominator == 1 else 1)


def _mux(
    pictures: list[Graph],
    sound: SoundSource | None,
    path: Path,
    options: dict[str, str | int],
    tags: FileTags,
) -> None:
    streams = list(pictures)
    if sound is not None:
        streams.append(
            ffmpeg.input(name_of(sound.path), protocol_whitelist=PROTOCOLS, format="wav").audio
        )
        options |= dict(sound.options)
    output = ffmpeg.output(  # in an MP4, bitexact of the container would drop the title
        *streams, name_of(path), **options, **UNTAGGED,
        **_metadata(tags, pictures=bool(pictures), sound=sound is not None),
    )  # fmt: skip
    try:
        run_program(command(output), timeout_s=TIMEOUT_S)
    except ProgramFailed as failure:
        path.unlink(missing_ok=True)
        raise encode_failure(failure, path) from failure
    if not path.is_file():
        raise Transient("encode_incomplete", f"{path.name} was not written; it is made again")


def _in_bt709(pictures: Graph, pix_fmt: str) -> Graph:
    """The one conversion of colours."""
    return (
        pictures.filter(
            "scale", flags=SCALE_FLAGS, in_range="pc", out_range="tv", out_color_matrix="bt709"
        )
        .filter("format", pix_fmt)
        .filter("setparams", range="tv", **dict.fromkeys(COLOUR_TAGS, "bt709"))
        .filter("setsar", 1)
    )


def _list_of(parts: Sequence[PartFile], rate: Fraction) -> str:
    """For ffmpeg's concat. Each part ends where the frames so far end, rounded once to a
    microsecond: that is a fraction of a tick, and nothing adds up."""
    lines, frames = ["ffconcat version 1.0"], 0
    for part in parts:
        begun = _microseconds(frames, rate)
        frames += part.frames
        quoted = str(part.path.resolve()).replace("'", "'\\''")
        lines += [f"file 'file:{quoted}'", f"duration {_microseconds(frames, rate) - begun}us"]
    return "\n".join(lines) + "\n"


def _microseconds(frames: int, rate: Fraction) -> int:
    return round(frames / rate / MICROSECOND)


def _metadata(tags: FileTags, *, pictures: bool, sound: bool) -> dict[str, str]:
    """ffmpeg-python takes an option once, so each tag uses another spelling of it."""
    language = f"language={iso639_2(tags.language)}"
    found = {"metadata:s:v:0": language} if pictures else {}
    if sound:
        found["metadata:s:a:0"] = language
    if not pictures:
        found["metadata:g:0"] = language
    if tags.title:
        found["metadata"] = f"title={_one_line(tags.title)}"
    if tags.comment:
        found["metadata:g"] = f"comment={_one_line(tags.comment)}"
    return found


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
