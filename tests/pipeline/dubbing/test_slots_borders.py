"""Slots in numbers: what silence may go, how far speech is stretched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.dubbing.slots import Fit, plan_fit
from pipeline.nouns import Span

SPEECH = (Span(start_s=0.2, stop_s=4.0), Span(start_s=5.0, stop_s=9.0))


def ends(fit: Fit) -> list[tuple[float, float]]:
    return [(round(span.start_s, 3), round(span.stop_s, 3)) for span in fit.removed]


def test_sixteen_hundredths_of_a_pause_stay_and_eight_at_either_end() -> None:
    assert ends(plan_fit(250, SPEECH, 8.12)) == [(0.0, 0.12), (4.08, 4.92), (9.08, 10.0)]


def test_each_silence_gives_the_same_share() -> None:
    """0.96 of 1.92 s: half of each, from its beginning."""
    later = (Span(start_s=0.24, stop_s=4.0), SPEECH[1])
    assert ends(plan_fit(250, later, 9.04)) == [(0.0, 0.08), (4.08, 4.5), (9.08, 9.54)]


def test_silence_that_is_no_longer_than_what_stays_is_left() -> None:
    near = (Span(start_s=0.08, stop_s=4.0), Span(start_s=4.16, stop_s=9.92))
    assert plan_fit(250, near, 9.5).removed == ()


@pytest.mark.parametrize(
    ("target_s", "frames"),
    [(9.16, 230), (9.2, 230), (9.24, 231), (10.76, 269), (10.8, 270), (10.84, 270), (0.0, None),
     (9.12, None), (10.88, None)],
)  # fmt: skip
def test_ten_seconds_without_silence_reach_from_230_to_270_frames(
    target_s: float, frames: int | None
) -> None:
    """Eight hundredths each way, and one frame is forgiven."""
    if frames is None:
        with pytest.raises(BadInput):
            plan_fit(250, (), target_s)
    else:
        fit = plan_fit(250, (), target_s)
        assert (fit.frames, fit.factor) == (frames, pytest.approx(frames / 250))


def test_one_frame_fits_a_slot_of_nothing() -> None:
    assert plan_fit(1, (), 0.0) == Fit(frames=1)


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_the_nearest_frame_within_reach_is_taken(frames: int, wanted: int) -> None:
    reach = [n for n in range(1, 2200) if 92 * frames <= 100 * n <= 108 * frames]
    nearest = min(reach, key=lambda n: abs(n - wanted))
    try:
        fit = plan_fit(frames, (), wanted / 25)
    except BadInput:
        assert abs(nearest - wanted) > 1
    else:
        assert abs(nearest - wanted) <= 1
        assert fit.frames == nearest
        assert fit.changes == (nearest != frames)


def test_each_moment_moves_by_the_silence_before_it_and_the_stretch() -> None:
    gone = (Span(start_s=1.0, stop_s=2.0), Span(start_s=3.0, stop_s=3.5))
    fit = Fit(frames=200, removed=gone, factor=1.1)
    moved = [fit.moved(time_s) for time_s in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 3.25, 4.0, 99.0)]
    assert moved == [0.0, 0.55, 1.1, 1.1, 1.1, 2.2, 2.2, 2.75, 8.0]
    assert fit.moved_span(Span(start_s=0.5, stop_s=4.0)) == Span(start_s=0.55, stop_s=2.75)
    assert Fit(frames=10).moved(99.0) == 99.0


def test_what_was_done_is_told_in_seconds_and_percent() -> None:
    gone = (Span(start_s=1.0, stop_s=2.0), Span(start_s=3.0, stop_s=3.5))
    assert Fit(frames=200).told == ()
    assert Fit(frames=200, removed=gone).told == (
        "slot_fit: 1.50 s of silence trimmed, speech stretched by +0.0%",
    )
    assert Fit(frames=200, factor=0.95).told == (
        "slot_fit: 0.00 s of silence trimmed, speech stretched by -5.0%",
    )


@pytest.mark.parametrize(
    ("spans", "target_s", "told"),
    [
        (
            SPEECH, 7.0,
            ("The speech is 10.00 s long, 8.12 s without the pauses that can go, and 7.47 s when "
            "stretched by 8%: 0.47 s too long for its slot of 7.00 s. Give it a shorter text or "
            "another slot."),
        ),
        (
            SPEECH, 12.0,
            ("The speech is 10.00 s long, and 10.80 s when stretched by 8%: 1.20 s too short for "
            "its slot of 12.00 s. Give it a longer text or another slot."),
        ),
        (
            (), 8.0,
            ("The speech is 10.00 s long, and 9.20 s when stretched by 8%: 1.20 s too long for its "
            "slot of 8.00 s. Give it a shorter text or another slot."),
        ),
    ],
)  # fmt: skip
def test_a_miss_is_told_with_the_nearest_length(
    spans: tuple[Span, ...], target_s: float, told: str
) -> None:
    with pytest.raises(BadInput) as refused:
        plan_fit(250, spans, target_s)
    assert refused.value.message == told
