"""What a media file says of itself, read with PyAV and nothing decoded that need not be."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from manifests.errors import BadInput, Transient
from pipeline.media.ffmpeg import UNTRUSTED, blame_library, name_of

EXACT_LENGTH = frozenset({"wav", "w64", "flac", "mov", "matroska", "caf", "aiff", "au"})
"""Containers whose header states the length; the others are guessed from the bit rate."""

TIMED = frozenset({"mov", "matroska", "ogg", "asf"})
"""Containers whose packets may leave a gap; the others are one stretch of sound."""

LONGEST_LEAD_S = 10.0
"""A first timestamp beyond this is a running clock, not silence that somebody meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioHeader:
    """The sound track that would be decoded.

    `length_s` is None where the header does not tell. `lead_s` is how long after the time zero of
    its container the first stream starts.
    """

    stream: int
    channels: int
    sample_rate: int
    length_s: float | None
    lead_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """A finished video. Colour tags are their numbers in ITU-T H.273 (1 is BT.709)."""

    frames: int
    fps: Fraction
    width: int
    height: int
    duration_s: float
    video_codec: str
    profile: str
    pix_fmt: str
    color_primaries: int
    color_trc: int
    colorspace: int
    full_range: bool
    audio_codec: str | None
    audio_rate: int
    audio_channels: int
    audio_duration_s: float
    audio_language: str | None
    faststart: bool


@contextmanager
def opened(path: Path, *, name: str) -> Iterator[InputContainer]:
    """A studio's file, open: whitelisted containers, and no other file or address."""
    try:
        container = av.open(name_of(path), options=dict(UNTRUSTED), metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        message = (
            f"{name} is not sound in a format that is taken; save it as WAV, FLAC, MP3 or M4A."
        )
        raise blame_library(error, code="audio_unreadable", message=message) from error
    with container:
        yield container


def read_audio_header(path: Path, *, name: str) -> AudioHeader:
    """Raises `BadInput` (`audio_unreadable`, `audio_missing_stream`)."""
    with opened(path, name=name) as container:
        stream = container.streams.best("audio")
        if stream is None:
            raise BadInput(
                "audio_missing_stream", f"{name} has no sound track; hand over a file with one."
            )
        if not isinstance(stream, av.AudioStream) or not stream.rate or not stream.channels:
            raise BadInput(
                "audio_unreadable", f"{name} has a damaged header; save it again as WAV."
            )
        return AudioHeader(
            stream=stream.index,
            channels=stream.channels,
            sample_rate=stream.rate,
            length_s=_length_s(container, stream, path),
            lead_s=_lead_s(container),
        )


def audio_length_s(path: Path) -> float | None:
    """Seconds as the header tells, None where it does not. Raises as `read_audio_header`."""
    return read_audio_header(path, name=path.name).length_s


def _kinds(container: InputContainer) -> set[str]:
    return set(container.format.name.split(","))


def _length_s(container: InputContainer, stream: av.AudioStream, path: Path) -> float | None:
    if not _kinds(container) & EXACT_LENGTH:
        return None
    if stream.duration is not None and stream.time_base is not None:
        length_s = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        length_s = container.duration / av.time_base
    else:
        return None
    if stream.codec_context.name.startswith("pcm_") and stream.codec_context.bit_rate:
        # a header may announce more than the file holds
        length_s = min(length_s, 8 * path.stat().st_size / stream.codec_context.bit_rate)
    return length_s


def _lead_s(container: InputContainer) -> float:
    """Only where time zero means something; elsewhere a late start is the encoder's delay."""
    start_s = (container.start_time or 0) / av.time_base
    timed = bool(_kinds(container) & {"mov", "matroska"})
    return start_s if timed and 0 < start_s <= LONGEST_LEAD_S else 0.0


def longest_gap_s(path: Path, *, name: str, header: AudioHeader) -> float:
    """The longest stretch of time stamps without sound, from the packets; nothing is decoded."""
    longest_s = 0.0
    with opened(path, name=name) as container, suppress(av.FFmpegError):  # decoding finds damage
        if not _kinds(container) & TIMED:
            return longest_s
        end_s = (container.start_time or 0) / av.time_base
        for packet in container.demux(container.streams[header.stream]):
            if packet.pts is not None:
                start_s = float(packet.pts * packet.time_base)
                longest_s = max(longest_s, start_s - end_s)
                end_s = start_s + float((packet.duration or 0) * packet.time_base)
    return longest_s


def probe_video(path: Path) -> VideoFacts:
    """What our own encode made: counts its packets and decodes none. Raises `Transient`."""
    try:
        with av.open(name_of(path), options=dict(UNTRUSTED)) as container:
            return _video_facts(container, path)
    except (av.FFmpegError, IndexError) as error:
        raise Transient(
            "encode_incomplete", f"{path.name} is not a video; it is encoded again"
        ) from error


def _video_facts(container: InputContainer, path: Path) -> VideoFacts:
    video = container.streams.video[0]
    audio = container.streams.best("audio")
    sound = audio if isinstance(audio, av.AudioStream) else None
    context = video.codec_context
    fps = video.average_rate or Fraction(0)
    frames = video.frames or sum(1 for packet in container.demux(video) if packet.size)
    return VideoFacts(
        frames=frames,
        fps=Fraction(fps),
        width=video.width,
        height=video.height,
        duration_s=float(frames / fps) if fps else 0.0,
        video_codec=context.name,
        profile=context.profile or "",
        pix_fmt=context.pix_fmt or "",
        color_primaries=int(context.color_primaries),
        color_trc=int(context.color_trc),
        colorspace=int(context.colorspace),
        full_range=int(context.color_range) == 2,  # noqa: PLR2004  # AVCOL_RANGE_JPEG
        audio_codec=sound.codec_context.name if sound else None,
        audio_rate=sound.rate if sound else 0,
        audio_channels=sound.channels if sound else 0,
        audio_duration_s=_stream_s(sound) if sound else 0.0,
        audio_language=sound.language if sound else None,
        faststart=_is_faststart(path),
    )


def _stream_s(stream: av.AudioStream) -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return float(stream.duration * stream.time_base)


def _is_faststart(path: Path) -> bool:
    """Whether an MP4's index comes before its samples, so that playing starts while it loads."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:  # noqa: PLR2004  # a box's size and name
            length, name = struct.unpack(">I4s", head)
            if name in (b"moov", b"mdat"):
                return bool(name == b"moov")
            if length == 1:
                length = struct.unpack(">Q", file.read(8))[0] - 8
            if length < 8 or file.tell() + length - 8 > size:  # noqa: PLR2004
                return False
            file.seek(length - 8, 1)
    return False
