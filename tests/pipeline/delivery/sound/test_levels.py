"""What is decided of gain and limit, from what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.sound.levels import (
    MOST_GAIN_DB,
    MOST_LIMITED_DB,
    MOST_PASSES,
    GainStep,
    Limited,
    first_step,
    next_step,
)
from pipeline.delivery.sound.loudness import LOUDNESS, LoudnessFound, told_of_loudness

WEB = LOUDNESS["web"]
FOUND = LoudnessFound(integrated_lufs=-20.0, range_lu=3.0, true_peak_dbtp=-6.0, seconds=9.0)


def test_the_first_gain_is_what_is_lacking() -> None:
    assert first_step(FOUND, WEB).gain_db == 6.0
    assert first_step(FOUND, LOUDNESS["as_is"]) == GainStep()
    assert first_step(replace(FOUND, integrated_lufs=-65.0), WEB).gain_db == MOST_GAIN_DB


@given(st.floats(-70, 0), st.floats(-40, 6), st.floats(0, 30), st.integers(1, MOST_PASSES))
def test_passes_end_and_limit_no_more_than_is_allowed(
    loudness: float, peak: float, limited: float, number: int
) -> None:
    after = replace(FOUND, integrated_lufs=loudness, true_peak_dbtp=peak)
    done = GainStep(gain_db=6.0, limit_db=-1.05, number=number)
    step = next_step(done, Limited(samples=9, most_db=limited), after, WEB)
    if step is None:
        return
    assert step.number == number + 1 <= MOST_PASSES
    assert step.gain_db - done.gain_db <= max(0, MOST_LIMITED_DB - limited) + 0.01
    assert step.limit_db is not None
    assert step.limit_db <= -1.05


def test_a_sound_as_it_is_wanted_takes_no_other_pass() -> None:
    after = replace(FOUND, integrated_lufs=-14.1, true_peak_dbtp=-1.0)
    assert next_step(GainStep(gain_db=6, limit_db=-1.05), Limited(samples=9), after, WEB) is None


@pytest.mark.parametrize(
    ("loudness", "peak", "lossy", "codes"),
    [
        (-14.4, -1.0, False, []),
        (-14.6, -1.0, False, ["loudness_missed"]),
        (-13.0, -0.8, False, ["loudness_missed", "true_peak_over"]),
        (-14.0, -0.8, True, []),
        (-14.0, -0.4, True, ["true_peak_over"]),
        (-70.0, -0.4, True, []),
    ],
)
def test_a_breach_of_a_profile_is_told(
    loudness: float, peak: float, lossy: bool, codes: list[str]
) -> None:
    found = replace(FOUND, integrated_lufs=loudness, true_peak_dbtp=peak)
    told = told_of_loudness(found, WEB, lossy=lossy)
    assert [sentence.partition(":")[0] for sentence in told] == codes
