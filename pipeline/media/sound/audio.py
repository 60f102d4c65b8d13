"""Narrations of any format into the two files of a take: 16 kHz speech and the 48 kHz mix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from manifests.errors import BadInput
from model.shapes import MIX_RATE, SPEECH_RATE, frames_of
from pipeline.media.sound.mixdown import LARGEST, SoundWritten, TakeSound, write_sound
from pipeline.media.sound.recording import Recording, checksum_wrong, survey_of
from pipeline.media.sound.riff import read_announced
from pipeline.media.sound.survey import (
    STEREO,
    Mend,
    SoundSurvey,
    channel_to_take,
    told_of_channels,
    told_of_clipping,
    told_of_gain,
    told_of_level,
)
from pipeline.media.sound.track_choice import choose_track
from pipeline.media.sound.tracks import longest_gap_s, read_sound_tracks
from pipeline.media.sound.wav import read_speech

SOUND = "sound/2"
"""How recordings and beds are read; names of takes hold it."""

SPEECH_BLOCK = 60 * SPEECH_RATE
"""Samples of speech that are looked at together."""

_GOES_ON = ("Channel change is not supported", "failed to create or replace stream")
"""What ffmpeg says of a stream that another one follows, of other channels or another codec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLimits:
    """What a narration may be."""

    longest_s: float = 7200.0
    shortest_s: float = 0.2
    longest_gap_s: float = 60.0
    silent_dbfs: float = -60.0

    def __post_init__(self) -> None:
        if min(self.longest_s, self.shortest_s, self.longest_gap_s) <= 0:
            raise ValueError("all limits of recordings in seconds must be above 0")


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


def decode_narration(
    source: Path, *, name: str, speech: Path, mix: Path, limits: AudioLimits
) -> Narration:
    """Decode `source`, which people know as `name`, in constant memory: first to look at all its
    samples, then to write them.

    `speech` becomes 16 kHz mono 16-bit, `mix` 48 kHz 24-bit mono or stereo (more channels are mixed
    down), both padded with silence to whole frames. 48 kHz PCM arrives in `mix` sample-exact, but
    for what the warnings tell: one channel taken alone, or all of it turned down.
    Raises `BadInput` (`audio_unreadable`, `audio_missing_stream`, `audio_empty`, `audio_silent`,
    `audio_gap`, `audio_out_of_phase`, `audio_too_long`, `audio_too_short`, `audio_wrong_samples`);
    nothing is left then.
    """
    return _decoded(source, name, TakeSound(speech=speech, mix=mix), limits, voice=True)


def decode_bed(
    source: Path, *, name: str, speech: Path, mix: Path, limits: AudioLimits
) -> Narration:
    """The same for music and effects: the first track that sounds, with both its sides."""
    return _decoded(source, name, TakeSound(speech=speech, mix=mix), limits, voice=False)


def _decoded(
    source: Path, name: str, files: TakeSound, limits: AudioLimits, *, voice: bool
) -> Narration:
    if not source.stat().st_size:
        raise BadInput("audio_empty", f"{name} is empty; hand it over again.")
    choice = choose_track(source, name, read_sound_tracks(source, name=name), voice=voice)
    recording, silent = choice.recording, 10 ** (limits.silent_dbfs / 20)
    survey, said = _looked_at(recording, limits)
    only = channel_to_take(survey, silent, voice=voice) if choice.only is None else choice.only
    try:
        written, mend = _written(recording, Mend(only=only), files, limits)
        _check_written(written, files.speech if voice else None, name, limits)
    except BaseException:
        files.drop()
        raise
    warnings = (
        *choice.warnings,
        *(told_of_channels(survey, silent, name, voice=voice) if choice.only is None else ()),
        *_told_of_damage(recording, said),
        *_told_of_mixing(recording, mend),
        *told_of_clipping(survey, name),
        *(told_of_level(survey, name) if voice else ()),
        *told_of_gain(mend.gain, name),
    )
    return Narration(
        frames=frames_of(written.samples, MIX_RATE),
        samples=written.samples,
        channels=written.channels,
        sample_rate=recording.header.sample_rate,
        peak_dbfs=20 * math.log10(written.peak) if written.peak else -math.inf,
        warnings=warnings,
    )


