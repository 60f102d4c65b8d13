from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]  # no types in soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manifests.errors import BadInput, Transient
from pipeline.media.sound.wav import (
    LARGEST_DATA_BYTES,
    MixWriter,
    SpeechWriter,
    read_info,
    read_pcm,
    read_speech,
    set_samples,
)
from tests.media_builders import a_tone, a_wav


@settings(max_examples=30)
@given(arrays(np.int32, st.integers(0, 50), elements=st.integers(-(2**23), 2**23 - 1)))
def test_24_bits_go_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("exact") / "mix.wav"
    with MixWriter(path, channels=1) as writer:
        writer.append(samples[:, None])
    np.testing.assert_array_equal(read_pcm(path)[:, 0], samples)


@pytest.mark.parametrize("samples", [0, 999, 1000])
def test_a_file_is_the_bytes_that_stored_work_has(tmp_path: Path, samples: int) -> None:
    """A plain header of 44 bytes and the samples: what earlier versions wrote is found again."""
    pcm = a_tone(samples, channels=2).astype(np.int32) * 200
    with MixWriter(tmp_path / "mix.wav", channels=2) as writer:
        writer.append(pcm)
    wide = np.ascontiguousarray(pcm, "<i4").reshape(-1, 1).view(np.uint8)
    data = wide[:, :3].tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 2,
                       48_000, 288_000, 6, 24)  # fmt: skip
    told = head + struct.pack("<4sI", b"data", len(data)) + data
    assert (tmp_path / "mix.wav").read_bytes() == told


def test_sentences_follow_one_another(tmp_path: Path) -> None:
    first = np.linspace(-1, 0.9, 640, dtype=np.float32)
    with SpeechWriter(tmp_path / "speech.wav") as writer:
        writer.append_speech(first)
        writer.pad_to(1280)
        writer.append_speech(first[:320])
    speech = read_speech(tmp_path / "speech.wav")
    assert len(speech) == 1600
    np.testing.assert_allclose(speech[:640], first, atol=1 / 65536)
    assert not speech[640:1280].any()


def test_a_range_is_what_lies_between_its_ends(tmp_path: Path) -> None:
    path = a_wav(tmp_path / "in.wav", a_tone(1000))
    whole = read_speech(path)
    np.testing.assert_array_equal(read_speech(path, 100, 350), whole[100:350])
    assert len(read_speech(path, 900, 5000)) == 100


def test_too_loud_samples_are_clipped_and_do_not_wrap(tmp_path: Path) -> None:
    with SpeechWriter(tmp_path / "speech.wav") as writer:
        writer.append_speech(np.array([2.0, -2.0], np.float32))
    np.testing.assert_array_equal(read_pcm(tmp_path / "speech.wav")[:, 0], [32767, -32768])


def test_stereo_keeps_its_sides(tmp_path: Path) -> None:
    pcm = np.array([[1, -1], [2**23 - 1, -(2**23)]], np.int32)
    with MixWriter(tmp_path / "mix.wav", channels=2) as writer:
        writer.append(pcm)
    np.testing.assert_array_equal(read_pcm(tmp_path / "mix.wav"), pcm)


def test_a_writer_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(LookupError), SpeechWriter(tmp_path / "speech.wav") as writer:  # noqa: PT012
        writer.append_speech(np.zeros(10, np.float32))
        raise LookupError
    assert not (tmp_path / "speech.wav").exists()


def test_a_file_past_4_gb_is_refused(tmp_path: Path) -> None:
    with MixWriter(tmp_path / "mix.wav", channels=2) as writer:
        writer.samples = LARGEST_DATA_BYTES // 6
        with pytest.raises(ValueError, match="4 GB"):
            writer.append(np.zeros((1, 2), np.int32))


@pytest.mark.parametrize("samples", [0, 999, 1000, 1001, 5000])
def test_a_length_is_set_by_cutting_or_by_silence(tmp_path: Path, samples: int) -> None:
    path = a_wav(tmp_path / "in.wav", a_tone(1000))
    before = read_pcm(path)
    set_samples(path, samples)
    after = read_pcm(path)
    info = read_info(path)
    assert info is not None
    assert info.samples == samples
    data_bytes = struct.unpack("<I", path.read_bytes()[40:44])[0]
    assert data_bytes == path.stat().st_size - 44 == samples * 2
    assert len(after) == samples
    np.testing.assert_array_equal(after[:1000], before[:samples])
    assert not after[1000:].any()


def test_a_file_that_is_no_pcm_wav_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVEdata")
    with pytest.raises(BadInput):
        read_pcm(path)


def test_a_full_disk_is_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise soundfile.LibsndfileError(2)

    with pytest.raises(Transient) as failed, MixWriter(tmp_path / "mix.wav", channels=1) as writer:  # noqa: PT012
        monkeypatch.setattr(writer._file, "write", full)
        writer.append(np.zeros((10, 1), np.int32))
    assert failed.value.code == "disk_full"
    assert not (tmp_path / "mix.wav").exists()


def test_a_folder_that_is_not_there_is_the_machines(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        MixWriter(tmp_path / "gone" / "mix.wav", channels=1)
    with pytest.raises(FileNotFoundError):
        read_info(tmp_path / "gone.wav")
