"""Small media files, made where a test needs them: tones, pictures, sound in any container."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from model.shapes import MIX_SAMPLES_PER_FRAME
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program
from pipeline.media.sound.wav import MixWriter


def a_tone(
    samples: int, *, rate: int = 48_000, channels: int = 1, level: float = 0.5
) -> NDArray[np.int16]:
    """A rising tone that matches itself at no other place, int16 [samples, channels]."""
    time_s = np.arange(samples) / rate
    tone = level * 32767 * np.sin(2 * np.pi * (200 + 150 * time_s) * time_s)
    return np.repeat(np.rint(tone).astype("<i2")[:, None], channels, axis=1)


def a_wav(path: Path, pcm: NDArray[np.int16] | None = None, *, rate: int = 48_000) -> Path:
    """A 16-bit WAV of int16 [n, channels]; by default one second of a tone."""
    pcm = a_tone(rate, rate=rate) if pcm is None else pcm
    with wave.open(str(path), "wb") as file:
        file.setnchannels(pcm.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return path


def converted(source: Path, path: Path, *options: str) -> Path:
    """A file in the format that `path`'s suffix and ffmpeg's `options` name."""
    command = [program(), "-loglevel", "error", "-y", "-i", str(source), *options, str(path)]
    run_program(command, timeout_s=30)
    return path


def a_silent_video(path: Path, *, seconds: float = 1.0) -> Path:
    """A moving test picture without a sound track."""
    picture = f"testsrc2=size=128x128:rate=25:duration={seconds}"
    command = [program(), "-loglevel", "error", "-y", "-f", "lavfi", "-i", picture, str(path)]
    run_program(command, timeout_s=30)
    return path


def a_portrait() -> NDArray[np.uint8]:
    """The astronaut: one face, 512 x 512 RGB."""
    return np.asarray(data.astronaut(), np.uint8)


def some_frames(frames: int = 27, width: int = 96, height: int = 80) -> NDArray[np.uint8]:
    """A window that wanders over the astronaut's face, uint8 [frames, height, width, 3]."""
    image = a_portrait()
    return np.stack([image[60 + n % 200 :][:height, 170 : 170 + width] for n in range(frames)])


def batches(frames: NDArray[np.uint8], size: int = 8) -> Iterator[NDArray[np.uint8]]:
    return (frames[start : start + size] for start in range(0, len(frames), size))


def a_mix(path: Path, frames: int = 27, channels: int = 1) -> Path:
    """The 48 kHz, 24-bit sound of so many frames at 25 a second."""
    with MixWriter(path, channels=channels) as writer:
        tone = a_tone(frames * MIX_SAMPLES_PER_FRAME, channels=channels)
        writer.append(tone.astype(np.int32) * 256)
    return path


def a_jpeg(path: Path, image: NDArray[np.uint8] | None = None) -> Path:
    Image.fromarray(a_portrait() if image is None else image).save(path, quality=95)
    return path
