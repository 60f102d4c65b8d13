"""Recordings that are not what they seem: voices, many tracks, wrong headers, broken samples."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program
from pipeline.media.sound.wav import read_pcm
from tests.said_once import made_once
from tests.spoken import speak_all, spoken_in_english

RATE = 48_000
SENTENCE = "Good evening and welcome. Tomorrow morning all the videos will be here."

Sound = NDArray[np.float64]
"""[n] or [n, channels] at 48 kHz, full scale at 1."""

Sound16 = NDArray[np.float32]
"""[n] at 16 kHz."""


@cache
def a_voice() -> Sound:
    """Somebody who says a sentence, peak at 0.5, by the best voice of this machine."""
    samples = read_pcm(made_once("voice.wav", _speak))[:, 0] / (1 << 23)
    voice: Sound = 0.5 * samples / np.abs(samples).max()
    voice.flags.writeable = False
    return voice


def _speak(mix: Path) -> None:
    speak_all()
    spoken_in_english(SENTENCE, mix=mix)


def syllables(count: int, *, seed: int, pace: float = 1.0, throat: float = 1.0) -> Sound16:
    """Somebody who says made-up syllables, with a pause of 0.4 s behind every twelfth: float32 [n]
    at 16 kHz. Slower with a higher `pace`, and with higher resonances with a higher `throat`."""
    from scipy.signal import lfilter  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    draw, breath = np.random.default_rng(seed), np.random.default_rng(seed)
    parts = []
    for index in range(count):
        length = round(pace * draw.uniform(0.1, 0.22) * SPEECH_RATE)
        sound = np.where(np.arange(length) % 140 == 0, 1.0, 0.0) + breath.normal(size=length) * 0.02
        for hertz in throat * draw.uniform((250, 900, 2300), (850, 2200, 3400)):
            turn = 2 * np.cos(2 * np.pi * hertz / SPEECH_RATE)
            sound = lfilter([1.0], [1.0, -0.97 * turn, 0.97**2], sound)
        parts.append(0.2 * sound / np.abs(sound).max() * np.hanning(length) ** 0.3)
        if index % 12 == 11:
            parts.append(np.zeros(round(pace * 0.4 * SPEECH_RATE)))
    return np.concatenate(parts).astype(np.float32)


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
