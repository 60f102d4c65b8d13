"""The sound tracks of a file as its header tells them, read with PyAV; nothing is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer

from manifests.errors import BadInput
from pipeline.media.ffmpeg import DEMUXERS, PROTOCOLS, UNTRUSTED, blame_library, name_of, program
from pipeline.media.process import ProgramFailed, run_program

EXACT_LENGTH = frozenset({"wav", "w64", "flac", "mov", "matroska", "caf", "aiff", "au"})
"""Containers whose header states the length; the others are guessed from the bit rate."""

TIMED = frozenset({"mov", "matroska", "ogg", "asf"})
"""Containers whose packets may leave a gap; the others are one stretch of sound."""

LONGEST_LEAD_S = 10.0
"""A first timestamp beyond this is a running clock, not silence that somebody meant."""

MOST_CHANNELS = 64
"""Of one track: ffmpeg's filters take no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioHeader:
    """A sound track that can be decoded.

    `number` counts the file's sound tracks from 1. `layout` is ffmpeg's name of the channels, as
    "5.1", or "6 channels" where nobody says what they are. `length_s` is None where the header does
    not tell. `lead_s` is how long after the time zero of its container the first stream starts.
    """

    stream: int
    number: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    length_s: float | None
    lead_s: float
    timed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTracks:
    """The tracks that can be decoded, the one that players take first; `left_out` tells of each
    other one what it is."""

    usable: tuple[AudioHeader, ...]
    left_out: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.usable) + len(self.left_out)


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


def read_sound_tracks(path: Path, *, name: str) -> SoundTracks:
    """Raises `BadInput` (`audio_unreadable`, `audio_missing_stream`)."""
    with opened(path, name=name) as container:
        streams = [each for each in container.streams if each.type == "audio"]
        if not streams:
            raise BadInput(
                "audio_missing_stream", f"{name} has no sound track; hand over a file with one."
            )
        best = container.streams.best("audio")
        usable = [
            _header(container, stream, path, number)
            for number, stream in enumerate(streams, start=1)
            if isinstance(stream, av.AudioStream) and not _fault(stream)
        ]
        usable.sort(key=lambda each: best is None or each.stream != best.index)  # stable
        faults = {at + 1: _fault(stream) for at, stream in enumerate(streams)}
    left_out = tuple(_left_out(path, faults))
    if not usable:
        raise BadInput(
            "audio_unreadable",
            f"{name} has no sound track that can be decoded ({'; '.join(left_out)});"
            " export the sound as WAV, FLAC, MP3 or M4A.",
        )
    return SoundTracks(usable=tuple(usable), left_out=left_out)


def read_audio_header(path: Path, *, name: str) -> AudioHeader:
    """Of the track that players take. Raises as `read_sound_tracks`."""
    return read_sound_tracks(path, name=name).usable[0]


def audio_length_s(path: Path) -> float | None:
    """Seconds as the header tells, None where it does not. Raises as `read_audio_header`."""
    return read_audio_header(path, name=path.name).length_s


def _fault(stream: object) -> str:
    """Why a track cannot be decoded, as far as its header tells; empty if it can."""
    if not isinstance(stream, av.AudioStream) or stream.codec_context is None:
        return "codec"
    if not 1 <= stream.channels <= MOST_CHANNELS:
        return f"{stream.channels} channels, where 1 to {MOST_CHANNELS} are taken"
    return "" if stream.rate else "a damaged header"


def _left_out(path: Path, faults: dict[int, str]) -> Iterator[str]:
    """Codecs without a decoder are named by ffmpeg alone."""
    codecs = _codecs(path) if "codec" in faults.values() else {}
    for number, fault in faults.items():
        if fault:
            told = f"the codec {codecs.get(number, 'unknown')}" if fault == "codec" else fault
            yield f"track {number}: {told}"


_TRACK = re.compile(r"^\s*Stream #0:\d+.*?: Audio: (\w+)(?: \(([^()/]+) /)?", re.MULTILINE)


def _codecs(path: Path) -> dict[int, str]:
    """The codec of each sound track, or where ffmpeg has no name either, the container's code."""
    known = ["-protocol_whitelist", PROTOCOLS, "-format_whitelist", DEMUXERS]
    try:
        said = run_program(
            [program(), "-hide_banner", *known, "-i", name_of(path)], timeout_s=60
        ).said
    except ProgramFailed as failure:  # as always: it was given nothing to write
        said = failure.said
    found = enumerate(_TRACK.findall(said), start=1)
    return {number: tag.strip() if name == "none" else name for number, (name, tag) in found}


def _header(
    container: InputContainer, stream: av.AudioStream, path: Path, number: int
) -> AudioHeader:
    return AudioHeader(
        stream=stream.index,
        number=number,
        codec=stream.codec_context.name,
        channels=stream.channels,
        layout=stream.layout.name,
        sample_rate=stream.rate,
        length_s=_length_s(container, stream, path),
        lead_s=_lead_s(container),
        timed=bool(_kinds(container) & TIMED),
    )


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
    if not header.timed:
        return longest_s
    with opened(path, name=name) as container, suppress(av.FFmpegError):  # decoding finds damage
        end_s = (container.start_time or 0) / av.time_base
        for packet in container.demux(container.streams[header.stream]):
            if packet.pts is not None:
                start_s = float(packet.pts * packet.time_base)
                longest_s = max(longest_s, start_s - end_s)
                end_s = start_s + float((packet.duration or 0) * packet.time_base)
    return longest_s
