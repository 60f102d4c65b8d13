"""The laws of the limiter, on samples."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.sound.limiter import (
    AFTER,
    BEFORE,
    FULL_SCALE,
    ONE,
    RELEASE,
    gains,
    interpolator,
    true_peaks,
)
from tests.pipeline.delivery.sound.builders import a_sine, as_pcm

LIMIT = 0.5 * FULL_SCALE


def around(
    pcm: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.pad(pcm, ((BEFORE, AFTER), (0, 0)))


@given(
    st.lists(st.tuples(st.integers(0, 4999), st.floats(-1, 1)), max_size=8),
    st.sampled_from([0.5, 1.0, 4.0]),
)
def test_no_sample_passes_the_limit_and_the_gain_falls_softly(
    clicks: list[tuple[int, float]], factor: float
) -> None:
    sound = np.zeros(5000)
    for at, level in clicks:
        sound[at] = level
    pcm = around(as_pcm(sound, 1))
    curve = gains(pcm, factor, LIMIT)[BEFORE:-AFTER]
    out = pcm[BEFORE:-AFTER, 0] * factor * curve / ONE
    assert np.abs(out).max() <= LIMIT + 1
    assert curve.max() <= ONE
    assert np.abs(np.diff(curve)).max(initial=0) <= ONE // 60


def test_what_is_below_the_limit_is_left_exactly_as_it_is() -> None:
    pcm = around(as_pcm(a_sine(-6.5, seconds=0.2)))
    assert (gains(pcm, 1.0, LIMIT) == ONE).all()


def test_a_peak_between_two_samples_is_limited_too() -> None:
    tone = a_sine(-3.5, hertz=12_000, phase=np.pi / 4, seconds=0.1)  # its samples are at -6.5 dBFS
    assert np.abs(tone).max() * FULL_SCALE < LIMIT
    curve = gains(around(as_pcm(tone)), 1.0, LIMIT)[BEFORE:-AFTER]
    level = 10 ** (-3.5 / 20) * curve[len(curve) // 2] / ONE
    assert level * FULL_SCALE <= LIMIT * 1.001


def test_after_a_peak_the_gain_is_1_again_within_the_release() -> None:
    sound = np.zeros(2 * RELEASE)
    sound[100] = 1.0
    curve = gains(around(as_pcm(sound, 1)), 1.0, LIMIT)[BEFORE:-AFTER]
    assert curve[100] <= ONE * 0.5001
    assert (curve[100 + RELEASE :] == ONE).all()


def test_peaks_are_exact_sums_of_whole_numbers() -> None:
    weights = interpolator()
    assert (weights == np.rint(weights)).all()
    assert np.abs(weights).sum(axis=0).max() * FULL_SCALE < 2**53
    assert np.abs(weights.sum(axis=0) / 65536 - 1).max() < 1e-4
    loud = as_pcm(a_sine(-1, seconds=0.05))
    np.testing.assert_array_equal(true_peaks(loud, 1.0), true_peaks(loud, 1.0))
