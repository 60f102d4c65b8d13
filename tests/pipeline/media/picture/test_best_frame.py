from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from manifests.errors import BadInput
from pipeline.media.picture.best_frame import Still, best_still, is_video, scores
from pipeline.media.video import write_lossless
from tests.media_builders import a_portrait, a_silent_video

SHARP = Still(index=0, sharpness=100.0, yaw_deg=0.0, mouth=0.0, eyes=0.3)


def a_video(path: Path, *frames: NDArray[np.uint8], each: int = 10) -> Path:
    """Each picture for some frames, stored as it is."""
    height, width = frames[0].shape[:2]
    batches = (np.repeat(frame[None], each, axis=0) for frame in frames)
    write_lossless(batches, path, width=width, height=height)
    return path


def blurred(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 4), np.uint8)


def test_the_sharp_frame_with_a_face_is_taken_whole_and_said(tmp_path: Path) -> None:
    face = a_portrait()
    wall = np.random.default_rng(1).integers(0, 255, face.shape, dtype=np.uint8)
    video = a_video(tmp_path / "in.mkv", blurred(face), wall, face, blurred(face))
    best = best_still(video, name="in.mkv")
    frame, still = best.pixels, best.still
    assert 20 <= still.index < 30
    assert np.abs(frame.astype(int) - face).mean() < 1
    assert f"the frame at {still.index / 25:.2f} s" in still.told


@pytest.mark.parametrize(
    "worse",
    [
        replace(SHARP, sharpness=30.0),
        replace(SHARP, yaw_deg=-25.0),
        replace(SHARP, mouth=0.2),
        replace(SHARP, eyes=0.05),
    ],
)
def test_blur_a_turned_head_an_open_mouth_and_closed_eyes_each_count_against_a_frame(
    worse: Still,
) -> None:
    good, bad = scores([SHARP, worse])
    assert good > 1.3 * bad


def test_a_closed_mouth_is_worth_a_little_sharpness() -> None:
    closed = replace(SHARP, sharpness=80.0)
    speaking = replace(SHARP, mouth=0.15)
    assert int(scores([closed, speaking]).argmax()) == 0


def test_of_a_long_video_a_frame_near_its_end_can_be_taken(tmp_path: Path) -> None:
    face = cv2.resize(a_portrait(), (256, 256), interpolation=cv2.INTER_AREA)
    frames = [blurred(np.asarray(face, np.uint8))] * 60 + [np.asarray(face, np.uint8)]
    still = best_still(a_video(tmp_path / "in.mkv", *frames), name="in.mkv").still
    assert still.index >= 600


@pytest.mark.parametrize("turns", [1, 2])
def test_of_a_video_that_lies_the_same_frame_is_taken(tmp_path: Path, turns: int) -> None:
    """It is turned upright afterwards, as any portrait."""
    face = a_portrait()
    lying = [np.ascontiguousarray(np.rot90(each, turns)) for each in (blurred(face), face)]
    best = best_still(a_video(tmp_path / "in.mkv", *lying), name="in.mkv")
    assert 10 <= best.still.index < 20
    assert best.still.mouth < 0.3
    assert abs(best.still.yaw_deg) < 15
    assert np.abs(best.pixels.astype(int) - lying[1]).mean() < 1


def test_a_video_without_a_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no face") as refused:
        best_still(a_silent_video(tmp_path / "card.mp4"), name="card.mp4")
    assert refused.value.code == "no_face"


def test_a_video_of_two_people_is_refused(tmp_path: Path) -> None:
    both = np.concatenate([a_portrait(), a_portrait()], axis=1)
    with pytest.raises(BadInput, match="faces") as refused:
        best_still(a_video(tmp_path / "two.mkv", both), name="two.mkv")
    assert refused.value.code == "several_faces"


def test_videos_are_known_by_their_names() -> None:
    assert [is_video(uri) for uri in ("a.mp4", "s3://b/c.MOV", "a.png", "mp4")] == [
        True, True, False, False,
    ]  # fmt: skip
