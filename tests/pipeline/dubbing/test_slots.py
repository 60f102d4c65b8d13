from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.dubbing.slots import LEAST_PAUSE_S, MOST_STRETCH, plan_fit
from pipeline.nouns import Span

SPEECH = (Span(start_s=0.2, stop_s=4.0), Span(start_s=5.0, stop_s=9.0))
"""Ten seconds, of which 0.12, 0.84 and 0.92 s of silence may go."""


def test_a_take_that_fits_is_left_alone() -> None:
    fit = plan_fit(250, SPEECH, 10.0)
    assert not fit.changes
    assert (fit.frames, fit.moved(7.77)) == (250, 7.77)


def test_silence_goes_before_anything_is_stretched() -> None:
    fit = plan_fit(250, SPEECH, 9.0)
    assert fit.factor == 1.0
    assert sum(span.stop_s - span.start_s for span in fit.removed) == pytest.approx(1.0)


def test_pauses_shrink_by_the_same_share_and_words_stay_apart() -> None:
    fit = plan_fit(250, SPEECH, 8.0)
    first, second = (fit.moved_span(span) for span in SPEECH)
    assert second.start_s - first.stop_s == pytest.approx(LEAST_PAUSE_S * fit.factor, abs=0.01)


def test_what_is_left_is_hurried_by_at_most_eight_percent() -> None:
    fit = plan_fit(250, SPEECH, 7.6)
    assert fit.frames == 190
    assert 1 - MOST_STRETCH <= fit.factor < 1


def test_a_longer_slot_draws_the_speech_out_and_leaves_its_pauses() -> None:
    fit = plan_fit(250, SPEECH, 10.6)
    assert (fit.frames, fit.removed) == (265, ())
    assert fit.moved(5.0) == pytest.approx(5.3)


@pytest.mark.parametrize(
    ("target_s", "told"),
    [(7.0, "0.47 s too long for its slot of 7.00 s"), (12.0, "1.20 s too short")],
)
def test_a_slot_out_of_reach_is_told_with_the_miss(target_s: float, told: str) -> None:
    with pytest.raises(BadInput, match=told) as refused:
        plan_fit(250, SPEECH, target_s)
    assert refused.value.code == "slot_missed"


def test_a_miss_of_one_frame_is_no_miss() -> None:
    assert plan_fit(257, SPEECH, 11.12).frames == 277


def test_a_take_without_speech_is_only_stretched() -> None:
    assert plan_fit(100, (), 3.8).removed == ()


@given(
    st.lists(st.floats(0.05, 3.0), min_size=2, max_size=20),
    st.floats(0.5, 1.5),
)
def test_a_fit_keeps_the_order_of_all_that_is_said(lengths: list[float], share: float) -> None:
    edges = [sum(lengths[: index + 1]) for index in range(len(lengths))]
    spans = tuple(
        Span(start_s=start, stop_s=stop)
        for start, stop in zip(edges[::2], edges[1::2], strict=False)
    )
    frames = round(edges[-1] * 25) + 5
    target_s = share * frames / 25
    try:
        fit = plan_fit(frames, spans, target_s)
    except BadInput:
        return
    assert abs(fit.frames - round(target_s * 25)) <= 1
    moved = [
        moment for span in map(fit.moved_span, spans) for moment in (span.start_s, span.stop_s)
    ]
    assert moved == sorted(moved)
    assert moved[-1] <= fit.frames / 25
    for before, after in zip(spans, map(fit.moved_span, spans), strict=True):
        length_s = (before.stop_s - before.start_s) * fit.factor
        assert after.stop_s - after.start_s == pytest.approx(length_s, abs=0.002)
