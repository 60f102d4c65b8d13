from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manifests.errors import BadInput
from pipeline.media.wav import (
    LARGEST_DATA_BYTES,
    MixWriter,
    SpeechWriter,
    pack24,
    read_info,
    read_pcm,
    read_speech,
    set_samples,
    unpack24,
)
from tests.media_builders import a_tone, a_wav


@given(arrays(np.int32, st.integers(0, 50), elements=st.integers(-(2**23), 2**23 - 1)))
def test_24_bits_go_there_and_back(samples: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack24(pack24(samples)), samples)


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
    writer = MixWriter(tmp_path / "mix.wav", channels=2)
    writer._bytes = LARGEST_DATA_BYTES
    with pytest.raises(ValueError, match="4 GB"):
        writer.write(b"123456")
    writer._file.close()


@pytest.mark.parametrize("samples", [0, 999, 1000, 1001, 5000])
def test_a_length_is_set_by_cutting_or_by_silence(tmp_path: Path, samples: int) -> None:
    path = a_wav(tmp_path / "in.wav", a_tone(1000))
    before = read_pcm(path)
    set_samples(path, samples)
    after = read_pcm(path)
    info = read_info(path)
    assert info is not None
    assert not info.cut_short
    assert len(after) == samples
    np.testing.assert_array_equal(after[:1000], before[:samples])
    assert not after[1000:].any()


def test_a_file_that_is_no_pcm_wav_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVEdata")
    with pytest.raises(BadInput):
        read_pcm(path)
