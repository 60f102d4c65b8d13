"""Values over time."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluate.figures import json_value
from pipeline.evaluate.series import drift_of, interval_of
from pipeline.quality.column_statistics import correlation, mean_of, median_of

WAVE = np.sin(np.arange(50) / 3)


def test_a_series_goes_with_itself_scaled_and_against_its_negative() -> None:
    assert correlation(WAVE, 3 * WAVE + 1) == pytest.approx(1)
    assert correlation(WAVE, -WAVE) == pytest.approx(-1)


def test_correlation_is_that_of_numpy() -> None:
    noise = np.random.default_rng(0).normal(size=50)
    assert correlation(WAVE, noise) == pytest.approx(np.corrcoef(WAVE, noise)[0, 1])


def test_frames_without_a_value_are_left_out_and_the_longer_series_is_cut() -> None:
    gappy = WAVE.copy()
    gappy[::4] = np.nan
    assert correlation(gappy, np.concatenate([WAVE, np.full(9, 100.0)])) == pytest.approx(1)


def test_too_few_frames_or_no_movement_are_no_correlation() -> None:
    assert np.isnan(correlation(WAVE[:11], WAVE[:11]))
    assert np.isnan(correlation(WAVE, np.ones(50)))
    assert np.isnan(correlation(WAVE, np.full(50, np.nan)))


def test_drift_is_between_the_first_and_the_last_five_seconds() -> None:
    series = np.concatenate([np.full(125, 1.0), np.full(400, 9.0), np.full(125, 4.0)])
    drift = drift_of(series)
    assert (drift.first, drift.last, drift.change) == (1, 4, 3)
    assert drift_of(series[::5], step=5).change == 3


def test_a_clip_under_ten_seconds_has_no_drift() -> None:
    with pytest.raises(ValueError, match="measure a longer clip"):
        drift_of(np.zeros(249))


def test_means_and_medians_are_of_what_there_is() -> None:
    some = np.array([1.0, np.nan, 2.0, 9.0])
    assert mean_of(some) == 4
    assert median_of(some) == 2
    assert np.isnan(mean_of(some[1:2]))


def test_json_has_null_where_there_is_no_number() -> None:
    told = json_value({"a": float("nan"), "b": [1.23456], "c": ("x", 2)})
    assert told == {"a": None, "b": [1.2346], "c": ["x", 2]}


def test_an_interval_holds_the_mean_and_narrows_with_the_clips() -> None:
    values = np.random.default_rng(1).normal(3.0, 1.0, 400)
    few, many = (interval_of(values[:count]) for count in (16, 400))
    assert many[0] < values.mean() < many[1]
    # of 400 values of deviation 1, plus and minus 1.96 / 20
    assert many[1] - many[0] == pytest.approx(4 * 0.98 / 20, rel=0.15)
    assert few[1] - few[0] > 2 * (many[1] - many[0])
    assert interval_of(values[:16]) == few


def test_an_interval_leaves_out_what_was_not_measured() -> None:
    assert interval_of(np.array([np.nan, 2.0, 2.0]), median_of) == (2.0, 2.0)
    assert np.isnan(interval_of(np.array([np.nan]))).all()
