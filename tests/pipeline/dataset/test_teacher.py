"""Shots that the teacher renders."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.conditions.logmel import LogMelFeatures
from pipeline.dataset.material import FacePicture, SpokenTake
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.teacher import Teacher
from pipeline.media.framing import Size
from pipeline.media.sound.wav import read_speech
from pipeline.phones import save_phones
from tests.pipeline.animatic.takes import PHRASE, a_mesh, a_portrait, a_voice, some_phones

pytest.importorskip("dlib")

from model.conditions.dlib_face import DlibFace

FRAMES = 52


def a_take(folder: Path, name: str, frames: int = FRAMES, each_s: float = 0.12) -> SpokenTake:
    place = folder / name
    place.mkdir()
    save_phones(some_phones(PHRASE, each_s), place / "phones.npz")
    speech = a_voice(place / "speech.wav", frames)
    return SpokenTake(name=name, speech=speech, phones=place / "phones.npz", frames=frames)


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> FacePicture:
    path = tmp_path_factory.mktemp("faces") / "astronaut.png"
    cv2.imwrite(str(path), a_portrait()[..., ::-1])
    return FacePicture(name=path.name, path=path, landmarks=a_mesh())


@pytest.fixture(scope="module")
def teacher(face: FacePicture, tmp_path_factory: pytest.TempPathFactory) -> Teacher:
    folder = tmp_path_factory.mktemp("takes")
    takes = [a_take(folder, "fast"), a_take(folder, "slow", each_s=0.2), a_take(folder, "no", 40)]
    return Teacher(
        faces=[face],
        takes=takes,
        canvas=Size(width=64, height=64),
        features=LogMelFeatures(blocks=4, channels=40),
        embedder=DlibFace.load(),
    )


def same(one: TrainingShot, other: TrainingShot) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(TrainingShot)
    )


def test_a_shot_is_a_function_of_its_number(teacher: Teacher) -> None:
    assert same(teacher.shot(3), teacher.shot(3))
    assert not np.array_equal(teacher.shot(3).portrait, teacher.shot(4).portrait)


def test_another_seed_is_another_series(teacher: Teacher, face: FacePicture) -> None:
    other = Teacher(
        faces=[face],
        takes=teacher.takes,
        canvas=teacher.canvas,
        features=teacher.features,
        embedder=teacher.embedder,
        seed=1,
    )
    assert not np.array_equal(teacher.shot(0).portrait, other.shot(0).portrait)


def test_a_shot_is_of_one_size_and_one_length(teacher: Teacher) -> None:
    shot = teacher.shot(0)
    assert shot.frames.shape == (FRAMES, 64, 64, 3)
    assert shot.portrait.shape == (64, 64, 3)
    assert shot.speech.shape == (FRAMES, 4, 40)
    assert shot.face.shape == (128,)
    assert len(np.unique(shot.frames.reshape(FRAMES, -1), axis=0)) > FRAMES // 2


def test_a_shot_hears_the_take_that_it_speaks(teacher: Teacher) -> None:
    takes = [take for take in teacher.takes if take.frames >= FRAMES]
    heard = [teacher.features.encode(read_speech(take.speech)).numpy() for take in takes]
    assert any(np.array_equal(teacher.shot(0).speech, rows) for rows in heard)


def test_speech_that_fills_no_segment_is_refused(face: FacePicture, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="longer than a segment"):
        Teacher(
            faces=[face],
            takes=[a_take(tmp_path, "short", 47)],
            canvas=Size(width=64, height=64),
            features=LogMelFeatures(blocks=4, channels=40),
            embedder=DlibFace.load(),
        )
