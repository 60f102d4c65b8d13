"""Sync-C, Sync-D and offset of features with a known shift, and the cepstra that SyncNet hears."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.quality.brought.lip_sync import (
    APART,
    SHIFTS,
    lip_sync,
    sound_windows,
    whole_windows,
)
from pipeline.quality.brought.mfcc import mel_cepstra

WIDTH = 64


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, WIDTH))


@pytest.mark.parametrize("offset", [0, 3, -7, 15, -15])
def test_sound_that_is_moved_by_frames_has_that_offset_and_no_distance(offset: int) -> None:
    """Above 0 the sound is ahead: what is seen in frame t is heard in frame t - offset."""
    lips = vectors(400)
    found = lip_sync(lips, np.roll(lips, -offset, axis=0))
    assert found is not None
    assert found.offset == offset
    assert found.distance < 0.05 * math.sqrt(2 * WIDTH)  # but for the ends, which are rolled
    assert found.confidence > 0.9 * math.sqrt(2 * WIDTH)


def test_confidence_is_the_median_less_the_least_of_known_distances() -> None:
    """Sound that is the same everywhere is as far at each shift as its ends allow; constant
    distances of 3 give Sync-D 3."""
    lips, sound = np.zeros((200, 4)), np.zeros((200, 4))
    sound[:, 0] = 3.0
    found = lip_sync(lips, sound)
    assert found is not None
    least = 3.0 * (200 - SHIFTS) / 200  # at the furthest shift zeros lie beyond the end
    middle = 3.0 * (200 - 8) / 200  # the 16th of 31 distances: two for each shift, one for none
    assert found.distance == pytest.approx(least, abs=1e-5)
    assert found.confidence == pytest.approx(middle - least, abs=1e-5)


def test_equal_features_are_as_far_as_what_is_added_to_each_difference() -> None:
    lips = vectors(60)
    found = lip_sync(lips, lips)
    assert found is not None
    assert found.distance == pytest.approx(APART * math.sqrt(WIDTH), rel=1e-6)


def test_without_a_window_nothing_is_said() -> None:
    assert lip_sync(vectors(0), vectors(3)) is None


@given(st.integers(0, 60), st.integers(0, 300))
def test_no_window_reaches_beyond_frames_or_sound(frames: int, steps: int) -> None:
    count = whole_windows(frames, steps)
    assert 0 <= count <= max(0, frames - 5)
    assert sound_windows(np.zeros((steps, 13)), count).shape == (count, 1, 13, 20)


def test_a_window_hears_the_fifth_of_a_second_that_begins_with_its_frame() -> None:
    steps = np.arange(100.0)[:, None] + np.zeros(13)
    found = sound_windows(steps, 3)
    assert found[2, 0, 5].tolist() == list(range(8, 28))


@given(st.lists(st.integers(0, 900), max_size=8), st.integers(0, 5000))
def test_cepstra_do_not_depend_on_the_blocks_of_the_sound(cuts: list[int], samples: int) -> None:
    sound = np.random.default_rng(0).normal(size=samples) * 3000
    whole = mel_cepstra([sound])
    parts = mel_cepstra(np.split(sound, np.cumsum(cuts)))
    steps = 0 if not samples else 1 + max(0, math.ceil((samples - 400) / 160))
    assert whole.shape == parts.shape == (steps, 13)
    np.testing.assert_allclose(parts, whole, rtol=1e-7, atol=1e-7)


def test_cepstra_are_those_of_the_formula_written_out() -> None:
    """One window, with loops over bands and bins instead of matrices."""
    sound = np.random.default_rng(1).normal(size=400) * 1000
    emphasised = np.append(sound[0], sound[1:] - 0.97 * sound[:-1])
    power = np.abs(np.fft.rfft(emphasised, 512)) ** 2 / 512
    mel = np.linspace(0, 2595 * math.log10(1 + 8000 / 700), 28)
    edges = [math.floor(513 * 700 * (10 ** (m / 2595) - 1) / 16000) for m in mel]
    logs = []
    for low, peak, high in zip(edges, edges[1:], edges[2:], strict=False):
        band = sum(power[k] * (k - low) / (peak - low) for k in range(low, peak))
        band += sum(power[k] * (high - k) / (high - peak) for k in range(peak, high))
        logs.append(math.log(band))
    expected = [math.log(power.sum())]
    for n in range(1, 13):
        turned = sum(v * math.cos(math.pi * n * (2 * i + 1) / 52) for i, v in enumerate(logs))
        expected.append(turned * math.sqrt(2 / 26) * (1 + 11 * math.sin(math.pi * n / 22)))
    np.testing.assert_allclose(mel_cepstra([sound])[0], expected, rtol=1e-9)


def test_digital_silence_has_finite_cepstra() -> None:
    assert np.isfinite(mel_cepstra([np.zeros(1600)])).all()
