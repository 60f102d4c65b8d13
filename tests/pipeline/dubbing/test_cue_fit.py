"""What is done to a cue for its room: in which order, how far, and when it is refused."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dubbing.cue_fit import (
    GAP_S,
    RATE_STEP,
    CueFit,
    CuePlan,
    CueSound,
    Faster,
    fit_cue,
    plan_cues,
)
from pipeline.dubbing.slots import MOST_STRETCH
from pipeline.nouns import Span

EXACT = 1e-6


@st.composite
def sounds(draw: st.DrawFn) -> CueSound:
    """Up to a third of a cue is silence that may go."""
    length_s = draw(st.floats(0.2, 8.0))
    share, count = draw(st.floats(0.0, 1 / 3)), draw(st.integers(0, 3))
    step = length_s / (count + 1)
    spare = [Span(start_s=step * at, stop_s=step * at + share * step) for at in range(1, count + 1)]
    fastest = draw(st.sampled_from([1.0, 1.12, 1.15]))
    rates = [rate for rate in (1.0, 1.05, 1.1, 1.15) if rate < fastest] + [fastest]
    return CueSound(
        length_s=length_s, spare=tuple(spare), rate=draw(st.sampled_from(rates)), fastest=fastest
    )


def spare_s(sound: CueSound) -> float:
    return sum(span.stop_s - span.start_s for span in sound.spare)


@given(sounds(), st.floats(0.0, 10.0))
def test_no_means_is_used_before_those_before_it_are_used_up(
    sound: CueSound, room_s: float
) -> None:
    found = fit_cue(sound, room_s)
    without_s = sound.length_s - spare_s(sound)
    if isinstance(found, Faster):
        assert without_s > room_s
        assert sound.rate < found.rate <= sound.fastest
        return
    if found.removed:
        assert sound.length_s > room_s
    if found.factor != 1:
        assert without_s > room_s
        assert sound.rate == sound.fastest
        assert found.trimmed_s == pytest.approx(spare_s(sound))


@given(sounds(), st.floats(0.0, 10.0))
def test_no_means_goes_further_than_it_may_or_must(sound: CueSound, room_s: float) -> None:
    found = fit_cue(sound, room_s)
    if isinstance(found, Faster):
        on_grid = found.rate / RATE_STEP
        assert found.rate == sound.fastest or on_grid == pytest.approx(round(on_grid))
        slower = found.rate - RATE_STEP
        needed_s = (sound.length_s - spare_s(sound)) * sound.rate
        assert slower <= sound.rate + EXACT or needed_s / slower > room_s - EXACT
        return
    assert 1 - MOST_STRETCH <= found.factor <= 1
    assert found.trimmed_s <= spare_s(sound) + EXACT
    assert found.moved(sound.length_s) == pytest.approx(found.length_s)
    if found.removed or found.factor != 1:
        assert found.length_s == pytest.approx(room_s) or found.late_s > 0


@given(sounds(), st.floats(0.0, 10.0))
def test_a_cue_is_late_exactly_where_all_means_together_do_not_suffice(
    sound: CueSound, room_s: float
) -> None:
    found = fit_cue(sound, room_s)
    if isinstance(found, Faster):
        return
    least_s = (sound.length_s - spare_s(sound)) * (1 - MOST_STRETCH)
    if sound.rate < sound.fastest:
        assert not found.late_s
    else:
        assert found.late_s == pytest.approx(max(0.0, least_s - room_s), abs=1e-5)
    assert found.length_s <= room_s + found.late_s + EXACT


def spoken(starts: list[float], end_s: float, said: list[CueSound], *, overrun: bool) -> CuePlan:
    """The plan once every voice has spoken as fast as it was asked to, and keeps to its rate."""
    said = list(said)
    for _ in range(100):
        plan = plan_cues(starts, end_s, said, overrun=overrun)
        if not plan.faster:
            return plan
        for at, rate in plan.faster.items():
            share = said[at].rate / rate
            said[at] = CueSound(
                length_s=said[at].length_s * share,
                spare=tuple(
                    Span(start_s=span.start_s * share, stop_s=span.stop_s * share)
                    for span in said[at].spare
                ),
                rate=rate,
                fastest=said[at].fastest,
            )
    raise AssertionError("the voices are asked without end")


scripts = st.lists(st.tuples(st.floats(0.1, 6.0), sounds()), min_size=1, max_size=8)


@given(scripts)
def test_every_cue_begins_on_its_time_and_ends_in_its_room_or_is_told(
    drawn: list[tuple[float, CueSound]],
) -> None:
    starts = [sum(step for step, _ in drawn[:at]) for at in range(len(drawn) + 1)]
    *begins, end_s = starts
    plan = spoken(begins, end_s, [sound for _, sound in drawn], overrun=False)
    stops = [*(start - GAP_S for start in begins[1:]), end_s]
    for cue, start_s, stop_s in zip(plan.placed, begins, stops, strict=True):
        assert cue.begins_s == start_s
        assert cue.room_s == pytest.approx(max(0.0, stop_s - start_s))
        assert cue.ends_s <= max(stop_s, start_s) + cue.fit.late_s + EXACT


@given(scripts)
def test_cues_that_run_on_never_meet_and_never_begin_early_or_later_than_they_must(
    drawn: list[tuple[float, CueSound]],
) -> None:
    begins = [sum(step for step, _ in drawn[:at]) for at in range(len(drawn))]
    plan = spoken(begins, float("inf"), [sound for _, sound in drawn], overrun=True)
    for at, (cue, start_s) in enumerate(zip(plan.placed, begins, strict=True)):
        free_from = plan.placed[at - 1].ends_s + GAP_S if at else 0.0
        assert cue.begins_s == max(start_s, free_from)
        if cue.begins_s > start_s + EXACT:
            assert plan.placed[at - 1].fit.late_s > 0
    for before, after in pairwise(plan.placed):
        assert before.ends_s < after.begins_s


def test_a_cue_runs_on_up_to_a_silence_that_makes_up_for_it() -> None:
    said = [CueSound(length_s=3.0), CueSound(length_s=1.0), CueSound(length_s=1.0)]
    plan = plan_cues([0.0, 2.0, 6.0], 9.0, said, overrun=True)
    assert [cue.begins_s for cue in plan.placed] == pytest.approx([0.0, 2.84, 6.0])


def test_a_cue_in_which_nothing_is_said_takes_no_room() -> None:
    said = [CueSound(length_s=3.0), CueSound(length_s=0.0), CueSound(length_s=1.0)]
    plan = plan_cues([0.0, 2.0, 4.0], 9.0, said)
    assert [cue.fit.late_s for cue in plan.placed] == [0.0, 0.0, 0.0]
    assert plan.placed[0].fit == CueFit(length_s=3.0)


def test_a_cue_behind_one_that_is_spoken_anew_waits_for_it() -> None:
    slow = CueSound(length_s=3.0, fastest=1.15)
    plan = plan_cues([0.0, 2.7], 5.6, [slow, slow], overrun=True)
    assert list(plan.faster) == [0]
    at_once = plan_cues([0.0, 2.7], 5.6, [slow, slow])
    assert list(at_once.faster) == [0, 1]
