"""Log-mel features: on the frame grid, local, near unit variance in speech."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from model.conditions.features import SpeechFeatures
from model.conditions.logmel import LogMelFeatures
from model.conditions.mel import mel_bands
from model.conditions.speech import Sound
from pipeline.media.voice.voices import choose_voice

SENTENCE = "Every portrait that is handed over in the evening speaks by the next morning."
ENCODER = LogMelFeatures(blocks=4, channels=32)


def a_tone(hertz: float, samples: int) -> Sound:
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(samples) / 16_000)).astype(np.float32)


def noise(samples: int, seed: int = 3) -> Sound:
    rng = np.random.Generator(np.random.Philox(seed))
    return (0.1 * rng.normal(size=samples)).astype(np.float32)


def test_features_come_25_times_a_second() -> None:
    assert ENCODER.encode(noise(16_000), silence=3).shape == (28, 4, 32)
    assert ENCODER.encode(noise(16_001)).shape == (26, 4, 32)


@pytest.mark.parametrize(("low", "high"), [(200, 1000), (1000, 4000)])
def test_a_higher_tone_sounds_in_a_higher_band(low: float, high: float) -> None:
    loudest = [int(ENCODER.encode(a_tone(hz, 6400))[4, 1].argmax()) for hz in (low, high)]
    assert loudest[0] < loudest[1]


def test_a_sound_is_heard_in_the_step_in_which_it_is() -> None:
    click = np.zeros(6400, np.float32)
    click[3 * 640 + 2 * 160 + 80] = 1.0
    loudness = ENCODER.encode(click).sum(-1)
    assert int(loudness.flatten().argmax()) == 3 * 4 + 2


def test_bands_cover_the_voice_without_a_hole() -> None:
    bands = mel_bands(32)
    assert bands.sum(axis=0) == pytest.approx(np.ones(32))
    heard = bands.sum(axis=1)
    assert heard[4:240].min() > 0


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([1, 2, 4, 5, 8]), st.integers(1, 5000), st.integers(0, 4))
def test_any_length_and_any_number_of_steps_is_heard(
    blocks: int, samples: int, silence: int
) -> None:
    encoder = LogMelFeatures(blocks=blocks, channels=16)
    features = encoder.encode(noise(samples), silence)
    assert features.shape == (-(-samples // 640) + silence, blocks, 16)
    assert bool(torch.isfinite(features).all())


def test_speech_is_about_zero_mean_and_unit_variance(tmp_path: Path) -> None:
    (spoken,) = choose_voice("en", "piper:joe").speak([SENTENCE], tmp_path)
    with wave.open(str(spoken)) as file:
        rate = file.getframerate()
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    sound = resample_poly(pcm / 32768, 16_000, rate).astype(np.float32)
    features = ENCODER.encode(sound)
    assert abs(float(features.mean())) < 0.5
    assert 0.7 < float(features.std()) < 1.4


@pytest.mark.parametrize("encoder", [ENCODER, replace(ENCODER, ahead=1)])
def test_windows_do_not_show_in_the_features(encoder: LogMelFeatures) -> None:
    frames = 1600
    sound = noise(frames * 640)
    take = SpeechFeatures(lambda start, stop: sound[start:stop], frames, encoder)
    whole = encoder.encode(sound, take.count - frames)
    torch.testing.assert_close(take.rows(0, take.count), whole, rtol=0, atol=1e-5)


def test_ahead_is_what_sounds_later() -> None:
    sound = noise(20 * 640)
    early, plain = replace(ENCODER, ahead=2).encode(sound), ENCODER.encode(sound, silence=2)
    assert torch.equal(early, plain[2:])


def test_steps_that_do_not_fill_a_frame_are_refused() -> None:
    with pytest.raises(ValueError, match="equal steps"):
        LogMelFeatures(blocks=3, channels=8)
