"""Takes for a renderer's door without a run: files in a folder, made as the prepare stage does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.artifact import Artifact, sha256_of
from manifests.job import Job
from model.shapes import FPS, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.dataset.material import FacePicture, SpokenTake
from pipeline.limits import Limits
from pipeline.media.face.face import head_box
from pipeline.media.face.facemesh import load_mesh
from pipeline.media.picture.image import ImageLimits, open_portrait, save_png
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.wav import SpeechWriter, read_info, read_speech
from pipeline.media.text.lexicon import EMPTY
from pipeline.nouns import Take
from pipeline.phones import Phones, concatenate, load_phones, save_phones
from pipeline.presets import Preset
from pipeline.renderer import TakeFiles
from pipeline.take_portrait import framed_on_canvas, ready_picture
from pipeline.take_sound import ready_sound
from pipeline.words import Words, save_words

LEAST_SIDE = 16
"""Material may be smaller than what a manifest may name."""


def known_take(face: FacePicture, take: SpokenTake, preset: Preset, folder: Path) -> TakeFiles:
    """A portrait whose mesh is known, framed for the preset, with speech whose phones are known."""
    folder.mkdir(parents=True, exist_ok=True)
    limits = ImageLimits(shortest_side=LEAST_SIDE)
    picture = open_portrait(face.path, name=face.name, limits=limits).pixels
    framed, points = framed_on_canvas(picture, face.landmarks, _job(face.path, take.speech), preset)
    save_png(framed, folder / "portrait.png")
    np.save(folder / "landmarks.npy", points, allow_pickle=False)
    return _files(folder, framed.shape[:2], take.speech, take.phones)


def job_take(portrait: Path, narration: Path, preset: Preset, folder: Path) -> TakeFiles:
    """Any portrait and recording: face, phones and all found as a night would find them."""
    folder.mkdir(parents=True, exist_ok=True)
    job, limits = _job(portrait, narration), Limits(hearing=RecognitionSettings(engine="none"))
    picture = ready_picture(portrait, job, preset, limits, folder)
    ready_sound(narration, EMPTY, job, limits, folder)
    size = (picture.height, picture.width)
    return _files(folder, size, folder / "speech.wav", folder / "phones.npz")


def long_take(takes: Sequence[SpokenTake], seconds: float, folder: Path) -> SpokenTake:
    """The takes one after the other, and again, until `seconds` are full; the last is cut."""
    folder.mkdir(parents=True, exist_ok=True)
    frames, said = round(seconds * FPS), 0
    phones: list[Phones] = []
    wanted = frames * SPEECH_SAMPLES_PER_FRAME
    speech = folder / "speech.wav"
    with SpeechWriter(speech) as writer:
        while said < wanted:
            take = takes[len(phones) % len(takes)]
            samples = read_speech(take.speech)[: wanted - said]
            writer.append_speech(samples)
            phones.append(load_phones(take.phones).shift(said / SPEECH_RATE))
            said += len(samples)
    save_phones(concatenate(phones), folder / "phones.npz")
    return SpokenTake(name="long", speech=speech, phones=folder / "phones.npz", frames=frames)


def _job(portrait: Path, narration: Path) -> Job:
    return Job(job_id="evaluation", portrait_uri=str(portrait), audio_uri=str(narration))


def _files(folder: Path, size: tuple[int, int], speech: Path, phones: Path) -> TakeFiles:
    height, width = size
    portrait, landmarks = folder / "portrait.png", folder / "landmarks.npy"
    words = folder / "words.json"
    save_words(Words(), words)
    info = read_info(speech)
    take = Take(
        fingerprint=folder.name,
        frames=0 if info is None else info.samples // SPEECH_SAMPLES_PER_FRAME,
        width=width,
        height=height,
        speech=_artifact(speech),
        mix=_artifact(speech),
        portrait=_artifact(portrait),
        landmarks=_artifact(landmarks),
        phones=_artifact(phones),
        words=_artifact(words),
        head=head_box(mesh_points(landmarks), width, height),
        spans=(),
        inputs=(),
        warnings=(),
    )
    return TakeFiles(
        take=take,
        prompt="",
        speech=speech,
        portrait=portrait,
        landmarks=landmarks,
        phones=phones,
    )


def mesh_points(landmarks: Path) -> NDArray[np.float32]:
    """The take's mesh, float32 [468, 3]."""
    return load_mesh(landmarks)


def _artifact(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
