from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import Transient
from pipeline.media.probe import probe_video
from pipeline.media.sound.tracks import audio_length_s
from tests.media_builders import a_silent_video, a_tone, a_wav, converted


def test_a_header_that_tells_its_length_is_believed(tmp_path: Path) -> None:
    wav = a_wav(tmp_path / "in.wav", a_tone(36_000))
    assert audio_length_s(wav) == pytest.approx(0.75)
    assert audio_length_s(converted(wav, tmp_path / "in.flac")) == pytest.approx(0.75)


def test_a_length_guessed_from_a_bit_rate_is_not_believed(tmp_path: Path) -> None:
    assert audio_length_s(converted(a_wav(tmp_path / "in.wav"), tmp_path / "in.mp3")) is None


def test_a_header_that_announces_more_than_there_is_is_not_believed(tmp_path: Path) -> None:
    wav = a_wav(tmp_path / "in.wav", a_tone(48_000))
    wav.write_bytes(wav.read_bytes()[:48_044])
    assert audio_length_s(wav) == pytest.approx(0.5, abs=0.01)


def test_a_video_without_sound_has_no_audio_codec(tmp_path: Path) -> None:
    facts = probe_video(a_silent_video(tmp_path / "in.mp4"))
    assert facts.audio_codec is None
    assert facts.frames == 25
    assert not facts.faststart


def test_text_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "in.mp4"
    path.write_text("nothing to see")
    with pytest.raises(Transient, match=r"in\.mp4"):
        probe_video(path)


def test_sound_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(Transient):
        probe_video(a_wav(tmp_path / "in.wav"))
