"""Takes for the animatic: the astronaut's portrait, phones by name, a voice made of tones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import torch
from numpy.typing import NDArray

from manifests.artifact import Artifact, sha256_of
from model.shapes import FPS, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.animatic.controls import Control
from pipeline.animatic.visemes import VISEMES
from pipeline.media.face.face import find_faces, head_box, landmarks_of
from pipeline.media.sound.wav import SpeechWriter
from pipeline.nouns import Take
from pipeline.phones import Phones, save_phones
from pipeline.renderer import TakeFiles

torch.set_num_threads(1)
cv2.setNumThreads(1)

SEED = 7
PHRASE = ("SIL", "HH", "AH", "L", "OW", "M", "AA", "P", "IY", "S", "UW", "F", "AY", "B", "SIL")


@cache
def a_portrait() -> NDArray[np.uint8]:
    """The astronaut's head and shoulders, [320, 320, 3]."""
    return np.ascontiguousarray(skimage.data.astronaut()[:320, 60:380])


@cache
def a_mesh() -> NDArray[np.float32]:
    return landmarks_of(a_portrait(), find_faces(a_portrait())[0]).points


def some_phones(names: tuple[str, ...] = PHRASE, each_s: float = 0.12, at_s: float = 0) -> Phones:
    start_s = at_s + each_s * np.arange(len(names))
    return Phones(start_s=start_s, stop_s=start_s + each_s, names=names, source="aligned")


def no_phones() -> Phones:
    return some_phones(())


def a_voice(path: Path, frames: int, silent: slice = slice(0, 0)) -> Path:
    """Syllables of a buzzing tone, four a second."""
    time_s = np.arange(frames * SPEECH_SAMPLES_PER_FRAME) / SPEECH_RATE
    tone = sum(np.sin(2 * np.pi * 150 * harmonic * time_s) / harmonic for harmonic in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * time_s), 0, 1)
    sound = 0.2 * tone * syllables
    sound[silent] = 0
    with SpeechWriter(path) as writer:
        writer.append_speech(sound.astype(np.float32))
    return path


def take_files(folder: Path, phones: Phones, frames: int, side: int = 320) -> TakeFiles:
    """With the portrait `side` pixels wide and high."""
    portrait, mesh = folder / "portrait.png", folder / "landmarks.npy"
    picture = cv2.resize(a_portrait(), (side, side), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(portrait), picture[..., ::-1])
    np.save(mesh, a_mesh() * np.float32(side / len(a_portrait())))
    save_phones(phones, folder / "phones.npz")
    speech = a_voice(folder / "speech.wav", frames)
    files = (speech, portrait, mesh, folder / "phones.npz")
    sound, drawn, points, spoken = (
        Artifact(uri=str(file), sha256=sha256_of(file), bytes=file.stat().st_size) for file in files
    )
    take = Take(
        fingerprint="take",
        frames=frames,
        width=side,
        height=side,
        speech=sound,
        mix=sound,
        portrait=drawn,
        landmarks=points,
        phones=spoken,
        words=spoken,
        head=head_box(mesh_points(mesh), side, side),
        spans=(),
        inputs=(),
        warnings=(),
    )
    return TakeFiles(
        take=take,
        prompt="",
        speech=speech,
        portrait=portrait,
        landmarks=mesh,
        phones=folder / "phones.npz",
    )


def mesh_points(path: Path) -> NDArray[np.float32]:
    points: NDArray[np.float32] = np.load(path)
    return points


def a_row(viseme: str = "SIL", **controls: float) -> NDArray[np.float32]:
    """One frame's controls: a viseme held, and other controls by lower-case name."""
    row = np.zeros(len(Control), np.float32)
    row[:8] = VISEMES[viseme]
    for name, value in controls.items():
        row[Control[name.upper()]] = value
    return row


def frame_at(time_s: float) -> int:
    return round(time_s * FPS)
