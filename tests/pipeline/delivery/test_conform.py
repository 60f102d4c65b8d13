"""Conform: other rates than 25 at the same speed, under an untouched sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.delivery.picture.conform import ConformMethod, ConformPlan, conformed, plan_conform

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)]
TWO_HOURS = 2 * 3600 * 25

lengths = st.integers(1, TWO_HOURS)
rates = st.sampled_from(RATES)
methods = st.sampled_from(["nearest", "blend", "motion"])
places = st.integers(0, 10**9)


def tiny(frames: int) -> NDArray[np.uint8]:
    """Frames of 2 x 2 pixels that can be told apart."""
    values = np.arange(frames, dtype=np.uint8) * 7
    return np.repeat(values, 12).reshape(frames, 2, 2, 3)


def batches(frames: NDArray[np.uint8], size: int) -> Iterator[NDArray[np.uint8]]:
    return (frames[at : at + size] for at in range(0, len(frames), size))


def played(frames: NDArray[np.uint8], plan: ConformPlan, size: int = 8) -> NDArray[np.uint8]:
    return np.concatenate(list(conformed(batches(frames, size), plan)))


@given(lengths, rates, places)
def test_a_change_of_picture_is_never_half_an_output_frame_early_or_late(
    frames: int, rate: Fraction, place: int
) -> None:
    plan = plan_conform(frames, rate, "nearest")
    index = place % plan.frames
    source, _ = plan.source_of(index)
    before = plan.source_of(index - 1)[0] if index else -1
    for coming in range(before + 1, source + 1):
        assert abs(Fraction(index) / rate - Fraction(coming, 25)) <= 1 / (2 * rate)


@given(lengths, rates, places)
def test_a_shown_picture_is_within_half_a_source_frame_of_its_instant(
    frames: int, rate: Fraction, place: int
) -> None:
    plan = plan_conform(frames, rate, "nearest")
    index = place % plan.frames
    stop = min((index + 1) / rate, Fraction(frames, 25))  # what is after has no sound
    instant = (index / rate + stop) / 2
    assert abs(instant - Fraction(2 * plan.source_of(index)[0] + 1, 50)) <= Fraction(1, 50)


@given(lengths, rates, st.sampled_from(["blend", "motion"]), places)
def test_a_mixed_picture_is_that_of_its_very_instant(
    frames: int, rate: Fraction, method: ConformMethod, place: int
) -> None:
    plan = plan_conform(frames, rate, method)
    index = place % plan.frames
    source, share = plan.source_of(index)
    instant = (Fraction(2 * index + 1) / (2 * rate)) * 25 - Fraction(1, 2)
    assert source + share == min(max(instant, Fraction(0)), Fraction(frames - 1))


@given(lengths, rates, methods)
def test_the_picture_covers_the_sound_by_less_than_a_frame(
    frames: int, rate: Fraction, method: ConformMethod
) -> None:
    seconds = Fraction(frames, 25)
    plan = plan_conform(frames, rate, method)
    assert seconds <= plan.frames / rate < seconds + 1 / rate
    assert plan.source_of(0)[0] == 0
    assert plan.source_of(plan.frames - 1)[0] >= frames - 2


@given(st.integers(1, 2000), rates)
def test_repeated_and_dropped_frames_account_for_the_length(frames: int, rate: Fraction) -> None:
    plan = plan_conform(frames, rate, "nearest")
    shown = [plan.source_of(index)[0] for index in range(plan.frames)]
    assert set(plan.dropped) == set(range(frames)) - set(shown)
    assert [shown[at] for at in plan.repeated] == [shown[at - 1] for at in plan.repeated]
    assert plan.frames == frames - len(plan.dropped) + len(plan.repeated)
    assert plan.mixed == 0


@given(st.integers(1, 6000), rates, methods)
def test_a_list_in_short_holds_the_very_frames(
    frames: int, rate: Fraction, method: ConformMethod
) -> None:
    plan = plan_conform(frames, rate, method)
    assert plan.repeats.numbers == plan.repeated
    assert plan.drops.numbers == plan.dropped
    assert (plan.repeats.count, plan.drops.count) == (len(plan.repeated), len(plan.dropped))


def test_two_hours_are_told_in_one_period() -> None:
    plans = [plan_conform(TWO_HOURS, rate, "nearest") for rate in RATES]
    assert [(len(p.repeats.frames), p.repeats.period) for p in plans[3:]] == [(199, 1200), (1, 6)]
    assert [(len(p.drops.frames), p.drops.period) for p in plans[:2]] == [(41, 1001), (1, 25)]


def test_an_hour_loses_or_gains_what_its_rates_differ_by() -> None:
    counts = {
        rate: (len(plan.repeated), len(plan.dropped))
        for rate in RATES
        for plan in [plan_conform(3600 * 25, rate, "nearest")]
    }
    assert [counts[rate] for rate in RATES] == [
        (0, 3686),
        (0, 3600),
        (0, 0),
        (17893, 0),
        (18000, 0),
    ]


@given(st.integers(1, 60), rates, st.integers(1, 9))
def test_what_plays_is_what_was_planned(frames: int, rate: Fraction, size: int) -> None:
    source = tiny(frames)
    for method in ("nearest", "blend"):
        plan = plan_conform(frames, rate, method)
        told = [plan.source_of(index) for index in range(plan.frames)]
        wanted = [
            (1 - float(share)) * source[at] + float(share) * source[min(at + 1, frames - 1)]
            for at, share in told
        ]
        assert np.abs(played(source, plan, size) - np.array(wanted)).max() <= 0.501


@pytest.mark.parametrize("method", ["nearest", "blend", "motion"])
def test_25_a_second_are_the_very_batches(method: ConformMethod) -> None:
    source = list(batches(tiny(19), 8))
    shown = list(conformed(iter(source), plan_conform(19, Fraction(25), method)))
    assert all(out is came for out, came in zip(shown, source, strict=True))


@pytest.mark.parametrize("method", ["nearest", "blend"])
@pytest.mark.parametrize("rate", [RATES[0], RATES[4]])
def test_no_frame_is_read_before_its_turn(method: ConformMethod, rate: Fraction) -> None:
    plan = plan_conform(100, rate, method)
    read = 0

    def coming() -> Iterator[NDArray[np.uint8]]:
        nonlocal read
        for batch in batches(tiny(100), 1):
            read += 1
            yield batch

    for index, _ in enumerate(conformed(coming(), plan)):
        assert read <= plan.source_of(index)[0] + 2


@pytest.mark.parametrize("came", [49, 51])
@pytest.mark.parametrize("rate", RATES)
def test_more_or_fewer_frames_than_promised_are_a_fault(came: int, rate: Fraction) -> None:
    with pytest.raises(ValueError, match="came"):
        played(tiny(came), plan_conform(50, rate, "nearest"))


def test_a_repeated_frame_cannot_be_written_to() -> None:
    first, *_ = conformed(batches(tiny(5), 5), plan_conform(5, Fraction(30), "nearest"))
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0


def test_motion_carries_what_moves_to_where_it_is_between() -> None:
    dot = np.zeros((7, 64, 64, 3), np.uint8)
    for at in range(7):
        dot[at, 26:38, 10 + 3 * at : 22 + 3 * at] = 200
    plan = plan_conform(7, Fraction(30), "motion")
    for index, frame in enumerate(played(dot, plan)):
        source, share = plan.source_of(index)
        weights = frame[32, :, 0].astype(float)
        middle = (weights * np.arange(64)).sum() / weights.sum()
        assert abs(middle - (15.5 + 3 * float(source + share))) < 0.5
