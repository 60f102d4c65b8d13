from __future__ import annotations

import socket
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.errors import BadInput
from model.shapes import MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program
from pipeline.media.sound.audio import AudioLimits, Narration, decode_narration
from pipeline.media.sound.tracks import audio_length_s
from pipeline.media.sound.wav import read_info, read_pcm, read_speech
from tests.media_builders import a_silent_video, a_tone, a_wav, converted


def decoded(source: Path, limits: AudioLimits | None = None) -> Narration:
    """Decode beside the source into speech.wav and mix.wav."""
    return decode_narration(
        source,
        name="narration",
        speech=source.with_name("speech.wav"),
        mix=source.with_name("mix.wav"),
        limits=limits or AudioLimits(),
    )


def refusal(source: Path, limits: AudioLimits | None = None) -> BadInput:
    with pytest.raises(BadInput) as error:
        decoded(source, limits)
    assert not source.with_name("speech.wav").exists()
    assert not source.with_name("mix.wav").exists()
    return error.value


def mix_beside(source: Path) -> np.ndarray:
    return read_pcm(source.with_name("mix.wav"))


def codes(narration: Narration) -> list[str]:
    return [warning.split(":")[0] for warning in narration.warnings]


def peak_of_speech(folder: Path) -> float:
    return float(np.abs(read_speech(folder / "speech.wav")).max())


def test_16_bits_at_48_khz_arrive_in_the_mix_sample_exact(tmp_path: Path) -> None:
    pcm = a_tone(30_011, channels=2)
    source = a_wav(tmp_path / "in.wav", pcm)
    narration = decoded(source)
    mix = mix_beside(source)
    assert narration.samples == 30_011
    np.testing.assert_array_equal(mix[:30_011], pcm.astype(np.int32) * 256)
    assert not mix[30_011:].any()


@settings(max_examples=12, deadline=None)
@given(
    rate=st.sampled_from([8000, 11_025, 22_050, 32_000, 44_100, 96_000]),
    frames=st.integers(6, 40),
    extra=st.integers(-1, 1),
)
def test_frames_cover_the_true_length_at_every_rate(
    tmp_path_factory: pytest.TempPathFactory, rate: int, frames: int, extra: int
) -> None:
    samples = rate * frames // 25 + extra
    source = a_wav(
        tmp_path_factory.mktemp("rate") / "in.wav", a_tone(samples, rate=rate), rate=rate
    )
    narration = decoded(source)
    assert narration.frames == -(-samples * 25 // rate)
    assert abs(narration.samples - samples * 48_000 / rate) <= 1
    assert len(mix_beside(source)) == narration.frames * MIX_SAMPLES_PER_FRAME
    speech = read_info(source.with_name("speech.wav"))
    assert speech is not None
    assert speech.samples == narration.frames * SPEECH_SAMPLES_PER_FRAME


def test_speech_lines_up_with_the_mix(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(44_100, rate=44_100), rate=44_100)
    decoded(source)
    mix = mix_beside(source)[::3, 0] / 2.0**23
    speech = read_speech(source.with_name("speech.wav"))
    assert np.abs(speech[50:15_900] - mix[50:15_900]).max() < 0.002


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(22_050, rate=22_050), rate=22_050)
    both = []
    for _ in range(2):
        decoded(source)
        both.append([source.with_name(f).read_bytes() for f in ("speech.wav", "mix.wav")])
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("in.mp3", ["-b:a", "192k"]),
        ("in.flac", []),
        ("in.ogg", ["-c:a", "libvorbis"]),
        ("in.opus", []),
        ("in.m4a", []),
        ("in.mov", ["-c:a", "pcm_s24le"]),
        ("in.aac", []),
        ("in.webm", ["-c:a", "libopus"]),
        ("in.aiff", []),
        ("in.caf", []),
        ("in.au", []),
        ("in.w64", []),
        ("in.ac3", []),
        ("in.wma", []),
    ],
)
def test_a_format_that_studios_use_is_decoded(
    tmp_path: Path, name: str, options: list[str]
) -> None:
    original = a_wav(tmp_path / "original.wav")
    source = converted(original, tmp_path / name, *options)
    narration = decoded(source)
    assert 25 <= narration.frames <= 28
    assert narration.peak_dbfs == pytest.approx(-6, abs=1)


def test_more_channels_than_two_are_mixed_down_with_a_warning(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(24_000, channels=6))
    narration = decoded(source)
    assert narration.channels == 2
    assert "6 channels" in narration.warnings[0]


def test_sound_that_starts_later_than_its_video_keeps_its_lead_in(tmp_path: Path) -> None:
    sound = a_wav(tmp_path / "sound.wav")
    video = a_silent_video(tmp_path / "picture.mp4", seconds=2)
    source = converted(
        video, tmp_path / "in.mp4", "-itsoffset", "0.5", "-i", str(sound), "-map", "0", "-map", "1"
    )
    narration = decoded(source)
    mix = mix_beside(source)[:, 0]
    assert not mix[:22_000].any()
    assert np.abs(mix[24_100:26_000]).max() > 1_000_000
    assert narration.frames in (38, 39)


def test_sound_alone_that_starts_late_keeps_its_lead_in(tmp_path: Path) -> None:
    sound = a_wav(tmp_path / "sound.wav")
    source = converted(sound, tmp_path / "in.mka", "-output_ts_offset", "0.5")
    assert decoded(source).frames == 38
    assert not mix_beside(source)[:23_900].any()


