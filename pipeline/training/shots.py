"""The shots of a training: rendered once, read by every stage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from model.conditions.dlib_face import DlibFace
from model.conditions.logmel import LogMelFeatures
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS
from pipeline.dataset.augment import Variety
from pipeline.dataset.material import FacePicture, SpokenTake, read_faces, read_speech_folder
from pipeline.dataset.shot import TrainingShot, shot_folder
from pipeline.dataset.split import is_held_out
from pipeline.dataset.teacher import Teacher
from pipeline.media.framing import Size
from pipeline.training.config import ManifestData, TeacherData, TrainingConfig
from pipeline.training.recordings import BOOK, record_shots, recorded_count

CLAIM = "teacher.sha256"
"""Names the settings of a teacher's shots, beside them."""

Material = TypeVar("Material", FacePicture, SpokenTake)


def teacher_of(config: TrainingConfig, *, held_out: bool = False) -> Teacher:
    """The teacher of a training; or, with what it never shows, of its evaluation."""
    data = config.data
    if isinstance(data, ManifestData):
        raise ManifestUnusable("config_wrong", "a training from real clips has no teacher")
    faces = read_faces(data.portraits, data.landmarks)
    takes = read_speech_folder(data.speech, config.out / "speech")
    return Teacher(
        faces=_side(faces, data.portraits, held_out=held_out),
        takes=_side(takes, data.speech, held_out=held_out),
        canvas=Size(width=config.networks.side, height=config.networks.side),
        features=LogMelFeatures(blocks=AUDIO_BLOCKS, channels=AUDIO_CHANNELS),
        embedder=DlibFace.load(),
        seed=config.seed,
        head_motion=data.head_motion,
        variety=_variety(data),
    )


def _variety(data: TeacherData) -> Variety | None:
    """None where nothing is asked for, so that a training that has begun goes on with its shots."""
    if not data.turned_heads and not data.glasses:
        return None
    return Variety(turned_heads=data.turned_heads, glasses=data.glasses)


def _side(material: Sequence[Material], folder: Path, *, held_out: bool) -> tuple[Material, ...]:
    """What is trained on, or what is not."""
    found = tuple(each for each in material if is_held_out(each.name) == held_out)
    if not found:
        use = "for the evaluation" if held_out else "to train on"
        raise ManifestUnusable(
            "training_material", f"{folder} has nothing {use}: names decide; add more to it"
        )
    return found


def render_shots(config: TrainingConfig, count: int | None = None) -> Iterator[int]:
    """Make what is missing of the first `count` shots; the index of each as it is there."""
    if isinstance(config.data, ManifestData):
        yield from record_shots(config, config.data, count)
        return
    _claim(config, config.data)
    root, wanted = shots_of(config), min(count or config.data.shots, config.data.shots)
    missing = [index for index in range(wanted) if not shot_folder(root, index).exists()]
    if not missing:
        return
    teacher = teacher_of(config)
    for index in missing:
        teacher.shot(index).save(shot_folder(root, index))
        yield index


def _claim(config: TrainingConfig, data: TeacherData) -> None:
    """A folder's shots are of one kind and of one way to make them. `ManifestUnusable` where it has
    others; shots of before it was noted are taken for these."""
    names = ("head_motion", "turned_heads", "glasses")
    made = {name: getattr(data, name) for name in names}
    told = fingerprint("teacher", side=config.networks.side, seed=config.seed, **made)
    noted, clips = config.out / CLAIM, config.out / BOOK
    if clips.exists() or (noted.exists() and noted.read_text(encoding="ascii") != told):
        raise ManifestUnusable(
            "training_folder_in_use",
            f"{config.out} has shots made with other settings: name another folder as `out`",
        )
    if not noted.exists():
        config.out.mkdir(parents=True, exist_ok=True)
        partial = noted.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(told, encoding="ascii")
        partial.rename(noted)


def shots_of(config: TrainingConfig) -> Path:
    return config.out / "shots"


def load_shots(config: TrainingConfig, count: int | None = None) -> list[TrainingShot]:
    """The first `count` (None: all), or `FileNotFoundError` with how many are missing."""
    data = config.data
    if isinstance(data, ManifestData):
        wanted = recorded_count(config, data, count)
    else:
        wanted = min(count or data.shots, data.shots)
    folders = [shot_folder(shots_of(config), index) for index in range(wanted)]
    missing = [folder for folder in folders if not folder.exists()]
    if missing:
        raise FileNotFoundError(f"{len(missing)} shots are not rendered yet, first {missing[0]}")
    return [TrainingShot.load(folder) for folder in folders]


def shots_progress(config: TrainingConfig, index: int, count: int | None) -> str:
    """How far the shots are, for people: real clips do not say how many they will give."""
    goal = count if isinstance(config.data, ManifestData) else count or config.data.shots
    return f"shot {index + 1}" + ("" if goal is None else f" of {goal}")
