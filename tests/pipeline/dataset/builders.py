"""Shots and real clips for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.dataset.shot import TrainingShot
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program
from pipeline.media.video import write_lossless
from tests.pipeline.animatic.takes import a_mesh, a_portrait, a_voice

SIDE = 64


@cache
def a_small_portrait() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The astronaut's portrait at 64 x 64, and its mesh there."""
    scale = SIDE / a_portrait().shape[0]
    small = cv2.resize(a_portrait(), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (a_mesh() * scale).astype(np.float32)


def a_shot(frames: int, *, heard: int | None = None, seed: int = 0) -> TrainingShot:
    """Noise with a real portrait: every frame and every row differs."""
    rng = np.random.default_rng(seed)
    portrait, landmarks = a_small_portrait()
    return TrainingShot(
        frames=rng.integers(0, 256, (frames, SIDE, SIDE, 3), dtype=np.uint8),
        portrait=portrait,
        landmarks=landmarks,
        speech=rng.standard_normal((heard or frames, 4, 6)).astype(np.float32),
        face=rng.standard_normal(8).astype(np.float32),
        prompt=np.zeros((1, 32), np.float32),
    )


def swaying(frames: int, by: float = 6.0) -> NDArray[np.uint8]:
    """The astronaut's head from side to side, `by` pixels each way, once a second."""
    shifts = by * np.sin(2 * np.pi * np.arange(frames) / FPS)
    return np.stack([moved(a_portrait(), shift) for shift in shifts])


def moved(picture: NDArray[np.uint8], right: float) -> NDArray[np.uint8]:
    turn = np.array([[1, 0, right], [0, 1, 0]])
    height, width = picture.shape[:2]
    drawn = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(drawn, np.uint8)


def a_clip(
    path: Path, frames: NDArray[np.uint8], *options: str, sound_frames: int | None = None
) -> Path:
    """H.264 with a voice, as a camera has it; `options` go to ffmpeg. 0 sound frames: none."""
    folder = path.parent / (path.name + ".parts")
    folder.mkdir()
    picture = folder / "picture.mkv"
    write_lossless([frames], picture, width=frames.shape[2], height=frames.shape[1])
    heard = len(frames) if sound_frames is None else sound_frames
    sound = ["-i", str(a_voice(folder / "voice.wav", heard))] if heard else []
    command = [program(), "-loglevel", "error", "-y", "-i", str(picture), *sound]
    run_program([*command, "-pix_fmt", "yuv420p", *options, str(path)], timeout_s=60)
    return path