def test_a_wav_cut_short_is_decoded_as_far_as_it_goes(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(48_000))
    source.write_bytes(source.read_bytes()[: 44 + 2 * 24_000])
    narration = decoded(source)
    assert narration.samples == 24_000
    assert "ends early" in narration.warnings[0]


def test_text_named_wav_is_unreadable(tmp_path: Path) -> None:
    source = tmp_path / "in.wav"
    source.write_text("Dear studio, the recording follows tomorrow.\n" * 50)
    assert refusal(source).code == "audio_unreadable"


def test_a_wav_with_only_half_a_header_is_unreadable(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav")
    source.write_bytes(source.read_bytes()[:30])
    assert refusal(source).code == "audio_unreadable"


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    source = tmp_path / "in.wav"
    source.touch()
    assert refusal(source).code == "audio_empty"


def test_a_wav_without_samples_is_empty(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(0))
    assert refusal(source).code == "audio_empty"


def test_silence_is_refused(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav", a_tone(24_000, level=0.0005))
    assert refusal(source).code == "audio_silent"


def test_of_sides_that_cancel_out_one_is_taken(tmp_path: Path) -> None:
    pcm = a_tone(24_000, channels=2) * np.array([1, -1], np.int16)
    narration = decoded(a_wav(tmp_path / "in.wav", pcm))
    assert codes(narration) == ["audio_out_of_phase"]
    assert narration.channels == 1
    np.testing.assert_array_equal(
        mix_beside(tmp_path / "in.wav")[:24_000, 0], pcm[:, 0].astype(np.int32) * 256
    )
    assert peak_of_speech(tmp_path) == pytest.approx(0.5, abs=0.01)


def test_a_click_is_too_short(tmp_path: Path) -> None:
    assert refusal(a_wav(tmp_path / "in.wav", a_tone(9000))).code == "audio_too_short"


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    assert refusal(a_silent_video(tmp_path / "in.mp4")).code == "audio_missing_stream"


@pytest.mark.parametrize("name", ["in.flac", "in.mp3"])  # the header of one tells, of one does not
def test_too_long_a_narration_is_stopped(tmp_path: Path, name: str) -> None:
    source = converted(a_wav(tmp_path / "original.wav"), tmp_path / name)
    assert refusal(source, AudioLimits(longest_s=0.5)).code == "audio_too_long"


def with_a_gap(folder: Path, seconds: float) -> Path:
    gap = f"asetpts='if(gt(T,0.5),PTS+{seconds}/TB,PTS)'"
    live = ["-c:a", "flac", "-live", "1"]  # a header without the length
    return converted(a_wav(folder / "sound.wav"), folder / "in.mka", "-af", gap, *live)


def test_a_gap_in_the_time_stamps_is_silence_of_its_length(tmp_path: Path) -> None:
    source = with_a_gap(tmp_path, 0.4)
    assert decoded(source).frames == 35
    assert not mix_beside(source)[30_000:42_000].any()


def test_an_hour_of_silence_made_by_time_stamps_is_refused(tmp_path: Path) -> None:
    source = with_a_gap(tmp_path, 3600)
    assert audio_length_s(source) is None
    assert refusal(source).code == "audio_gap"


def test_a_length_that_no_header_tells_is_stopped_while_decoding(tmp_path: Path) -> None:
    source = with_a_gap(tmp_path, 20)
    assert refusal(source, AudioLimits(longest_s=10)).code == "audio_too_long"


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile '{secret}'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.wav\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    ],
    ids=["concat", "m3u8 to a file", "m3u8 to an address", "sdp"],
)
@pytest.mark.parametrize("name", ["in.wav", "in.m3u8"])
def test_a_script_that_names_other_files_is_unreadable_and_never_followed(
    tmp_path: Path, script: str, name: str
) -> None:
    secret = a_wav(tmp_path / "secret.wav")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        source = tmp_path / name
        source.write_text(script.format(secret=secret, port=server.getsockname()[1]))
        assert refusal(source).code == "audio_unreadable"
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_movie_whose_sound_lies_in_another_file_is_not_followed(tmp_path: Path) -> None:
    secret = a_wav(tmp_path / "secret.wav")
    source = converted(a_wav(tmp_path / "sound.wav"), tmp_path / "in.mov", "-c:a", "pcm_s16le")
    own = struct.pack(">I4sI", 12, b"url ", 1)
    source.write_bytes(_with_box_replaced(source.read_bytes(), own, _alias_of(secret)))
    follow = ["-enable_drefs", "1", "-use_absolute_path", "1"]
    command = [program(), "-v", "error", *follow, "-i", str(source), "-f", "s16le", "-"]
    assert len(run_program(command, timeout_s=30).output) > 90_000, (
        "the attack works where it is let in"
    )
    assert refusal(source).code in ("audio_unreadable", "audio_empty")


def _alias_of(path: Path) -> bytes:
    """A QuickTime alias record with an absolute path, as libavformat reads it."""
    place = str(path).replace("/", ":").encode()
    place += b"\0" * (len(place) % 2)
    levels = bytes(10 + 28 + 12 + 64 + 16 + 4 + 16)
    record = levels + struct.pack(">HH", 2, len(place)) + place + struct.pack(">hH", -1, 0)
    return struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record


def _with_box_replaced(movie: bytes, old: bytes, new: bytes) -> bytes:
    """Lengthens all boxes that hold it; the index comes last, so no sample moves."""
    at, more = movie.index(old), len(new) - len(old)
    grown = bytearray(movie[:at] + new + movie[at + len(old) :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = movie.rindex(name, 0, at) - 4
        length = struct.unpack_from(">I", movie, start)[0]
        struct.pack_into(">I", grown, start, length + more)
    return bytes(grown)
