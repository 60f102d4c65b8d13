"""Recordings that are not what they seem: voices, many tracks, wrong headers, broken samples."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile
from numpy.typing import NDArray

from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program
from pipeline.media.sound.wav import read_pcm
from pipeline.media.voice.speech import choose_voice, speak_script

RATE = 48_000
SENTENCE = "Good evening and welcome. Tomorrow morning all the videos will be here."

Sound = NDArray[np.float64]
"""[n] or [n, channels] at 48 kHz, full scale at 1."""


@cache
def a_voice() -> Sound:
    """Somebody who says a sentence, peak at 0.5, by the best voice of this machine."""
    with TemporaryDirectory() as folder:
        speech, mix = Path(folder) / "speech.wav", Path(folder) / "mix.wav"
        speak_script(SENTENCE, choose_voice("en", None), speech=speech, mix=mix)
        samples = read_pcm(mix)[:, 0] / (1 << 23)
    voice: Sound = 0.5 * samples / np.abs(samples).max()
    voice.flags.writeable = False
    return voice


def music(samples: int, level: float = 0.2) -> Sound:
    """Three notes that swell twice a second."""
    time_s = np.arange(samples) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * time_s) for hertz in (220, 277, 330))
    notes: Sound = level / 3 * chord * (1 + 0.8 * np.sin(4 * np.pi * time_s)) / 1.8
    return notes


def sides(*channels: Sound) -> Sound:
    return np.stack(channels, axis=1)


def a_recording(
    path: Path, sound: Sound, subtype: str = "PCM_24", *, rate: int = RATE, form: str = "WAV"
) -> Path:
    soundfile.write(path, sound, rate, subtype=subtype, format=form)
    return path


def with_tracks(path: Path, *sounds: Path, options: tuple[str, ...] = ("-c:a", "aac")) -> Path:
    """A file that has each of `sounds` as a track of its own."""
    inputs = [word for sound in sounds for word in ("-i", str(sound))]
    maps = [word for at in range(len(sounds)) for word in ("-map", f"{at}:a")]
    command = [program(), "-loglevel", "error", "-y", *inputs, *maps, *options, str(path)]
    run_program(command, timeout_s=60)
    return path


def without_decoder(movie: Path, track: int, code: bytes = b"mhm1") -> Path:
    """Give an AAC track of a movie the code of a codec that nothing here decodes (MPEG-H)."""
    data = bytearray(movie.read_bytes())
    at = 0
    for _ in range(track + 1):
        at = data.index(b"stsd", at) + 4
    at = data.index(b"mp4a", at)
    data[at : at + 4] = code
    settings = data.index(b"esds", at)
    data[settings : settings + 4] = b"free"
    movie.write_bytes(data)
    return movie


def announcing(wav: Path, data_bytes: int) -> Path:
    """Change what a plain WAV's header says of its sound."""
    data = bytearray(wav.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", data_bytes)
    wav.write_bytes(data)
    return wav


def flipped(path: Path, at: int) -> Path:
    """One bit of a file turned over."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)
    return path
