"""What renderers are held against: a take of a portrait and a sound, and the same take changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from manifests.artifact import Artifact, sha256_of
from manifests.errors import ManifestUnusable
from model.shapes import FPS, NEW_FRAMES, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.evaluate.takes import job_take
from pipeline.media.sound.wav import SpeechWriter, read_speech
from pipeline.phones import Phones, load_phones, save_phones
from pipeline.presets import Preset
from pipeline.renderer import TakeFiles

SYLLABLES_PER_S, VOICE_HZ = 4, 150
SYNTHESISED_FRAMES = 100

LATER_FRAMES = 30


def synthesised_voice(path: Path) -> Path:
    """Syllables of a buzzing tone, 4 s."""
    time_s = np.arange(SYNTHESISED_FRAMES * SPEECH_SAMPLES_PER_FRAME) / SPEECH_RATE
    tones = [np.sin(2 * np.pi * VOICE_HZ * number * time_s) / number for number in range(1, 20)]
    loudness = np.clip(np.sin(2 * np.pi * SYLLABLES_PER_S * time_s), 0, 1)
    with SpeechWriter(path) as writer:
        writer.append_speech((0.2 * np.sum(tones, axis=0) * loudness).astype(np.float32))
    return path


def conformance_take(portrait: Path, sound: Path | None, preset: Preset, folder: Path) -> TakeFiles:
    """The take as a night would make it. `ManifestUnusable` where the sound is too short."""
    folder.mkdir(parents=True, exist_ok=True)
    files = job_take(
        portrait.absolute(),
        sound.absolute() if sound else synthesised_voice(folder / "voice.wav"),
        preset,
        folder / "take",
    )
    if files.take.frames <= NEW_FRAMES:
        message = f"{sound} is too short: give a sound of 2 s or more, so that a chain has segments"
        raise ManifestUnusable("call_wrong", message)
    return files


def _with_portrait(
    files: TakeFiles, path: Path, change: Callable[[np.ndarray], np.ndarray]
) -> TakeFiles:
    cv2.imwrite(str(path), change(np.asarray(cv2.imread(str(files.portrait)))))
    take = replace(files.take, portrait=_artifact_of(path))
    return replace(files, take=take, portrait=path)


def with_darker_portrait(files: TakeFiles, folder: Path) -> TakeFiles:
    """Half as bright."""
    return _with_portrait(files, folder / "darker.png", lambda picture: picture // 2)


def _with_sound(
    files: TakeFiles, path: Path, change: Callable[[np.ndarray], np.ndarray]
) -> TakeFiles:
    with SpeechWriter(path) as writer:
        writer.append_speech(change(read_speech(files.speech).copy()))
    return replace(files, take=replace(files.take, speech=_artifact_of(path)), speech=path)


def with_quieter_sound(files: TakeFiles, folder: Path) -> TakeFiles:
    """A quarter as loud."""
    return _with_sound(files, folder / "quieter.wav", lambda samples: samples * np.float32(0.25))


def with_another_end(files: TakeFiles, folder: Path) -> TakeFiles:
    """The same sound, but for silence behind the first segment."""

    def change(samples: np.ndarray) -> np.ndarray:
        samples[NEW_FRAMES * SPEECH_SAMPLES_PER_FRAME :] = 0
        return samples

    return _with_sound(files, folder / "ended.wav", change)


def _with_landmarks(files: TakeFiles, path: Path, by_px: float) -> TakeFiles:
    points, head = np.load(files.landmarks, allow_pickle=False), files.take.head
    np.save(path, points + np.asarray([by_px, by_px, 0], points.dtype), allow_pickle=False)
    head = replace(head, left=head.left + by_px, top=head.top + by_px)
    take = replace(files.take, landmarks=_artifact_of(path), head=head)
    return replace(files, take=take, landmarks=path)


def with_moved_landmarks(files: TakeFiles, folder: Path) -> TakeFiles:
    """The mesh, and the head that is made of it, three pixels to the right and down."""
    return _with_landmarks(files, folder / "moved.npy", 3)


def another_take(files: TakeFiles, folder: Path, number: int) -> TakeFiles:
    """A take whose picture, sound and mesh are as those of no other `number`, up to 99."""
    share = 1 - number / 100
    files = _with_portrait(
        files, folder / f"{number}.png", lambda picture: (picture * share).astype(np.uint8)
    )
    files = _with_sound(
        files, folder / f"{number}.wav", lambda samples: samples * np.float32(share)
    )
    return _with_landmarks(files, folder / f"{number}.npy", number / 100)


def longer(files: TakeFiles, folder: Path) -> TakeFiles:
    """The take four times over, quieter each time: more segments, and no two alike."""
    times = np.asarray([1, 0.8, 0.6, 0.4], np.float32)
    files = _with_sound(
        files,
        folder / "longer.wav",
        lambda samples: np.outer(times, samples).reshape(-1),
    )
    return replace(files, take=replace(files.take, frames=len(times) * files.take.frames))


def behind_silence(files: TakeFiles, folder: Path) -> TakeFiles:
    """The take behind `LATER_FRAMES` of silence, in which nothing is spoken."""
    silence = np.zeros(LATER_FRAMES * SPEECH_SAMPLES_PER_FRAME, np.float32)
    path = folder / "later.npz"
    save_phones(load_phones(files.phones).shift(LATER_FRAMES / FPS), path)
    files = _with_sound(
        files, folder / "later.wav", lambda samples: np.concatenate([silence, samples])
    )
    frames = LATER_FRAMES + files.take.frames
    take = replace(files.take, frames=frames, phones=_artifact_of(path))
    return replace(files, take=take, phones=path)


def with_other_phones(files: TakeFiles, folder: Path) -> TakeFiles:
    """Open vowels from the beginning on."""
    path, names = folder / "spoken.npz", ("SIL", "AA", "M", "OW", "SIL")
    start_s = 0.2 * np.arange(len(names), dtype=np.float64)
    phones = Phones(start_s=start_s, stop_s=start_s + 0.2, names=names, source="aligned")
    save_phones(phones, path)
    return replace(files, take=replace(files.take, phones=_artifact_of(path)), phones=path)


def with_another_prompt(files: TakeFiles, folder: Path) -> TakeFiles:
    """Renderers that read prompts draw something else."""
    del folder
    return replace(files, prompt=f"{files.prompt} on a beach")


def elsewhere(files: TakeFiles, folder: Path) -> TakeFiles:
    """The very same take as another worker has it: other paths, another name."""
    folder = folder / "elsewhere"
    folder.mkdir()
    copies: dict[str, Any] = {
        name: folder / f"{name}-{getattr(files, name).name}" for name in INPUTS
    }
    for name, path in copies.items():
        shutil.copyfile(getattr(files, name), path)
    artifacts: dict[str, Any] = {name: _artifact_of(path) for name, path in copies.items()}
    take = replace(files.take, fingerprint="another", **artifacts)
    return replace(files, take=take, **copies)


INPUTS = ("portrait", "speech", "landmarks", "phones")
"""Files of a take that a renderer may read."""


def without_input(files: TakeFiles, name: str, folder: Path) -> TakeFiles:
    """A take one of whose files is not there."""
    lost: dict[str, Any] = {name: folder / f"no-{name}"}
    return replace(files, **lost)


def _artifact_of(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
