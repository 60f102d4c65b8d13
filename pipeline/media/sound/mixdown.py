"""From a recording, as it was found to be, to the two files of a take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.shapes import (
    MIX_RATE,
    MIX_SAMPLES_PER_FRAME,
    SPEECH_RATE,
    SPEECH_SAMPLES_PER_FRAME,
    frames_of,
)
from pipeline.media.ffmpeg import REPRODUCIBLE, Graph, command, name_of
from pipeline.media.process import ProgramFailed
from pipeline.media.sound.recording import Recording, float_blocks
from pipeline.media.sound.survey import STEREO, Mend, Samples, peak_of
from pipeline.media.sound.tracks import AudioHeader
from pipeline.media.sound.wav import MixWriter, set_samples

FULL_SCALE = 1 << 23
LARGEST = (FULL_SCALE - 1) / FULL_SCALE
"""The highest sample of 24 bits."""

MOST_GUESSED = 8
"""Channels that nobody names are taken as usual (5.1 and the like) up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSound:
    """Where the sound of a take is written: at 16 kHz for the networks, at 48 kHz for delivery."""

    speech: Path
    mix: Path

    def drop(self) -> None:
        self.speech.unlink(missing_ok=True)
        self.mix.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundWritten:
    """What was written: `samples` at 48 kHz before padding, and how far they go (full scale 1)."""

    samples: int
    channels: int
    peak: float


def write_sound(
    recording: Recording, mend: Mend, files: TakeSound, *, longest: int
) -> SoundWritten:
    """Write both files, padded to whole frames; what goes over full scale is cut off, and told by
    the peak. It ends early, unpadded, after `longest` samples. Raises `BadInput`."""
    channels = channels_of(recording.header, mend)
    decoder = _decoder(recording, mend, files.speech)
    peak = 0.0
    try:
        with (
            MixWriter(files.mix, channels=channels) as writer,
            float_blocks(decoder, rate=MIX_RATE, channels=channels) as blocks,
        ):
            for block in blocks:
                peak = max(peak, peak_of(block))
                writer.append(_pcm(block))
                if writer.samples > longest:
                    return SoundWritten(samples=writer.samples, channels=channels, peak=peak)
            samples = writer.samples
            writer.pad_to(frames_of(samples, MIX_RATE) * MIX_SAMPLES_PER_FRAME)
    except ProgramFailed as failure:
        raise recording.unreadable(failure) from failure
    set_samples(files.speech, frames_of(samples, MIX_RATE) * SPEECH_SAMPLES_PER_FRAME)
    return SoundWritten(samples=samples, channels=channels, peak=peak)


def channels_of(header: AudioHeader, mend: Mend) -> int:
    return 1 if mend.only is not None else min(header.channels, STEREO)


def _pcm(block: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    whole = np.rint(block.astype(np.float64) * FULL_SCALE)
    return np.clip(whole, -FULL_SCALE, FULL_SCALE - 1).astype(np.int32)


def _decoder(recording: Recording, mend: Mend, speech: Path) -> list[str]:
    """Mix to stdout, speech to its file."""
    header = recording.header
    sound = _mended(recording.sound(itsoffset=header.lead_s), header, mend)
    parts = sound.filter_multi_output("asplit")
    layout = "mono" if channels_of(header, mend) == 1 else "stereo"
    to_mix = _resampled(parts[0], header, MIX_RATE, sample_fmts="flt", channel_layouts=layout)
    to_speech = _resampled(parts[1], header, SPEECH_RATE, sample_fmts="s16", channel_layouts="mono")
    return command(
        to_mix.output("pipe:1", format="f32le", acodec="pcm_f32le", **REPRODUCIBLE),
        to_speech.output(name_of(speech), format="wav", acodec="pcm_s16le", **REPRODUCIBLE),
    )


def _mended(sound: Graph, header: AudioHeader, mend: Mend) -> Graph:
    """The one channel that is taken, or two: mixed down in floats, where ffmpeg turns nothing down
    beforehand, so that a voice in the centre keeps its loudness."""
    if mend.only is not None:
        sound = sound.filter("pan", f"mono|c0<c{mend.only}")
    elif header.channels > STEREO:
        sound = sound.filter("aformat", sample_fmts="flt")
        sound = _to_stereo(sound, header)
    if mend.gain != 1:
        wide = sound.filter("aformat", sample_fmts="flt")
        sound = wide.filter("volume", f"{mend.gain:.9f}", precision="float")
    return sound


def _to_stereo(sound: Graph, header: AudioHeader) -> Graph:
    if header.channels > MOST_GUESSED and header.layout == f"{header.channels} channels":
        each = "+".join(f"c{number}" for number in range(header.channels))
        mean = sound.filter("pan", f"stereo|c0<{each}|c1<{each}")
        return mean.filter("volume", f"{header.channels**0.5:.9f}", precision="float")
    return sound.filter("aformat", sample_fmts="flt", channel_layouts="stereo")


def _resampled(sound: Graph, header: AudioHeader, rate: int, **formats: str) -> Graph:
    """Where time stamps mean something, gaps in them become silence of their length."""
    timing = {"async": 1, "first_pts": 0} if header.timed else {}
    return sound.filter("aresample", rate, **timing).filter("aformat", **formats)
