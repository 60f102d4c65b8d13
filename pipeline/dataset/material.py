"""Faces and speech that the teacher is given, read from folders."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from manifests.errors import ManifestUnusable
from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.media.recognition.align import phones_of_recording
from pipeline.media.sound.audio import AudioLimits, decode_narration
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.wav import read_info
from pipeline.phones import SILENCE, Phones, save_phones

SOUNDS = (".flac", ".wav")
MESH_POINTS = 468
PAUSES = {"PAU": SILENCE, "H#": SILENCE, "AX": "AH"}
"""What synthesisers call silence and the schwa."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacePicture:
    """A portrait's file, and its face mesh [468, 3] in its pixels."""

    name: str
    path: Path
    landmarks: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTake:
    """16 kHz speech as a take has it, its phones' file, and its length in frames."""

    name: str
    speech: Path
    phones: Path
    frames: int


def read_faces(folder: Path, landmarks: Path) -> tuple[FacePicture, ...]:
    """The pictures of `folder` that the .npz `landmarks` (`names`, `lm`) has meshes for."""
    try:
        with np.load(landmarks, allow_pickle=False) as columns:
            names, meshes = columns["names"], columns["lm"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise ManifestUnusable(
            "training_material", f"{landmarks} has no `names` and `lm` of face meshes: {error}"
        ) from error
    faces = tuple(
        FacePicture(name=str(name), path=folder / str(name), landmarks=mesh[:MESH_POINTS])
        for name, mesh in zip(names, meshes, strict=True)
        if (folder / str(name)).is_file()
    )
    if not faces:
        raise ManifestUnusable("training_material", f"{folder} has none of the pictures named")
    return faces


def read_speech_folder(folder: Path, cache: Path) -> tuple[SpokenTake, ...]:
    """Every sound under `folder` as a take. A .json of the same name with `phones` (start, stop,
    name) tells its phones; without one they are recognised."""
    sounds = sorted(path for path in folder.rglob("*") if path.suffix in SOUNDS)
    if not sounds:
        raise ManifestUnusable("training_material", f"{folder} has no {' or '.join(SOUNDS)} files")
    return tuple(_spoken(path, str(path.relative_to(folder)), cache) for path in sounds)


def _spoken(sound: Path, name: str, cache: Path) -> SpokenTake:
    digest = hashlib.sha256(sound.read_bytes()).hexdigest()[:32]
    place = cache / digest
    speech, phones = place / "speech.wav", place / "phones.npz"
    if not phones.is_file():
        _decode(sound, name, place)
    info = read_info(speech)
    frames = 0 if info is None else info.samples // SPEECH_SAMPLES_PER_FRAME
    return SpokenTake(name=name, speech=speech, phones=phones, frames=frames)


def _decode(sound: Path, name: str, place: Path) -> None:
    """`speech.wav` and `phones.npz` in `place`, whole or not there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.parent) as desk:
        made = Path(desk) / "made"
        made.mkdir()
        speech, mix = made / "speech.wav", Path(desk) / "mix.wav"
        decode_narration(sound, name=name, speech=speech, mix=mix, limits=AudioLimits())
        save_phones(_phones(sound.with_suffix(".json"), speech), made / "phones.npz")
        with suppress(OSError):  # another process was first with the same bytes
            made.rename(place)


def _phones(told: Path, speech: Path) -> Phones:
    if not told.is_file():
        return phones_of_recording(speech, speech_spans(speech))
    rows = json.loads(told.read_text(encoding="utf-8"))["phones"]
    return Phones(
        start_s=np.array([row[0] for row in rows], np.float64),
        stop_s=np.array([row[1] for row in rows], np.float64),
        names=tuple(PAUSES.get(row[2], row[2]) for row in rows),
        source="aligned",
    )
