"""The lip gap and the identity of clips that the animatic renders from the astronaut."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from model.conditions.dlib_face import DlibFace
from model.conditions.face import FaceEmbedding
from pipeline.animatic.controls import Control
from pipeline.animatic.curves import Performance
from pipeline.evaluate.clips import SEED, teacher_clip
from pipeline.evaluate.course import Course, Likeness, read_portrait
from pipeline.evaluate.figures import Clips, clip_figures
from pipeline.evaluate.mouth import lip_gaps, missing
from pipeline.evaluate.takes import job_take, mesh_points
from pipeline.media.picture.image import save_png
from pipeline.phones import load_phones
from pipeline.presets import TINY
from pipeline.quality.column_statistics import correlation
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.looks import lip_gap
from pipeline.renderer import Frames, TakeFiles
from tests.night import make_media
from tests.pipeline.animatic.takes import a_mesh, a_portrait


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TakeFiles:
    """The astronaut says a short sentence, prepared as for the preset `tiny`."""
    folder = tmp_path_factory.mktemp("material")
    media = make_media(folder)
    return job_take(media.portrait, media.narration, TINY, folder / "take")


@pytest.fixture(scope="module")
def clip(files: TakeFiles) -> Frames:
    return teacher_clip(files)


def jaw_of(files: TakeFiles) -> NDArray[np.float64]:
    performance = Performance(phones=load_phones(files.phones), speech=files.speech, seed=SEED)
    return performance.between(0, files.take.frames)[:, Control.JAW].astype(np.float64)


def test_the_clip_has_the_tiny_canvas_and_all_frames(files: TakeFiles, clip: Frames) -> None:
    assert clip.shape == (files.take.frames, 128, 128, 3)


def test_the_measured_lip_gap_follows_the_jaw_that_moved_it(files: TakeFiles, clip: Frames) -> None:
    gaps = lip_gaps(clip, mesh_points(files.landmarks))
    assert missing(gaps) == 0
    assert correlation(gaps, jaw_of(files)) > 0.8


def test_the_lip_gap_does_not_follow_another_jaw(files: TakeFiles, clip: Frames) -> None:
    gaps = lip_gaps(clip, mesh_points(files.landmarks))
    assert abs(correlation(gaps, np.roll(jaw_of(files), len(clip) // 2))) < 0.5


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_gap_of_a_turned_mesh_is_that_of_the_mesh(axis: int) -> None:
    mesh = a_mesh().astype(np.float64)
    turn, _ = cv2.Rodrigues(np.eye(3)[axis] * 0.4)
    turned = 1.7 * mesh @ np.asarray(turn).T + 30
    assert lip_gap(turned.astype(np.float32)) == pytest.approx(lip_gap(a_mesh()), abs=1e-4)


def test_no_face_is_a_missing_value_and_does_not_lose_the_next_frame(
    files: TakeFiles, clip: Frames
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, clip[0].shape, dtype=np.uint8)
    gaps = lip_gaps([clip[3], noise, clip[3]], mesh_points(files.landmarks))
    assert missing(gaps) == 1
    assert gaps[0] == gaps[2]
    assert mesh_of(noise, mesh_points(files.landmarks)) is None


def test_the_clip_shows_the_person_of_the_portrait(files: TakeFiles, clip: Frames) -> None:
    pytest.importorskip("dlib")
    likeness = Likeness.of(files, DlibFace.load())
    assert likeness.identity.distance(likeness.portrait) < 0.15
    assert np.median(likeness.identity.distances(clip[::10])) < 0.4
    turned_over = np.ascontiguousarray(clip[0][:, :, ::-1])  # other colours
    assert likeness.identity.distance(turned_over) > likeness.identity.distance(clip[0])


def test_a_student_is_measured_beside_what_the_vae_alone_lets_through(
    files: TakeFiles, clip: Frames
) -> None:
    pytest.importorskip("dlib")
    still = np.repeat(clip[:1], len(clip), axis=0)
    found = clip_figures(
        "clip",
        Clips(student=still, teacher=clip, given_back=clip[:-6], other=clip[::-1]),
        Likeness.of(files, DlibFace.load()).identity,
        unseen_voice=True,
        segment_s=0.0,
    )
    assert (found.vae_right, found.vae_opening) == (pytest.approx(1), pytest.approx(1))
    assert found.opening == pytest.approx(0)
    assert math.isnan(found.right), "a mouth that never moves follows nothing"
    assert found.teacher_wrong < 0.9
    assert found.vae_identity == pytest.approx(found.teacher_identity, abs=0.05)


def test_the_course_of_a_steady_clip_has_no_drift(files: TakeFiles) -> None:
    pytest.importorskip("dlib")
    likeness = Likeness.of(files, DlibFace.load())
    batch = np.repeat(read_portrait(files)[None], 50, axis=0)
    course = Course.of([batch] * 5, likeness)
    assert len(course.background) == len(course.lips) == 250
    assert len(course.identity) == 50
    assert [drift.change for drift in course.drifts.values()] == [0, 0, 0]


def test_a_portrait_off_the_canvas_is_refused(files: TakeFiles, tmp_path: Path) -> None:
    save_png(a_portrait(), tmp_path / "portrait.png")
    wrong = replace(files, portrait=tmp_path / "portrait.png")
    with pytest.raises(ValueError, match="not on the take's canvas"):
        Likeness.of(wrong, NoFace())


class NoFace:
    """An encoder that is never asked."""

    def embed(self, picture: object, keypoints: object) -> FaceEmbedding:
        raise AssertionError((picture, keypoints))
