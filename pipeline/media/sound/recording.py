"""One sound track of a studio's file, decoded as it is: its own rate and channels, in floats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from manifests.errors import RushesError
from pipeline.media.ffmpeg import Graph, blame, command, untrusted_input
from pipeline.media.process import Output, ProgramFailed, reading, run_program
from pipeline.media.sound.riff import read_announced
from pipeline.media.sound.survey import Samples, SoundSurvey
from pipeline.media.sound.tracks import AudioHeader

_PCM = {8: "pcm_s8", 16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"}
_HEADER_BYTES = 42
"""A FLAC file's mark, and its first part with the MD5 of all samples at the end."""


def checksum_wrong(recording: Recording, said: str) -> bool:
    """Whether decoding, where ffmpeg `said` something, or the sum over all samples tells of other
    bytes than were written."""
    if "CRC" in said:
        return True
    kept = _kept_md5(recording.source)
    return kept is not None and kept[1] != _md5(recording, _PCM[kept[0]])


def _kept_md5(path: Path) -> tuple[int, str] | None:
    """The bits of a sample and the MD5 that a FLAC file keeps of them all; None if it keeps none,
    or of samples that ffmpeg would widen first."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[:4] != b"fLaC" or not any(head[26:]):
        return None
    bits = ((head[20] & 1) << 4 | head[21] >> 4) + 1
    return (bits, head[26:].hex()) if bits in _PCM else None


def _md5(recording: Recording, codec: str) -> str:
    sums = command(recording.sound().output("pipe:1", format="md5", acodec=codec))
    try:
        return run_program(sums, timeout_s=TIMEOUT_S).output.decode().strip().removeprefix("MD5=")
    except ProgramFailed as failure:
        raise recording.unreadable(failure) from failure


TIMEOUT_S = 1800.0

_CODEC = re.compile(r"\[(\w+) @ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The track `header` of the file `source`, which people know as `name`. Where a WAV's header
    announces less sound than there is, it `runs_on` to the end of the file."""

    source: Path
    name: str
    header: AudioHeader
    runs_on: bool

    def sound(self, **options: str | float) -> Graph:
        """Its track as ffmpeg's input."""
        if self.runs_on:
            options["ignore_length"] = 1
        return untrusted_input(self.source, threads=1, **options)[str(self.header.stream)]

    def unreadable(self, failure: ProgramFailed) -> RushesError:
        """Raised where decoding ended with an error."""
        message = f"{self.name} cannot be decoded; play it to the end, and save it again as WAV."
        return blame(failure, code="audio_unreadable", message=message)


def recording_of(source: Path, name: str, header: AudioHeader) -> Recording:
    announced = read_announced(source)
    runs_on = announced is not None and announced.more_bytes > 0
    return Recording(source=source, name=name, header=header, runs_on=runs_on)


@dataclass(slots=True)
class FloatBlocks:
    """Samples [n, channels] of a graph as they are decoded; `said` is what ffmpeg told at the
    end."""

    output: Output
    channels: int

    def __iter__(self) -> Iterator[Samples]:
        for block in self.output:
            whole = len(block) - len(block) % (4 * self.channels)
            yield np.frombuffer(block[:whole], "<f4").reshape(-1, self.channels)

    @property
    def said(self) -> str:
        return self.output.said


@contextmanager
def float_blocks(command_line: list[str], *, rate: int, channels: int) -> Iterator[FloatBlocks]:
    """The standard output of a command that writes raw floats, in blocks of about a second."""
    block = 4 * channels * (2 * rate // max(channels, 2))
    with reading(command_line, block_bytes=block, timeout_s=TIMEOUT_S) as output:
        yield FloatBlocks(output, channels)


def as_it_is(recording: Recording, rate: int, **options: str | float) -> list[str]:
    """The command that decodes all channels of a recording at one `rate`, one after another: a
    track may change both on its way."""
    sound = recording.sound(**options).filter("aresample", rate)
    layout = recording.header.layout
    wide = sound.filter("aformat", sample_fmts="flt", channel_layouts=layout)
    return command(wide.output("pipe:1", format="f32le", acodec="pcm_f32le"))


def survey_of(recording: Recording, *, longest: float) -> tuple[SoundSurvey, str]:
    """Facts of the whole track, or of its first `longest` samples and a few more; and what ffmpeg
    complained of. Raises `BadInput("audio_unreadable")`."""
    header = recording.header
    survey = SoundSurvey(header.channels)
    heard = as_it_is(recording, header.sample_rate, err_detect="crccheck")
    try:
        with float_blocks(heard, rate=header.sample_rate, channels=header.channels) as blocks:
            for block in blocks:
                survey.hear(block)
                if survey.samples > longest:
                    return survey, ""
            return survey, _said_of(header.codec, blocks.said)
    except ProgramFailed as failure:
        raise recording.unreadable(failure) from failure


def _said_of(codec: str, said: str) -> str:
    """Without the complaints of other tracks' decoders, which ffmpeg tries at opening."""
    named = [(_CODEC.match(line), line) for line in said.splitlines()]
    return "\n".join(
        line
        for who, line in named
        if who is None or who[1] not in av.codecs_available or codec.startswith(who[1])
    )
