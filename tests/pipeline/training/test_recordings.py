"""Shots of a training from real clips: which there are, and what became of every clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from manifests.clips import read_clips
from manifests.errors import ManifestUnusable
from pipeline.dataset.recorded import is_clip_held_out
from pipeline.training.config import ManifestData, TeacherData, TrainingConfig, load_training
from pipeline.training.recordings import BOOK, ClipBook, ClipRecord, book_of, waiting
from pipeline.training.shots import load_shots, render_shots, shots_of, shots_progress
from tests.manifests.builders import a_parquet
from tests.pipeline.dataset.builders import a_clip, swaying

TOML = """
out = "out"
[data]
{data}
[networks]
side = 32
[[stages]]
kind = "vae"
name = "vae"
steps = 1
"""


def a_training(folder: Path, data: str) -> TrainingConfig:
    path = folder / "training.toml"
    path.write_text(TOML.format(data=data))
    return load_training(path)


def clips(folder: Path, *names: str) -> str:
    uris = [f"{name.strip('0123456789')}.mp4" for name in names]
    return a_parquet(folder, {"clip_id": list(names), "video_uri": uris}, "clips.parquet")


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage")
    a_clip(folder / "good.mp4", swaying(56))
    a_clip(folder / "wall.mp4", np.full((56, 96, 96, 3), 128, np.uint8))
    return folder


@pytest.fixture
def folder(footage: Path, tmp_path: Path) -> Path:
    for file in footage.glob("*.mp4"):
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


FROM_CLIPS = 'kind = "manifest"\nmanifest = "clips.parquet"\nheld_out = 0.0'


def data_of(config: TrainingConfig) -> ManifestData:
    assert isinstance(config.data, ManifestData)
    return config.data


def records(config: TrainingConfig) -> list[tuple[str, int, str]]:
    lines = (config.out / BOOK).read_text().splitlines()[1:]
    found = [json.loads(line) for line in lines]
    return [(each["clip_id"], each["shots"], each["reason"]) for each in found]


def test_without_a_kind_the_teacher_is_meant(tmp_path: Path) -> None:
    paths = 'portraits = "p"\nlandmarks = "l.npz"\nspeech = "/s"'
    config = a_training(tmp_path, paths)
    assert isinstance(config.data, TeacherData)
    assert config.data.portraits == tmp_path / "p"
    assert a_training(tmp_path, f'kind = "teacher"\n{paths}') == config
    assert shots_progress(config, 1, None) == "shot 2 of 600"


def test_a_manifest_is_found_beside_the_settings(tmp_path: Path) -> None:
    config = a_training(tmp_path, FROM_CLIPS)
    assert data_of(config).manifest == f"{tmp_path}/clips.parquet"
    there = a_training(tmp_path, 'kind = "manifest"\nmanifest = "s3://reels/clips.parquet"')
    assert data_of(there).manifest == "s3://reels/clips.parquet"
    assert shots_progress(config, 1, None) == "shot 2"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('kind = "clips"', "data.*'teacher', 'manifest'"),
        ('kind = "manifest"', "data.manifest.manifest: Field required"),
        ('kind = "manifest"\nmanifest = "a"\nshots = 3', "shots: Extra inputs"),
        ('kind = "manifest"\nmanifest = "http://a/b"', "data.manifest"),
    ],
)
def test_wrong_data_is_named(data: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match=message):
        a_training(tmp_path, data)


def test_clips_become_shots_and_bad_ones_are_left_out_with_a_reason(folder: Path) -> None:
    pytest.importorskip("dlib")
    clips(folder, "good1", "wall", "gone", "good1", "good2")
    config = a_training(folder, FROM_CLIPS)
    assert list(render_shots(config)) == [0, 1]
    assert [name for name, _, _ in records(config)[:3]] == ["good1", "wall", "gone"]
    assert [reason for _, _, reason in records(config)] == [
        "", "no_face", "missing_file", "duplicate_clip_id", "",
    ]  # fmt: skip
    first, second = load_shots(config)
    assert np.array_equal(first.frames, second.frames)
    assert first.frames.shape == (56, 32, 32, 3)
    assert first.speech.shape == (56, 4, 40)
    assert list(render_shots(config)) == []
    assert len(load_shots(config, 1)) == 1


def test_as_many_clips_as_a_stage_needs_are_looked_at(folder: Path) -> None:
    pytest.importorskip("dlib")
    clips(folder, "good1", "good2", "wall")
    config = a_training(folder, FROM_CLIPS)
    assert list(render_shots(config, 1)) == [0]
    assert [name for name, _, _ in records(config)] == ["good1"]
    with pytest.raises(FileNotFoundError, match="not all clips"):
        load_shots(config)
    assert list(render_shots(config)) == [1]


def test_a_kill_between_shot_and_record_makes_the_clip_again(folder: Path) -> None:
    pytest.importorskip("dlib")
    clips(folder, "good1", "good2")
    config = a_training(folder, FROM_CLIPS)
    rendering = render_shots(config)
    assert next(rendering) == 0
    rendering.close()
    assert records(config) == []
    with (config.out / BOOK).open("a") as file:
        file.write('{"clip_id": "go')
    assert list(render_shots(config)) == [0, 1]
    assert records(config) == [("good1", 1, ""), ("good2", 1, "")]


def test_no_clip_of_use_is_said_with_the_reasons(folder: Path) -> None:
    pytest.importorskip("dlib")
    clips(folder, "wall1", "wall2", "gone")
    config = a_training(folder, FROM_CLIPS)
    assert list(render_shots(config)) == []
    with pytest.raises(ManifestUnusable, match=r"1 missing_file, 2 no_face"):
        load_shots(config)


def test_held_out_clips_are_never_taken(tmp_path: Path) -> None:
    names = [f"good{number}" for number in range(60)]
    data = ManifestData(kind="manifest", manifest=clips(tmp_path, *names), held_out=0.3)
    taken = {row.clip_id for row in waiting(data, ClipBook(tmp_path / BOOK, "x"))}
    held = {name for name in names if is_clip_held_out(name, 0.3)}
    assert held
    assert taken == set(names) - held
    assert len(list(read_clips(data.manifest))) == 60


def test_shots_of_other_settings_are_not_mixed_in(tmp_path: Path) -> None:
    book = ClipBook(tmp_path / BOOK, "one")
    book.add(ClipRecord(clip_id="a", shots=2))
    assert ClipBook(tmp_path / BOOK, "one").shots == 2
    with pytest.raises(ManifestUnusable, match="name another folder"):
        ClipBook(tmp_path / BOOK, "two")


def test_clips_that_were_trained_on_are_not_held_out_afterwards(tmp_path: Path) -> None:
    config = a_training(tmp_path, FROM_CLIPS)
    names = [f"good{number}" for number in range(20)]
    book = book_of(config, data_of(config))
    for name in names:
        book.add(ClipRecord(clip_id=name, shots=1))
    book.add(ClipRecord(clip_id="wall", reason="no_face"))
    assert book_of(config, data_of(config)).shots == 20
    held = sum(is_clip_held_out(name, 0.3) for name in names)
    assert held
    raised = a_training(tmp_path, FROM_CLIPS.replace("held_out = 0.0", "held_out = 0.3"))
    with pytest.raises(ManifestUnusable, match=f"keeps {held} clips from training that have shots"):
        book_of(raised, data_of(raised))


def test_shots_of_a_teacher_are_not_taken_for_clips(folder: Path) -> None:
    clips(folder, "good1")
    config = a_training(folder, FROM_CLIPS)
    (shots_of(config) / "000000").mkdir(parents=True)
    with pytest.raises(ManifestUnusable, match="shots of no clips"):
        list(render_shots(config))
    assert (shots_of(config) / "000000").exists()
