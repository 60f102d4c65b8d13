"""What follows from the samples of a recording, decided without a file."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.media.sound.survey import (
    SoundSurvey,
    channel_to_take,
    flat_samples,
    peak_of,
    told_of_channels,
    told_of_clipping,
    told_of_gain,
    told_of_level,
)

SILENT = 1e-3


def noise(seed: int, samples: int = 4800, level: float = 0.2) -> NDArray[np.float64]:
    draws: NDArray[np.float64] = np.random.default_rng(seed).uniform(-level, level, samples)
    return draws


def heard(*channels: NDArray[np.float64]) -> SoundSurvey:
    survey = SoundSurvey(len(channels))
    survey.hear(np.stack(channels, axis=1).astype(np.float32))
    return survey


def test_a_peak_counts_on_both_sides_of_zero() -> None:
    assert peak_of(np.array([[0.1, -0.9]], np.float32)) == pytest.approx(0.9)
    assert peak_of(np.array([[0.7, -0.2]], np.float32)) == pytest.approx(0.7)
    assert peak_of(np.zeros((0, 2), np.float32)) == 0.0


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=50))
def test_the_peak_of_a_recording_is_that_of_its_loudest_block(samples: list[float]) -> None:
    whole = np.array(samples, np.float32)[:, None]
    survey = SoundSurvey(1)
    for at in range(0, len(whole), 7):
        survey.hear(whole[at : at + 7])
    assert survey.peak == float(np.abs(whole).max())
    assert survey.samples == len(whole)


def test_sides_that_belong_together_are_both_taken() -> None:
    voice = noise(1)
    for left, right in [
        (voice, voice),
        (voice, 0.3 * voice),
        (voice, noise(2)),
        (voice, -0.01 + voice),
    ]:
        assert channel_to_take(heard(left, right), SILENT, voice=True) is None


def test_of_opposite_sides_the_louder_one_is_taken() -> None:
    voice = noise(1)
    assert channel_to_take(heard(voice, -0.8 * voice), SILENT, voice=True) == 0
    survey = heard(-0.8 * voice, voice + 0.02 * noise(2))
    assert channel_to_take(survey, SILENT, voice=True) == 1
    (told,) = told_of_channels(survey, SILENT, "take.wav", voice=True)
    assert told.startswith("audio_out_of_phase: the sides of take.wav")
    assert "channel 2" in told


def test_a_part_with_opposite_sides_is_enough() -> None:
    survey = heard(noise(1), noise(1))
    for seed in range(2, 12):
        survey.hear(np.stack([noise(seed), noise(seed)], axis=1).astype(np.float32))
    assert channel_to_take(survey, SILENT, voice=True) is None
    survey.hear(np.stack([noise(20), -noise(20)], axis=1).astype(np.float32))
    assert channel_to_take(survey, SILENT, voice=True) is not None


def test_rumble_that_both_sides_share_does_not_hide_a_voice_that_cancels() -> None:
    rumble = 0.5 * np.sin(2 * np.pi * 20 * np.arange(4800) / 48_000)
    voice = noise(1)
    assert channel_to_take(heard(rumble + voice, rumble - voice), SILENT, voice=True) is not None


def test_music_keeps_a_lone_side_and_one_that_cancels_in_parts() -> None:
    tune = noise(1)
    assert channel_to_take(heard(tune, 0 * tune), SILENT, voice=False) is None
    survey = heard(tune, -tune)
    assert channel_to_take(survey, SILENT, voice=False) is not None
    survey.hear(np.stack([tune, tune], axis=1).astype(np.float32))
    assert channel_to_take(survey, SILENT, voice=False) is None


@pytest.mark.parametrize("spill", [0.0, 0.001, 0.015])
@pytest.mark.parametrize("channel", [0, 2, 5])
def test_a_channel_that_sounds_alone_is_taken_alone(channel: int, spill: float) -> None:
    channels = [spill * noise(at) for at in range(6)]
    channels[channel] = noise(9)
    survey = heard(*channels)
    assert channel_to_take(survey, SILENT, voice=True) == channel
    assert "one_channel" in next(told_of_channels(survey, SILENT, "x", voice=True))


def test_a_constant_offset_is_no_sound() -> None:
    survey = heard(noise(1), np.full(4800, 0.5))
    assert channel_to_take(survey, SILENT, voice=True) == 0


@pytest.mark.parametrize(
    ("samples", "flat"),
    [
        ([1, 1, 1], 3),
        ([1, 1, 0.5, 1, 1], 0),
        ([-1, -1, -1, -1], 4),
        ([1, 1, 1, 0, 1, 1, 1], 6),
        ([0.98, 0.98, 0.98], 0),
        ([1, 0.995, 1], 0),
        ([1, -1, 1, -1], 0),
        ([1, 1], 0),
        ([], 0),
    ],
)
def test_three_equal_samples_near_full_scale_are_cut_off(samples: list[float], flat: int) -> None:
    assert flat_samples(np.array(samples, np.float32).reshape(-1, 1)) == flat


def test_a_wave_that_just_reaches_full_scale_is_not_cut_off() -> None:
    wave = np.rint(32767 * np.sin(2 * np.pi * 100 * np.arange(48_000) / 48_000)) / 32768
    assert not list(told_of_clipping(heard(wave), "x"))
    (told,) = told_of_clipping(heard(np.clip(1.2 * wave, -1, 1)), "x")
    assert told.startswith("audio_clipped: 37.")


@pytest.mark.parametrize(("peak_db", "quiet"), [(-50, True), (-37, True), (-35, False)])
def test_a_voice_that_is_hardly_heard_is_told(peak_db: int, quiet: bool) -> None:
    wave = 10 ** (peak_db / 20) * np.sin(2 * np.pi * 100 * np.arange(48_000) / 48_000)
    told = list(told_of_level(heard(wave), "x"))
    assert [each.partition(" dBFS")[0] for each in told] == (
        [f"audio_quiet: x peaks at {peak_db}"] if quiet else []
    )


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_sound_are_counted(wrong: float) -> None:
    samples = noise(1)
    samples[100:103] = wrong
    survey = heard(samples, noise(2))
    assert survey.wrong == 3
    assert heard(900 * samples[:50]).wrong == 0


def test_what_is_turned_down_is_told_in_decibels() -> None:
    assert not list(told_of_gain(1.0, "x"))
    (told,) = told_of_gain(0.5, "x")
    assert "6.0 dB" in told
