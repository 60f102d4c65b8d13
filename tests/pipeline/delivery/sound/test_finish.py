"""A mix brought to a loudness: the files that come out, measured."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pipeline.delivery.sound import finish
from pipeline.delivery.sound.finish import finished_sound
from pipeline.delivery.sound.loudness import GATE_LUFS, LOUDNESS, NO_PEAK_DBTP, loudness_of
from pipeline.media.sound.wav import read_info, read_pcm
from tests.pipeline.delivery.sound.builders import a_sine, a_sound, bursts

LOUD = [name for name, row in LOUDNESS.items() if row.target_lufs is not None]


def test_a_stereo_tone_of_1_khz_reads_its_level(tmp_path: Path) -> None:
    found = loudness_of(a_sound(tmp_path / "a.wav", a_sine(-23)))
    assert found.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(-23, abs=0.1)
    assert found.seconds == 2.0


def test_a_mono_tone_is_one_channel(tmp_path: Path) -> None:
    found = loudness_of(a_sound(tmp_path / "a.wav", a_sine(-23), channels=1))
    assert found.integrated_lufs == pytest.approx(-26, abs=0.1)


def test_a_peak_between_samples_is_found(tmp_path: Path) -> None:
    tone = a_sine(-6, hertz=12_000, phase=np.pi / 4, seconds=1)
    tone *= np.minimum(1, np.minimum(np.arange(48_000), np.arange(48_000)[::-1]) / 4800)
    assert 20 * np.log10(np.abs(tone).max()) == pytest.approx(-9, abs=0.1)
    found = loudness_of(a_sound(tmp_path / "a.wav", tone))
    assert found.true_peak_dbtp == pytest.approx(-6, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", LOUD)
def test_a_tone_reaches_each_loudness_by_one_gain(tmp_path: Path, name: str, channels: int) -> None:
    wanted = LOUDNESS[name]
    mix = a_sound(tmp_path / "mix.wav", a_sine(-30, seconds=1), channels)
    report = finished_sound(mix, wanted, tmp_path / "out.wav")
    assert report.after.integrated_lufs == pytest.approx(wanted.target_lufs, abs=0.05)
    assert report.limited.samples == 0
    assert report.warnings == ()
    factor = 10 ** (report.gain_db / 20)
    exact = np.rint(read_pcm(mix) * factor)
    assert np.abs(read_pcm(report.path) - exact).max() <= 1
    info = read_info(report.path)
    assert info is not None
    assert (info.rate, info.sample_bytes, info.channels) == (48_000, 3, channels)


def test_high_peaks_are_limited_and_the_loudness_is_reached_all_the_same(tmp_path: Path) -> None:
    wanted = LOUDNESS["web"]
    mix = a_sound(tmp_path / "mix.wav", bursts())
    report = finished_sound(mix, wanted, tmp_path / "out.wav")
    assert report.limited.samples > 0
    assert report.after.true_peak_dbtp <= wanted.ceiling_dbtp
    assert report.after.integrated_lufs == pytest.approx(-14, abs=0.5)
    assert report.warnings == ()
    first = report.path.read_bytes()
    finished_sound(mix, wanted, report.path)
    assert report.path.read_bytes() == first


def test_what_cannot_be_reached_is_told(tmp_path: Path) -> None:
    click = 0.9 * (np.arange(96_000) == 40_000)
    mix = a_sound(tmp_path / "mix.wav", a_sine(-50) + click)
    report = finished_sound(mix, LOUDNESS["web"], tmp_path / "out.wav")
    assert report.after.true_peak_dbtp <= -1
    assert [warning.partition(":")[0] for warning in report.warnings] == ["loudness_missed"]
    assert "more would be heard" in report.warnings[0]


def test_clipped_sound_is_kept_below_the_ceiling(tmp_path: Path) -> None:
    square = np.sign(a_sine(0, hertz=997, seconds=1))
    report = finished_sound(
        a_sound(tmp_path / "mix.wav", square), LOUDNESS["r128"], tmp_path / "out.wav"
    )
    assert report.before.true_peak_dbtp > 0
    assert report.after.true_peak_dbtp <= -1
    assert report.after.integrated_lufs == pytest.approx(-23, abs=0.5)


def test_silence_stays_silence_and_is_told(tmp_path: Path) -> None:
    mix = a_sound(tmp_path / "mix.wav", np.zeros(24_000))
    report = finished_sound(mix, LOUDNESS["r128"], tmp_path / "out.wav")
    assert (report.gain_db, report.after.integrated_lufs) == (0.0, GATE_LUFS)
    assert report.after.true_peak_dbtp == NO_PEAK_DBTP
    assert not read_pcm(report.path).any()
    assert report.warnings == (
        "loudness_unmeasured: the sound keeps its level, since it is silent, or nearly",
    )


def test_a_sound_too_short_to_be_measured_keeps_its_level(tmp_path: Path) -> None:
    mix = a_sound(tmp_path / "mix.wav", a_sine(-12, seconds=0.3))
    report = finished_sound(mix, LOUDNESS["web"], tmp_path / "out.wav")
    np.testing.assert_array_equal(read_pcm(report.path), read_pcm(mix))
    assert "it is 0.30 s long" in report.warnings[0]


def test_as_it_is_means_the_very_samples_between_the_handles(tmp_path: Path) -> None:
    mix = a_sound(tmp_path / "mix.wav", bursts(seconds=1))
    assert finished_sound(mix, LOUDNESS["as_is"], tmp_path / "out.wav").path == mix
    report = finished_sound(mix, LOUDNESS["as_is"], tmp_path / "out.wav", 8008)
    made = read_pcm(report.path)
    np.testing.assert_array_equal(made[8008:-8008], read_pcm(mix))
    assert not made[:8008].any()
    assert not made[-8008:].any()


def test_handles_lie_around_a_sound_of_another_loudness(tmp_path: Path) -> None:
    mix = a_sound(tmp_path / "mix.wav", a_sine(-30, seconds=1))
    made = read_pcm(finished_sound(mix, LOUDNESS["r128"], tmp_path / "out.wav", 1920).path)
    assert len(made) == 48_000 + 2 * 1920
    assert not made[:1920].any()
    assert made[1920:-1920].any()


def test_where_blocks_end_changes_no_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mix = a_sound(tmp_path / "mix.wav", bursts(seconds=1.5))
    made = [finished_sound(mix, LOUDNESS["web"], tmp_path / "a.wav").path.read_bytes()]
    for block in (11_111, 48_000):
        monkeypatch.setattr(finish, "BLOCK", block)
        made.append(finished_sound(mix, LOUDNESS["web"], tmp_path / "b.wav").path.read_bytes())
    assert all(one == other for one, other in pairwise(made))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    with pytest.raises(ValueError, match="48 kHz and 24 bits"):
        finished_sound(tmp_path / "a.wav", LOUDNESS["web"], tmp_path / "out.wav")
