"""Files of several sound tracks, of tracks without a decoder, and of channels that nobody names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.media.sound.audio import AudioLimits, Narration, decode_bed, decode_narration
from pipeline.media.sound.recording import recording_of
from pipeline.media.sound.track_choice import LEAST_SPEECH_S, NEARLY, Listened, best_of
from pipeline.media.sound.tracks import read_audio_header
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.wav import read_pcm, read_speech
from tests.media_builders import a_silent_video, a_tone, a_wav
from tests.sound_builders import (
    a_recording,
    a_voice,
    music,
    sides,
    with_tracks,
    without_decoder,
)

LIMITS = AudioLimits()


def narrated(source: Path) -> Narration:
    speech, mix = source.with_name("speech.wav"), source.with_name("mix.wav")
    return decode_narration(source, name="take", speech=speech, mix=mix, limits=LIMITS)


def laid(source: Path) -> Narration:
    speech, mix = source.with_name("mono.wav"), source.with_name("bed.wav")
    return decode_bed(source, name="bed", speech=speech, mix=mix, limits=LIMITS)


def codes(narration: Narration) -> list[str]:
    return [warning.split(":")[0] for warning in narration.warnings]


def said_s(folder: Path) -> float:
    return sum(span.stop_s - span.start_s for span in speech_spans(folder / "speech.wav"))


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    return a_recording(tmp_path / "voice.wav", a_voice())


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    return a_recording(tmp_path / "tune.wav", sides(music(len(a_voice())), music(len(a_voice()))))


@pytest.fixture
def hush(tmp_path: Path) -> Path:
    return a_recording(tmp_path / "hush.wav", np.zeros(len(a_voice())))


@pytest.mark.parametrize("name", ["in.mkv", "in.mp4"])
def test_the_track_in_which_somebody_speaks_is_taken_and_told(
    tmp_path: Path, voice: Path, tune: Path, hush: Path, name: str
) -> None:
    narration = narrated(with_tracks(tmp_path / name, tune, hush, voice))
    assert codes(narration) == ["several_tracks"]
    assert "of the 3 sound tracks of take track 3 was taken" in narration.warnings[0]
    assert said_s(tmp_path) > 2
    assert narration.peak_dbfs == pytest.approx(-6, abs=1)


def test_of_tracks_that_say_as_much_the_one_that_players_take_is_taken(
    tmp_path: Path, voice: Path
) -> None:
    options = ("-c:a", "aac", "-disposition:a:0", "0", "-disposition:a:1", "default")
    narration = narrated(with_tracks(tmp_path / "in.mkv", voice, voice, options=options))
    assert "track 2 was taken" in narration.warnings[0]


def test_a_voice_after_minutes_of_silence_is_found(tmp_path: Path, tune: Path) -> None:
    late = a_recording(tmp_path / "late.wav", np.concatenate([np.zeros(130 * 48_000), a_voice()]))
    narration = narrated(with_tracks(tmp_path / "in.mkv", tune, late))
    assert "track 2 was taken, where most is said" in narration.warnings[0]


def test_where_nobody_speaks_the_first_track_that_sounds_is_taken(
    tmp_path: Path, tune: Path, hush: Path
) -> None:
    narration = narrated(with_tracks(tmp_path / "in.mp4", hush, tune))
    assert "track 2 was taken, the first that sounds" in narration.warnings[0]


def test_silent_tracks_alone_are_silent(tmp_path: Path, hush: Path) -> None:
    with pytest.raises(BadInput) as refused:
        narrated(with_tracks(tmp_path / "in.mp4", hush, hush))
    assert refused.value.code == "audio_silent"


def test_a_bed_is_the_first_track_that_sounds(
    tmp_path: Path, voice: Path, tune: Path, hush: Path
) -> None:
    bed = laid(with_tracks(tmp_path / "in.mkv", hush, tune, voice))
    assert "track 2 was taken" in bed.warnings[0]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_track_without_a_decoder_is_left_out_and_named(
    tmp_path: Path, voice: Path, lost: int
) -> None:
    source = without_decoder(with_tracks(tmp_path / "in.mov", voice, voice), lost)
    for made in (narrated(source), laid(source)):
        assert codes(made) == ["track_left_out"]
        assert f"track {lost + 1}: the codec mpegh" in made.warnings[0]
    assert said_s(tmp_path) > 2


def test_a_file_of_such_tracks_alone_is_refused_with_their_codecs(
    tmp_path: Path, voice: Path
) -> None:
    source = with_tracks(tmp_path / "in.m4a", voice, voice, options=("-c:a", "aac"))
    without_decoder(without_decoder(source, 0), 1, b"qzzz")
    for decode in (narrated, laid):
        with pytest.raises(BadInput, match=r"mpegh.*qzzz.*export the sound") as refused:
            decode(source)
        assert refused.value.code == "audio_unreadable"


def test_a_track_that_is_not_of_the_codec_it_names_is_left_out(tmp_path: Path, voice: Path) -> None:
    source = without_decoder(with_tracks(tmp_path / "in.mp4", voice, voice), 0, b"ac-3")
    narration = narrated(source)
    assert codes(narration) == ["several_tracks", "track_left_out"]
    assert "track 1: it cannot be decoded" in narration.warnings[1]
    assert said_s(tmp_path) > 2


def test_a_video_of_a_silent_test_card_still_has_no_track(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        narrated(a_silent_video(tmp_path / "in.mp4"))
    assert refused.value.code == "audio_missing_stream"


@pytest.mark.parametrize("channels", [0, 65, 200])
def test_too_many_channels_and_none_are_told_by_their_number(tmp_path: Path, channels: int) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(4800, channels=max(channels, 1)))
    data = bytearray(source.read_bytes())
    data[22:24] = channels.to_bytes(2, "little")
    source.write_bytes(data)
    with pytest.raises(BadInput, match=f"{channels} channels") as refused:
        narrated(source)
    assert refused.value.code == "audio_unreadable"


@pytest.mark.parametrize(("channels", "at"), [(4, 3), (6, 3), (9, 8), (32, 20)])
def test_a_voice_on_a_channel_that_nobody_names_keeps_its_level(
    tmp_path: Path, channels: int, at: int
) -> None:
    quiet = 0.1 * music(len(a_voice()))
    mics = [quiet] * channels
    mics[at] = a_voice()
    narration = narrated(a_recording(tmp_path / "in.wav", sides(*mics)))
    assert codes(narration) == ["one_channel"]
    assert f"channel {at + 1}," in narration.warnings[0]
    assert narration.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert np.abs(read_speech(tmp_path / "speech.wav")).max() == pytest.approx(0.5, abs=0.03)


def test_many_channels_without_a_voice_are_mixed_down(tmp_path: Path) -> None:
    tune = music(24_000)
    narration = narrated(a_recording(tmp_path / "in.wav", sides(*[tune] * 9)))
    assert codes(narration) == ["mixed_down"]
    assert narration.channels == 2
    mixed = read_pcm(tmp_path / "mix.wav")[:24_000, 0] / 2**23
    np.testing.assert_allclose(mixed, 3 * tune, atol=1e-4)


def heard_as(path: Path, speech_s: float, *, sounds: bool = True) -> Listened:
    header = read_audio_header(path, name="x")
    recording = recording_of(path, "x", header)
    return Listened(recording=recording, speech_s=(speech_s,), sounds=sounds)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1, max_size=5))
def test_no_track_says_much_more_than_the_one_that_is_taken(
    tmp_path_factory: pytest.TempPathFactory, facts: list[tuple[float, bool]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "tone.wav"
    if not path.exists():
        a_wav(path)
    heard = [heard_as(path, speech_s, sounds=sounds) for speech_s, sounds in facts]
    taken = best_of(heard)
    most_s = max(speech_s for speech_s, _ in facts)
    if most_s >= LEAST_SPEECH_S:
        assert facts[taken][0] >= NEARLY * most_s
        assert all(speech_s < NEARLY * most_s for speech_s, _ in facts[:taken])
    else:
        assert facts[taken][1] or not any(sounds for _, sounds in facts)
