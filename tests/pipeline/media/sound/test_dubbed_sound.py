"""The sound of dubbed rows: stretched without a change of pitch, over a bed that makes room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from manifests.errors import BadInput
from pipeline.dubbing.bed import DUCKED_DB, bed_gain, lay_bed
from pipeline.dubbing.retime import retime
from pipeline.dubbing.slots import Fit
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.wav import MixWriter, SpeechWriter, read_info, read_pcm
from pipeline.nouns import Span
from tests.media_builders import a_tone, a_wav

RATE = 48_000


def a_steady_tone(samples: int, hertz: float, level: float = 0.5) -> NDArray[np.int32]:
    wave = np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)
    return np.rint(level * 2**23 * wave).astype(np.int32)[:, None]


def a_mix(path: Path, pcm: NDArray[np.int32]) -> Path:
    with MixWriter(path, channels=pcm.shape[1]) as writer:
        writer.append(pcm)
    return path


def a_take(folder: Path, pcm: NDArray[np.int32]) -> tuple[Path, Path]:
    speech = folder / "speech.wav"
    with SpeechWriter(speech) as writer:
        writer.pad_to(len(pcm) // 3)
    return speech, a_mix(folder / "mix.wav", pcm)


def pitch_of(pcm: NDArray[np.int32]) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(pcm[:, 0] * np.hanning(len(pcm))))
    return float(spectrum.argmax() * RATE / len(pcm))


def samples_of(path: Path) -> int:
    info = read_info(path)
    assert info is not None
    return info.samples


@pytest.mark.parametrize("factor", [0.92, 0.97, 1.08])
def test_stretched_sound_is_as_long_as_promised_and_keeps_its_pitch(
    tmp_path: Path, factor: float
) -> None:
    speech, mix = a_take(tmp_path, a_steady_tone(100 * 1920, 220.0))
    frames = round(100 * factor)
    retime(speech, mix, mix, Fit(frames=frames, factor=frames / 100), tmp_path)
    assert (samples_of(mix), samples_of(speech)) == (frames * 1920, frames * 640)
    assert pitch_of(read_pcm(mix)) == pytest.approx(220.0, abs=1.0)


def test_what_is_said_is_where_the_fit_says(tmp_path: Path) -> None:
    pcm = np.zeros((250 * 1920, 1), np.int32)
    for start_s in (1.0, 6.0, 9.0):
        pcm[round(start_s * RATE) :][: RATE // 2] = a_steady_tone(RATE // 2, 300.0)
    speech, mix = a_take(tmp_path, pcm)
    fit = Fit(frames=218, removed=(Span(start_s=2.0, stop_s=3.0),), factor=218 / 225)
    retime(speech, mix, mix, fit, tmp_path)
    loud = np.flatnonzero(np.abs(read_pcm(mix)[:, 0]) > 2**21)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 4)] / RATE
    assert starts == pytest.approx([fit.moved(at) for at in (1.0, 6.0, 9.0)], abs=0.02)


def test_cut_silence_alone_leaves_all_other_samples_as_they_are(tmp_path: Path) -> None:
    pcm = a_steady_tone(100 * 1920, 220.0)
    speech, mix = a_take(tmp_path, pcm)
    removed = Span(start_s=1.0, stop_s=1.4)
    retime(speech, mix, mix, Fit(frames=90, removed=(removed,)), tmp_path)
    made = read_pcm(mix)
    assert np.array_equal(made[:47_000], pcm[:47_000])
    assert np.array_equal(made[49_000:], pcm[49_000 + 19_200 :])


def test_the_bed_goes_down_before_a_word_and_stays_down_in_short_pauses() -> None:
    spans = (Span(start_s=2.0, stop_s=3.0), Span(start_s=3.5, stop_s=5.0))
    gain = bed_gain(np.array([0.5, 1.9, 2.0, 3.2, 5.0, 6.0, 9.99]), spans, 10.0)
    low = 10 ** (DUCKED_DB / 20)
    assert gain[[0, 2, 3, 4, 5]] == pytest.approx([1.0, low, low, low, 1.0])
    assert low < gain[1] < 1.0
    assert gain[6] < 0.05


def laid(folder: Path, voice: NDArray[np.int32], bed: Path, *spans: Span) -> tuple[str, ...]:
    a_mix(folder / "mix.wav", voice)
    return lay_bed(
        bed, name="music.wav", mix=folder / "mix.wav", spans=spans, limits=AudioLimits(),
        desk=folder,
    )  # fmt: skip


def test_the_voice_comes_through_as_it_is_where_the_bed_is_silent(tmp_path: Path) -> None:
    voice = a_steady_tone(4 * RATE, 330.0, 0.3)
    bed = a_wav(tmp_path / "music.wav", a_tone(RATE))
    warnings = laid(tmp_path, voice, bed, Span(start_s=0.0, stop_s=4.0))
    assert np.array_equal(read_pcm(tmp_path / "mix.wav")[RATE:], voice[RATE:])
    assert warnings == ("bed_short: music.wav ends 3.0 s before the voice",)


def test_a_stereo_bed_makes_the_mix_stereo_with_the_voice_in_the_middle(tmp_path: Path) -> None:
    voice = a_steady_tone(2 * RATE, 330.0, 0.3)
    sides = a_tone(2 * RATE, channels=2, level=0.3)
    sides[:, 1] = 0
    laid(tmp_path, voice, a_wav(tmp_path / "music.wav", sides), Span(start_s=0.0, stop_s=2.0))
    mixed = read_pcm(tmp_path / "mix.wav")
    assert mixed.shape == (2 * RATE, 2)
    assert np.array_equal(mixed[:, 1], voice[:, 0])
    assert np.abs(mixed[:RATE, 0] - voice[:RATE, 0]).max() == pytest.approx(
        0.3 * 2**23 * 10 ** (DUCKED_DB / 20), rel=0.01
    )


def test_too_loud_together_is_said(tmp_path: Path) -> None:
    bed = a_wav(tmp_path / "music.wav", a_tone(2 * RATE, level=0.9))
    warnings = laid(tmp_path, a_steady_tone(2 * RATE, 330.0, 0.9), bed)
    assert [warning.split(":")[0] for warning in warnings] == ["bed_clipped"]


def test_a_bed_that_is_no_sound_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "music.wav").write_text("hello")
    with pytest.raises(BadInput, match=r"music\.wav") as refused:
        laid(tmp_path, a_steady_tone(RATE, 330.0), tmp_path / "music.wav")
    assert refused.value.code == "audio_unreadable"
