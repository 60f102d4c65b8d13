"""Recordings whose samples, levels, checksums or headers are not what they seem."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import BadInput
from pipeline.media.sound.audio import AudioLimits, Narration, decode_bed, decode_narration
from pipeline.media.sound.riff import LEAST_MORE_BYTES, read_announced
from pipeline.media.sound.wav import read_pcm, read_speech
from tests.media_builders import a_tone, a_wav, converted
from tests.sound_builders import (
    RATE,
    Sound,
    a_recording,
    a_voice,
    announcing,
    flipped,
    music,
    sides,
)

FULL = (1 << 23) - 1


def narrated(source: Path) -> Narration:
    speech, mix = source.with_name("speech.wav"), source.with_name("mix.wav")
    return decode_narration(source, name="take", speech=speech, mix=mix, limits=AudioLimits())


def codes(narration: Narration) -> list[str]:
    return [warning.split(":")[0] for warning in narration.warnings]


def mixed(folder: Path) -> Sound:
    samples: Sound = read_pcm(folder / "mix.wav") / 2**23
    return samples


@pytest.mark.parametrize("over", [1.3, 2.54, 30.0])
def test_floats_over_full_scale_are_turned_down_and_lose_nothing(
    tmp_path: Path, over: float
) -> None:
    sound = 2 * over * a_voice()
    narration = narrated(a_recording(tmp_path / "in.wav", sound, "FLOAT"))
    assert codes(narration) == ["audio_over_full_scale"]
    assert f"{20 * np.log10(over):.1f} dB" in narration.warnings[0]
    mix = mixed(tmp_path)[: len(sound), 0]
    np.testing.assert_allclose(mix, sound / over, atol=3e-7)
    assert np.abs(read_pcm(tmp_path / "mix.wav")).max() >= FULL - 2
    assert np.abs(read_speech(tmp_path / "speech.wav")).max() > 0.9


def test_turned_down_twice_it_is_the_same_bytes(tmp_path: Path) -> None:
    source = a_recording(tmp_path / "in.wav", 3 * sides(a_voice(), a_voice()), "FLOAT")
    both = []
    for _ in range(2):
        narrated(source)
        both.append([(tmp_path / name).read_bytes() for name in ("speech.wav", "mix.wav")])
    assert both[0] == both[1]


def test_a_float_at_full_scale_is_left_as_it_is(tmp_path: Path) -> None:
    sound = 2 * a_voice()
    assert narrated(a_recording(tmp_path / "in.wav", sound, "FLOAT")).warnings == ()
    np.testing.assert_allclose(mixed(tmp_path)[: len(sound), 0], sound, atol=3e-7)


@pytest.mark.parametrize("name", ["in.mp3", "in.m4a"])
def test_a_lossy_file_of_a_loud_master_is_not_clipped(tmp_path: Path, name: str) -> None:
    loud = np.clip(8 * a_voice(), -1, 1)
    source = converted(a_recording(tmp_path / "loud.wav", loud), tmp_path / name, "-b:a", "64k")
    assert "audio_over_full_scale" in codes(narrated(source))
    assert (np.abs(mixed(tmp_path)) >= FULL / 2**23).mean() < 1e-4


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_recording_that_was_cut_off_is_told_with_its_share(tmp_path: Path, rate: int) -> None:
    cut = np.clip(6 * a_voice(), -1, 1)
    narration = narrated(a_recording(tmp_path / "in.wav", cut, "PCM_16", rate=rate))
    assert codes(narration)[0] == "audio_clipped"
    share = (np.abs(cut) >= 1).mean()
    told = float(narration.warnings[0].split()[1].rstrip("%")) / 100
    assert told == pytest.approx(share, rel=0.2)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e20])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_samples_that_are_no_sound_are_refused(tmp_path: Path, wrong: float, subtype: str) -> None:
    sound = a_voice().copy()
    sound[70_000:70_003] = wrong
    with pytest.raises(BadInput, match="3 samples") as refused:
        narrated(a_recording(tmp_path / "in.wav", sound, subtype))
    assert refused.value.code == "audio_wrong_samples"
    assert not list(tmp_path.glob("[sm][pi]*.wav"))


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("noise", [0.0, 0.001])
def test_a_voice_on_one_side_keeps_its_level(tmp_path: Path, side: int, noise: float) -> None:
    both = [noise * music(len(a_voice()), 1.0)] * 2
    both[side] = a_voice()
    narration = narrated(a_recording(tmp_path / "in.wav", sides(*both)))
    assert (codes(narration), narration.channels) == (["one_channel"], 1)
    np.testing.assert_allclose(mixed(tmp_path)[: len(a_voice()), 0], a_voice(), atol=1e-6)
    assert np.abs(read_speech(tmp_path / "speech.wav")).max() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("level", [1.0, 0.9])
def test_a_voice_of_opposite_sides_is_not_lost(tmp_path: Path, level: float) -> None:
    sound = sides(a_voice(), -level * a_voice())
    narration = narrated(a_recording(tmp_path / "in.wav", sound))
    assert (codes(narration), narration.channels) == (["audio_out_of_phase"], 1)
    assert np.abs(read_speech(tmp_path / "speech.wav")).max() == pytest.approx(0.5, abs=0.03)


def test_a_voice_in_the_centre_of_5_1_keeps_its_loudness(tmp_path: Path) -> None:
    silence = np.zeros(len(a_voice()))
    rest = 0.3 * music(len(a_voice()))
    plain = a_recording(tmp_path / "plain.wav", sides(rest, rest, a_voice(), silence, rest, rest))
    narration = narrated(converted(plain, tmp_path / "in.flac"))  # FLAC names the channels
    assert (codes(narration), narration.channels) == (["mixed_down"], 2)
    power = (mixed(tmp_path)[: len(a_voice())] ** 2).sum(axis=1).mean()
    assert power >= 0.95 * (a_voice() ** 2).mean()
    assert np.abs(read_speech(tmp_path / "speech.wav")).max() > 0.3


def test_a_bed_of_one_side_keeps_both(tmp_path: Path) -> None:
    source = a_recording(tmp_path / "in.wav", sides(music(RATE), np.zeros(RATE)))
    files = {"speech": tmp_path / "mono.wav", "mix": tmp_path / "bed.wav"}
    bed = decode_bed(source, name="bed", limits=AudioLimits(), **files)
    assert (bed.channels, bed.warnings) == (2, ())


def test_a_bed_whose_sides_cancel_is_heard_in_mono(tmp_path: Path) -> None:
    source = a_recording(tmp_path / "in.wav", sides(music(RATE), -music(RATE)))
    files = {"speech": tmp_path / "mono.wav", "mix": tmp_path / "bed.wav"}
    bed = decode_bed(source, name="bed", limits=AudioLimits(), **files)
    assert (bed.channels, codes(bed)) == (1, ["audio_out_of_phase"])


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_flac_whose_md5_is_wrong_is_told(tmp_path: Path, subtype: str) -> None:
    source = a_recording(tmp_path / "in.flac", a_voice(), subtype, form="FLAC")
    assert narrated(source).warnings == ()
    assert codes(narrated(flipped(source, 4 + 4 + 18 + 5))) == ["audio_checksum"]


def test_a_flac_that_keeps_no_md5_is_not_blamed(tmp_path: Path) -> None:
    source = a_recording(tmp_path / "in.flac", a_voice(), "PCM_16", form="FLAC")
    data = bytearray(source.read_bytes())
    data[26:42] = bytes(16)
    source.write_bytes(data)
    assert narrated(source).warnings == ()


@pytest.mark.parametrize("name", ["in.flac", "in.ogg"])
def test_a_bit_that_was_turned_over_on_the_way_is_told(tmp_path: Path, name: str) -> None:
    source = converted(a_recording(tmp_path / "voice.wav", a_voice()), tmp_path / name)
    assert narrated(source).warnings == ()
    assert "audio_checksum" in codes(narrated(flipped(source, source.stat().st_size // 2)))


def test_a_wavpack_with_a_bit_turned_over_is_told(tmp_path: Path) -> None:
    source = converted(a_recording(tmp_path / "voice.wav", a_voice()), tmp_path / "in.wv")
    assert narrated(source).warnings == ()
    told = codes(narrated(flipped(source, source.stat().st_size // 2)))
    assert set(told) & {"audio_checksum", "audio_damaged"}


def test_a_constant_offset_is_silence(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        narrated(a_recording(tmp_path / "in.wav", np.full(RATE, 0.4)))
    assert refused.value.code == "audio_silent"


@pytest.mark.parametrize("announced", [2 * 4800, 96_000 - 2])
def test_a_wav_that_goes_on_after_its_header_is_taken_whole(tmp_path: Path, announced: int) -> None:
    pcm = a_tone(96_000)
    pcm[pcm == 0] = 1
    source = announcing(a_wav(tmp_path / "in.wav", pcm), announced)
    narration = narrated(source)
    assert (narration.samples, codes(narration)) == (96_000, ["audio_runs_on"])
    wide = pcm[:, 0].astype(np.int32) * 256
    np.testing.assert_array_equal(read_pcm(tmp_path / "mix.wav")[:96_000, 0], wide)


def test_what_follows_the_sound_of_a_wav_is_told_from_sound(tmp_path: Path) -> None:
    source = a_wav(tmp_path / "in.wav")
    whole = source.read_bytes()
    length = struct.pack("<I", LEAST_MORE_BYTES)
    for tail in (
        b"LIST" + length + bytes(LEAST_MORE_BYTES),
        b"\0bext" + length + bytes(LEAST_MORE_BYTES),
        bytes(10**6),
        b"\xf1" * 99,
    ):
        source.write_bytes(whole + tail)
        told = read_announced(source)
        assert told is not None
        assert (told.more_bytes, told.cut_short) == (0, False)
        assert narrated(source).samples == RATE


def test_an_rf64_that_ends_early_is_told(tmp_path: Path) -> None:
    source = a_recording(tmp_path / "in.wav", a_voice(), form="RF64")
    assert narrated(source).warnings == ()
    source.write_bytes(source.read_bytes()[:-90_000])
    assert codes(narrated(source)) == ["audio_cut_short"]


@pytest.mark.parametrize("form", ["mp3", "aac"])
def test_pieces_of_other_rates_and_channels_are_one_recording(tmp_path: Path, form: str) -> None:
    first = converted(
        a_wav(tmp_path / "1.wav", a_tone(88_200, rate=44_100), rate=44_100), tmp_path / f"1.{form}"
    )
    second = converted(
        a_wav(tmp_path / "2.wav", a_tone(96_000, channels=2)), tmp_path / f"2.{form}"
    )
    source = tmp_path / f"in.{form}"
    source.write_bytes(first.read_bytes() + second.read_bytes())
    narration = narrated(source)
    assert narration.samples / RATE == pytest.approx(4.0, abs=0.2)
    loud = np.abs(mixed(tmp_path)[:, 0]) > 0.1
    assert np.diff(np.flatnonzero(loud)).max() < 0.2 * RATE


def test_pieces_of_which_only_the_first_could_be_read_are_refused(tmp_path: Path) -> None:
    first = converted(a_wav(tmp_path / "1.wav"), tmp_path / "1.ogg", "-c:a", "libvorbis")
    stereo = a_wav(tmp_path / "2.wav", a_tone(RATE, channels=2))
    second = converted(stereo, tmp_path / "2.ogg", "-c:a", "libvorbis")
    source = tmp_path / "in.ogg"
    source.write_bytes(first.read_bytes() + second.read_bytes())
    with pytest.raises(BadInput, match="several recordings") as refused:
        narrated(source)
    assert refused.value.code == "audio_unreadable"


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "PCM_32", "DOUBLE"]
)
def test_every_coding_of_a_wav_keeps_its_voice(tmp_path: Path, subtype: str) -> None:
    sound = a_voice()[: len(a_voice()) // 6 * 6 : 6]
    narration = narrated(a_recording(tmp_path / "in.wav", sound, subtype, rate=8000))
    assert narration.warnings == ()
    assert narration.peak_dbfs == pytest.approx(-6, abs=1)
    assert narration.samples == pytest.approx(6 * len(sound), rel=0.01)


@pytest.mark.parametrize("rate", [8000, 192_000])
def test_low_and_high_rates_keep_the_length(tmp_path: Path, rate: int) -> None:
    source = a_recording(tmp_path / "in.wav", a_voice()[:RATE], rate=rate)
    assert narrated(source).samples == RATE * RATE // rate
