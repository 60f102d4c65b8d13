"""Real clips as training shots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from manifests.clips import RecordedClip
from manifests.errors import BadInput
from model.conditions.face import FaceEmbedding, Keypoints
from model.conditions.logmel import LogMelFeatures
from model.conditions.picture import Picture
from pipeline.dataset.recorded import Recordings
from pipeline.dataset.shot import TrainingShot
from pipeline.media.face.face import find_faces, landmarks_of
from pipeline.media.framing import Size
from pipeline.media.picture.video_reader import open_footage
from pipeline.media.sound.wav import read_speech
from tests.media_builders import a_silent_video, a_wav
from tests.pipeline.animatic.takes import a_portrait, a_voice
from tests.pipeline.dataset.builders import a_clip, moved, swaying

CANVAS = Size(width=96, height=96)
FEATURES = LogMelFeatures(blocks=4, channels=10)


class Corners:
    """An identity that is no more than where the five points are."""

    def embed(self, picture: Picture, keypoints: Keypoints) -> FaceEmbedding:
        del picture
        values = torch.from_numpy(keypoints.astype(np.float32)).reshape(1, -1)
        return FaceEmbedding(values=values, weights="corners")


def recordings(seed: int = 0, head_share: float = 0.6, **more: object) -> Recordings:
    return Recordings(
        canvas=CANVAS,
        head_share=head_share,
        features=FEATURES,
        embedder=Corners(),
        seed=seed,
        **more,  # type: ignore[arg-type]  # by name
    )


def shots_of(video: Path, desk: Path, maker: Recordings | None = None) -> list[TrainingShot]:
    desk.mkdir(exist_ok=True)
    clip = RecordedClip(clip_id="reel-1", video_uri=str(video), caption="a woman speaks")
    return list((maker or recordings()).shots(clip, desk))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_clip(tmp_path_factory.mktemp("clip") / "reel.mp4", swaying(60), "-c:a", "pcm_s16le",
                  "-f", "mov")  # fmt: skip


@pytest.fixture(scope="module")
def shot(video: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingShot:
    (made,) = shots_of(video, tmp_path_factory.mktemp("shot") / "desk")
    return made


def test_a_real_video_gives_a_shot(shot: TrainingShot) -> None:
    assert shot.frames.shape == (60, 96, 96, 3)
    assert shot.speech.shape == (60, 4, 10)
    assert shot.prompt.shape == (1, 32)
    assert not shot.prompt.any()
    assert any(np.array_equal(shot.portrait, frame) for frame in shot.frames)


def test_the_mesh_is_where_the_portraits_face_is(shot: TrainingShot) -> None:
    (face,) = find_faces(shot.portrait)
    found = landmarks_of(shot.portrait, face).points
    assert np.linalg.norm(found - shot.landmarks, axis=1).mean() < 1.5
    assert np.array_equal(shot.face.reshape(5, 2)[2], shot.landmarks[1, :2])


def test_the_crop_stands_still_while_the_head_moves(shot: TrainingShot) -> None:
    """The clip sways by 6 pixels each way, and the head does so in the crop, in its scale."""
    right, left = (shot.frames[number].mean(axis=2) for number in (6, 19))
    across, _ = cv2.phaseCorrelate(left.astype(np.float64), right.astype(np.float64))[0]
    assert 2 < across < 12


def test_frames_and_speech_run_together(shot: TrainingShot, tmp_path: Path) -> None:
    voice = read_speech(a_voice(tmp_path / "voice.wav", 60))
    assert np.allclose(shot.speech, FEATURES.encode(voice).numpy(), atol=0.05)


def test_the_same_clip_gives_the_same_shots(video: Path, tmp_path: Path) -> None:
    one, two = (shots_of(video, tmp_path / desk)[0] for desk in "ab")
    assert np.array_equal(one.frames, two.frames)
    assert np.array_equal(one.portrait, two.portrait)
    drawn = {
        shots_of(video, tmp_path / "desk", recordings(seed))[0].portrait.tobytes()
        for seed in range(3)
    }
    assert len(drawn) > 1


def test_a_caption_is_heard_where_there_is_an_encoder(video: Path, tmp_path: Path) -> None:
    def letters(caption: str) -> NDArray[np.float32]:
        return np.full((2, 3), len(caption), np.float32)

    (shot,) = shots_of(video, tmp_path / "desk", recordings(texts=letters))
    assert shot.prompt.tolist() == [[14.0] * 3] * 2


def test_sound_of_its_own_file_is_taken_instead(tmp_path: Path) -> None:
    silent = a_clip(tmp_path / "silent.mp4", swaying(60), sound_frames=0)
    sound = a_voice(tmp_path / "voice.wav", 55)
    (tmp_path / "desk").mkdir()
    clip = RecordedClip(clip_id="c", video_uri=str(silent), audio_uri=str(sound))
    (shot,) = recordings().shots(clip, tmp_path / "desk")
    assert len(shot.frames) == 55
    assert np.allclose(shot.speech, FEATURES.encode(read_speech(sound)).numpy(), atol=1e-5)


def test_a_long_clip_gives_several_shots_that_follow_each_other(tmp_path: Path) -> None:
    long = a_clip(tmp_path / "long.mp4", np.concatenate([swaying(50)] * 6 + [swaying(40)]))
    first, second = shots_of(long, tmp_path / "desk")
    assert [len(first.frames), len(second.frames)] == [250, 90]
    assert np.array_equal(first.portrait, second.portrait)
    voice = FEATURES.encode(read_speech(a_voice(tmp_path / "voice.wav", 340))).numpy()
    heard = np.concatenate([first.speech, second.speech])
    loud = voice > 0
    assert np.abs(heard - voice)[loud].mean() < 0.2


def test_other_frame_rates_come_to_25_a_second(video: Path, tmp_path: Path) -> None:
    other = a_clip(tmp_path / "fast.mp4", swaying(60), "-r", "50")
    frames = list(open_footage(other, name="fast").frames())
    assert 59 <= len(frames) <= 61
    assert frames[0].shape == next(open_footage(video, name="reel").frames()).shape


def none_there(folder: Path) -> Path:
    wall = np.full((60, 128, 128, 3), 128, np.uint8)
    return a_clip(folder / "wall.mp4", wall)


def two_people(folder: Path) -> Path:
    frames = swaying(50)
    return a_clip(folder / "two.mp4", np.concatenate([frames, frames], axis=2))


def walks_away(folder: Path) -> Path:
    shifts = np.linspace(0, 130, 60)
    frames = np.stack([moved(a_portrait(), shift) for shift in shifts])
    return a_clip(folder / "away.mp4", frames)


def too_short(folder: Path) -> Path:
    return a_clip(folder / "short.mp4", swaying(48))


def short_sound(folder: Path) -> Path:
    return a_clip(folder / "quiet.mkv", swaying(60), "-c:a", "pcm_s16le", sound_frames=30)


def silent(folder: Path) -> Path:
    return a_clip(folder / "silent.mp4", swaying(60), sound_frames=0)


def only_sound(folder: Path) -> Path:
    return a_wav(folder / "sound.wav")


def no_media(folder: Path) -> Path:
    path = folder / "page.mp4"
    path.write_text("<html>404</html>" * 100)
    return path


def not_there(folder: Path) -> Path:
    return folder / "gone.mp4"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (none_there, "no_face"),
        (two_people, "several_faces"),
        (walks_away, "head_leaves"),
        (too_short, "too_short"),
        (short_sound, "too_short"),
        (silent, "audio_missing_stream"),
        (only_sound, "video_unreadable"),
        (no_media, "audio_unreadable"),
        (not_there, "missing_file"),
    ],
)
def test_a_clip_that_cannot_be_used_says_why(
    make: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    video = make(tmp_path)
    with pytest.raises(BadInput) as raised:
        shots_of(video, tmp_path / "desk", recordings(head_share=0.84))
    assert raised.value.code == reason
    assert raised.value.message.endswith(".")


def test_no_media_is_not_a_video_either(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="save it as MP4"):
        open_footage(no_media(tmp_path), name="page")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(BadInput, match="is empty"):
        open_footage(tmp_path / "empty.mp4", name="empty")


def test_a_list_of_other_files_is_not_followed(tmp_path: Path) -> None:
    a_silent_video(tmp_path / "other.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(BadInput, match="save it as MP4"):
        open_footage(tmp_path / "list.mp4", name="list")
