"""Narrations of any format into the two files of a take: 16 kHz speech and the 48 kHz mix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from manifests.errors import BadInput
from model.shapes import (
    MIX_RATE,
    MIX_SAMPLES_PER_FRAME,
    SPEECH_RATE,
    SPEECH_SAMPLES_PER_FRAME,
    frames_of,
)
from pipeline.media.ffmpeg import REPRODUCIBLE, Graph, blame, command, name_of, untrusted_input
from pipeline.media.probe import AudioHeader, longest_gap_s, read_audio_header
from pipeline.media.process import ProgramFailed, reading
from pipeline.media.wav import MixWriter, read_info, read_speech, set_samples, unpack24

BLOCK_BYTES = 288_000
"""One second of 24-bit stereo: whole samples for one channel and for two."""

SPEECH_BLOCK = 60 * SPEECH_RATE
"""Samples of speech that are looked at together."""

FULL_SCALE = 1 << 23
TIMEOUT_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLimits:
    """What a narration may be."""

    longest_s: float = 7200.0
    shortest_s: float = 0.2
    longest_gap_s: float = 60.0
    silent_dbfs: float = -60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration:
    """A decoded narration: `samples` at 48 kHz before padding, the source's `sample_rate`.

    `channels` are those of the mix, 1 or 2.
    """

    frames: int
    samples: int
    channels: int
    sample_rate: int
    peak_dbfs: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decoded:
    samples: int
    peak: int
    said: str


def decode_narration(
    source: Path, *, name: str, speech: Path, mix: Path, limits: AudioLimits
) -> Narration:
    """Decode `source`, which people know as `name`, in one pass and constant memory.

    `speech` becomes 16 kHz mono 16-bit, `mix` 48 kHz 24-bit mono or stereo (more channels are mixed
    down), both padded with silence to whole frames. 48 kHz PCM arrives in `mix` sample-exact.
    Raises `BadInput` (`audio_unreadable`, `audio_missing_stream`, `audio_empty`, `audio_silent`,
    `audio_gap`, `audio_out_of_phase`, `audio_too_long`, `audio_too_short`); nothing is left then.
    """
    if not source.stat().st_size:
        raise BadInput("audio_empty", f"{name} is empty; hand it over again.")
    header = read_audio_header(source, name=name)
    if header.length_s is not None and header.length_s > limits.longest_s:
        raise _too_long(name, limits)
    _check_gaps(source, name=name, header=header, limits=limits)
    try:
        decoded = _decode(source, name=name, speech=speech, mix=mix, header=header, limits=limits)
        narration = _narration(source, name=name, header=header, decoded=decoded)
        _check(narration, name=name, limits=limits)
        _check_phase(speech, name=name, limits=limits)
        set_samples(speech, narration.frames * SPEECH_SAMPLES_PER_FRAME)
    except BaseException:
        speech.unlink(missing_ok=True)
        mix.unlink(missing_ok=True)
        raise
    return narration


def _decode(
    source: Path, *, name: str, speech: Path, mix: Path, header: AudioHeader, limits: AudioLimits
) -> _Decoded:
    decoder = _decoder(source, header, speech)
    channels, peak = min(header.channels, 2), 0
    try:
        with (
            MixWriter(mix, channels=channels) as writer,
            reading(decoder, block_bytes=BLOCK_BYTES, timeout_s=TIMEOUT_S) as blocks,
        ):
            for block in blocks:
                peak = max(peak, _peak(block))
                writer.write(block)
                if writer.samples > limits.longest_s * MIX_RATE:
                    raise _too_long(name, limits)
            samples = writer.samples
            writer.pad_to(frames_of(samples, MIX_RATE) * MIX_SAMPLES_PER_FRAME)
    except ProgramFailed as failure:
        message = f"{name} cannot be decoded; play it to the end, and save it again as WAV."
        raise blame(failure, code="audio_unreadable", message=message) from failure
    return _Decoded(samples=samples, peak=peak, said=blocks.said)


def _decoder(source: Path, header: AudioHeader, speech: Path) -> list[str]:
    """Mix to stdout, speech to its file. Gaps in the time stamps become silence of their length."""
    sound = untrusted_input(source, itsoffset=header.lead_s, threads=1)[str(header.stream)]
    parts = sound.filter_multi_output("asplit")
    layout = "mono" if header.channels == 1 else "stereo"
    to_mix = _resampled(parts[0], MIX_RATE, sample_fmts="s32", channel_layouts=layout)
    to_speech = _resampled(parts[1], SPEECH_RATE, sample_fmts="s16", channel_layouts="mono")
    return command(
        to_mix.output("pipe:1", format="s24le", acodec="pcm_s24le", **REPRODUCIBLE),
        to_speech.output(name_of(speech), format="wav", acodec="pcm_s16le", **REPRODUCIBLE),
    )


def _resampled(sound: Graph, rate: int, **formats: str) -> Graph:
    timed = sound.filter("aresample", rate, **{"async": 1, "first_pts": 0})
    return timed.filter("aformat", **formats)


def _peak(block: bytes) -> int:
    samples = unpack24(block)
    return max(int(samples.max(initial=0)), -int(samples.min(initial=0)))


def _narration(source: Path, *, name: str, header: AudioHeader, decoded: _Decoded) -> Narration:
    peak_dbfs = 20 * math.log10(decoded.peak / FULL_SCALE) if decoded.peak else -math.inf
    return Narration(
        frames=frames_of(decoded.samples, MIX_RATE),
        samples=decoded.samples,
        channels=min(header.channels, 2),
        sample_rate=header.sample_rate,
        peak_dbfs=peak_dbfs,
        warnings=tuple(_warnings(source, name=name, header=header, said=decoded.said)),
    )


def _warnings(source: Path, *, name: str, header: AudioHeader, said: str) -> Iterator[str]:
    info = read_info(source)
    if info is not None and info.cut_short:
        yield (
            f"{name} ends early: its header announces {info.declared_bytes:,} bytes of sound,"
            f" {info.present_bytes:,} are there."
        )
    elif said:
        yield f"{name} is damaged in places; what could be decoded was used."
    if header.channels > 2:  # noqa: PLR2004  # stereo
        yield f"{name} has {header.channels} channels; they were mixed down to stereo."


def _check(narration: Narration, *, name: str, limits: AudioLimits) -> None:
    length_s = narration.samples / MIX_RATE
    if not narration.samples:
        raise BadInput("audio_empty", f"{name} holds no sound; hand it over again.")
    if length_s < limits.shortest_s:
        raise BadInput(
            "audio_too_short",
            f"{name} is {length_s:.2f} s long; at least {limits.shortest_s} s are needed.",
        )
    if narration.peak_dbfs < limits.silent_dbfs:
        raise BadInput(
            "audio_silent",
            f"{name} is silent: its peak stays below {limits.silent_dbfs:.0f} dBFS;"
            " check the recording.",
        )


def _check_gaps(source: Path, *, name: str, header: AudioHeader, limits: AudioLimits) -> None:
    """ffmpeg holds the silence of a whole gap in memory: an hour took 2.2 GB."""
    gap_s = longest_gap_s(source, name=name, header=header)
    if gap_s > limits.longest_gap_s:
        raise BadInput(
            "audio_gap", f"{name} has a hole of {gap_s:,.0f} s in its time stamps; export it again."
        )


def _check_phase(speech: Path, *, name: str, limits: AudioLimits) -> None:
    """Sides of opposite polarity are heard in stereo, and are nothing in mono."""
    if is_silent(speech, limits):
        raise BadInput(
            "audio_out_of_phase",
            f"{name} is silent in mono: its sides cancel out; turn one side's polarity.",
        )


def is_silent(speech: Path, limits: AudioLimits) -> bool:
    """Whether a 16 kHz file nowhere reaches what counts as sound."""
    silent = 10 ** (limits.silent_dbfs / 20)
    for start in count(step=SPEECH_BLOCK):
        block = read_speech(speech, start, start + SPEECH_BLOCK)
        if not len(block):
            break
        if np.abs(block).max() >= silent:
            return False
    return True


def _too_long(name: str, limits: AudioLimits) -> BadInput:
    return BadInput(
        "audio_too_long",
        f"{name} is longer than {limits.longest_s / 3600:g} h; cut it into several rows.",
    )
