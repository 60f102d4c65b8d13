"""What a take's listeners get of a sound file: 16 kHz mono, on the frame grid."""

from __future__ import annotations

from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]  # the package has no types

from model.shapes import SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.ffmpeg import PROTOCOLS, REPRODUCIBLE, Graph, command, name_of
from pipeline.media.process import run_program
from pipeline.media.sound.wav import set_samples

TIMEOUT_S = 1800.0


def our_wav(path: Path) -> Graph:
    """A WAV file that we wrote ourselves, as ffmpeg's input."""
    return ffmpeg.input(name_of(path), protocol_whitelist=PROTOCOLS, format="wav")


def wav_output(sound: Graph, path: Path, codec: str) -> list[str]:
    """The command that writes a graph to a WAV file."""
    return command(
        sound.output(name_of(path), format="wav", acodec=codec, threads=1, **REPRODUCIBLE)
    )


def write_speech(sound: Path, speech: Path, frames: int) -> None:
    """The speech of a take from its sound at any rate. Raises `ProgramFailed`."""
    mono = (
        our_wav(sound)
        .filter("aresample", SPEECH_RATE)
        .filter("aformat", sample_fmts="s16", channel_layouts="mono")
    )
    run_program(wav_output(mono, speech, "pcm_s16le"), timeout_s=TIMEOUT_S)
    set_samples(speech, frames * SPEECH_SAMPLES_PER_FRAME)