def _looked_at(recording: Recording, limits: AudioLimits) -> tuple[SoundSurvey, str]:
    """What the samples tell, and what ffmpeg said; refuses what is no sound."""
    name, header = recording.name, recording.header
    if header.length_s is not None and header.length_s > limits.longest_s:
        raise _too_long(name, limits)
    gap_s = longest_gap_s(recording.source, name=name, header=header)
    if gap_s > limits.longest_gap_s:  # ffmpeg holds the silence of a gap in memory: 2.2 GB an hour
        raise BadInput(
            "audio_gap", f"{name} has a hole of {gap_s:,.0f} s in its time stamps; export it again."
        )
    survey, said = survey_of(recording, longest=limits.longest_s * header.sample_rate)
    _check_samples(survey, said, name=name, limits=limits)
    if survey.samples > limits.longest_s * header.sample_rate:
        raise _too_long(name, limits)
    return survey, said


def _check_samples(survey: SoundSurvey, said: str, *, name: str, limits: AudioLimits) -> None:
    if not survey.samples:
        raise BadInput("audio_empty", f"{name} holds no sound; hand it over again.")
    if survey.wrong:
        raise BadInput(
            "audio_wrong_samples",
            f"{name} holds {survey.wrong:,} samples that are no number or no sound (NaN, infinite,"
            " 60 dB over full scale); export it again without the effect that made them.",
        )
    if survey.swing.max() < 10 ** (limits.silent_dbfs / 20):
        raise BadInput(
            "audio_silent",
            f"{name} is silent: its peak stays below {limits.silent_dbfs:.0f} dBFS;"
            " check the recording.",
        )
    if any(each in said for each in _GOES_ON):
        raise BadInput(
            "audio_unreadable",
            f"{name} is several recordings in a row, of different formats, and only the first can"
            " be decoded; export it as one WAV.",
        )


def _written(
    recording: Recording, mend: Mend, files: TakeSound, limits: AudioLimits
) -> tuple[SoundWritten, Mend]:
    """Write both files; once more, with one gain for all of it, where it goes over full scale."""
    longest = int(limits.longest_s * MIX_RATE)
    written = write_sound(recording, mend, files, longest=longest)
    if written.samples > longest:
        raise _too_long(recording.name, limits)
    if written.peak > 1:
        mend = replace(mend, gain=LARGEST / written.peak)
        written = write_sound(recording, mend, files, longest=longest)
    return written, mend


def _check_written(
    written: SoundWritten, speech: Path | None, name: str, limits: AudioLimits
) -> None:
    length_s = written.samples / MIX_RATE
    if length_s < limits.shortest_s:
        raise BadInput(
            "audio_too_short",
            f"{name} is {length_s:.2f} s long; at least {limits.shortest_s} s are needed.",
        )
    if speech is not None and is_silent(speech, limits):
        raise BadInput(
            "audio_out_of_phase",
            f"{name} is silent in mono: its channels cancel out; turn one side's polarity.",
        )


def _told_of_damage(recording: Recording, said: str) -> Iterator[str]:
    name = recording.name
    announced = read_announced(recording.source)
    if announced is not None and announced.cut_short:
        yield (
            f"audio_cut_short: {name} ends early: its header announces"
            f" {announced.declared_bytes:,} bytes of sound, {announced.present_bytes:,} are there"
        )
    elif recording.runs_on:
        yield (
            f"audio_runs_on: {name} goes on after the end that its header announces; all of it"
            " was taken"
        )
    if checksum_wrong(recording, said):
        yield (
            f"audio_checksum: {name} is not what was recorded: its checksum is of other samples;"
            " copy it again, or export it again"
        )
    elif said and not (announced is not None and announced.cut_short):
        yield f"audio_damaged: {name} is damaged in places; what could be decoded was used"


def _told_of_mixing(recording: Recording, mend: Mend) -> Iterator[str]:
    channels = recording.header.channels
    if channels > STEREO and mend.only is None:
        name = recording.name
        yield f"mixed_down: {name} has {channels} channels; they were mixed down to stereo"


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
