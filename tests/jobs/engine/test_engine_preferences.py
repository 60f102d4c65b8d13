"""What the engine prefers, held by numbers: each of these once changed and no test noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.attempts import RunCounters, Tally
from jobs.engine.deadlines import Deadlines, Rush, goes_first, longest_in_time
from jobs.engine.phases import Admitted, Failure, Phase, Prepared, Shooting, after
from jobs.engine.scheduler import Outlook, Slot, assign, critical, warmth_of
from jobs.engine.worker import Outcome
from jobs.output.lease_holder import Applicant, lease_held
from manifests.costs import Cost
from manifests.lease import Epoch, Holder, begin
from pipeline.presets import ANIMATIC, WITH_WEIGHTS
from pipeline.split import CutList
from tests.noun_builders import (
    a_chunk,
    a_generate_task,
    a_shot,
    a_take,
    an_advance,
    an_order,
)

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
RUSH = Rush(segments=100, left_s=545.0, ahead_s=0.0, segment_s=10.0, after_s=0.0, generators=8)


def test_a_critical_chain_takes_the_place_of_an_open_one_only_if_it_is_worth_twice_as_much() -> (
    None
):
    mine = a_generate_task(an_order("mine"), 47 * 5)
    slot = Slot(worker="g", generates=True, warm=warmth_of(mine))
    night = Outlook(left=40, generators=4)
    for segments, first in (
        (10, "mine"),
        (12, "mine"),
        (15, "other"),
    ):  # 2 x (5 + 4), weights counted
        other = a_generate_task(an_order("other"), 47 * segments)
        assert critical(other, night)
        assert assign([other, mine], [slot], night)[0][0].order.request_id == first


def test_a_chain_is_critical_from_its_share_on() -> None:
    night = Outlook(left=40, generators=4)
    assert critical(a_generate_task(an_order("a"), 47 * 10), night)
    assert not critical(a_generate_task(an_order("a"), 47 * 9), night)


def test_looks_are_of_a_portrait_with_its_seed_and_its_prompt() -> None:
    task = a_generate_task(an_order("a"))
    usual = warmth_of(task).looks
    for changed in ({"seed": 8}, {"prompt": "in the rain"}):
        other = replace(task, item=replace(task.item, **changed))  # type: ignore[type-var]
        assert warmth_of(other).looks != usual


def test_the_segment_in_hand_and_what_follows_the_last_one_take_their_time() -> None:
    assert longest_in_time(RUSH) == 48  # 49 without the segment in hand
    assert longest_in_time(replace(RUSH, left_s=655.0, after_s=110.0)) == 48


def test_stages_behind_the_last_segment_count_against_the_due_time() -> None:
    cost = Cost(preset="animatic", device="", segment_s=1.0, take_s=0.0, cold_s=0.0)
    order = an_order("a", due=NOW + timedelta(seconds=100))
    phase = Prepared(order=order, take=a_take(47 * 50))
    for desk_take_s, cut in ((0.0, False), (200.0, True)):
        known = replace(cost, desk_take_s=desk_take_s)
        slow = Deadlines(RunCounters(), lambda _, known=known: known)  # type: ignore[misc]
        assert bool(slow.longest(phase, [], 8, NOW)) == cut


@given(
    segments=st.integers(1, 60),
    generators=st.integers(1, 8),
    pace=st.integers(1, 30),
    left=st.integers(-300, 3000),
    ahead=st.integers(0, 40),
    after=st.integers(0, 300),
)
def test_a_chunk_is_as_long_as_can_be_on_time_or_an_equal_share(
    segments: int, generators: int, pace: int, left: int, ahead: int, after: int
) -> None:
    """Each length is tried: what goes first, the segment in hand, the chunk and a tenth of it, and
    what follows. Half a tenth more is left, so that no length ends to the instant."""
    rush = Rush(
        segments=segments,
        left_s=left + 0.05,
        ahead_s=float(ahead * generators),
        segment_s=float(pace),
        after_s=float(after),
        generators=generators,
    )
    tenths = [10 * (ahead + pace + after) + 11 * length * pace for length in range(segments + 1)]
    on_time = [length for length, end in enumerate(tenths) if end <= 10 * left]
    share = -(-segments // generators)
    longest = max(on_time[-1] if on_time else 0, share)
    assert longest_in_time(rush) == (longest if longest < segments else 0)


def test_what_takes_no_time_is_not_cut() -> None:
    assert longest_in_time(replace(RUSH, segment_s=0.0)) == 0
    assert longest_in_time(replace(RUSH, segment_s=0.5)) == 0
    assert longest_in_time(replace(RUSH, segment_s=0.5, left_s=20.5)) == 36


COST = Cost(
    preset="animatic",
    device="",
    segment_s=10.0,
    take_s=0.0,
    cold_s=0.0,
    desk_take_s=20.0,
    desk_segment_s=2.0,
    lead_share=0.25,
)
"""The stages of a take of 50 segments take 120 s without a generator, 90 s of them at its end."""


def outcome(seconds: float, made: int) -> Outcome:
    advance = replace(an_advance(a_shot()), made=made)
    return Outcome(result=advance, failure=None, seconds=seconds, worker="w", host="h")


def a_deadline(paces: Deadlines, left_s: float, *others: Phase, generators: int = 8) -> int:
    """The longest chunk of a take of 50 segments that is due so soon."""
    order = an_order("mine", due=NOW + timedelta(seconds=left_s))
    mine = Prepared(order=order, take=a_take(47 * 50))
    return paces.longest(mine, [mine, *others], generators, NOW)


def test_a_take_is_cut_to_what_its_costs_allow() -> None:
    known = Deadlines(RunCounters(), lambda _: COST)
    assert a_deadline(known, 10 + 330 + 90 + 1) == 30
    assert a_deadline(known, 10 + 330 + 90 - 1) == 29
    assert a_deadline(known, 10 + 550 + 90 + 1) == 0
    assert a_deadline(known, 0) == 7
    assert a_deadline(known, 0, generators=0) == 0  # none yet counts as one


def test_what_goes_first_takes_what_is_left_of_it_at_its_own_pace() -> None:
    """Over 8 generators, 80 s more are 10 s later."""
    paces = {"animatic": COST, "slow": replace(COST, segment_s=40.0)}
    known = Deadlines(RunCounters(), lambda name: paces[name])
    begun = an_order("begun", priority=1)
    half = Shooting(order=begun, take=a_take(), shots=(a_shot(a_chunk(stop=47 * 13), done=5),))
    slow = replace(half, order=replace(begun, preset=replace(ANIMATIC, name="slow")))
    uncut = Prepared(order=begun, take=a_take(47 * 8))
    later = replace(half, order=an_order("later"))
    for others, more_s in (
        ([half], 10),
        ([slow], 40),
        ([uncut], 10),
        ([later], 0),
        ([half, uncut, later], 20),
        ([Admitted(order=begun)], 0),
    ):
        assert a_deadline(known, 10 + 330 + 90 + more_s + 1, *others) == 30
        assert a_deadline(known, 10 + 330 + 90 + more_s - 1, *others) == 29


def test_a_preset_is_as_fast_as_before_until_this_run_made_three_segments() -> None:
    used, tally = RunCounters(), Tally()
    paces = Deadlines(used, lambda _: COST)
    task = a_generate_task(an_order("a"))
    lost = Failure(kind="Transient", code="worker_lost", message="")
    used.count(tally, task, Outcome(result=None, failure=lost, seconds=99.0, worker="w", host="h"))
    used.count(tally, task, outcome(50.0, 0))  # found finished: nothing was rendered
    used.count(tally, task, outcome(2.0, 1))
    used.count(tally, task, outcome(4.0, 1))
    assert paces.segment_s("animatic") == 10.0
    used.count(tally, task, outcome(3.0, 1))
    assert paces.segment_s("animatic") == 3.0
    assert paces.segment_s("another") == 10.0
    used.count(tally, task, outcome(6.0, 2))
    assert paces.segment_s("animatic") == 3.0


def test_less_urgent_work_does_not_go_first() -> None:
    mine = an_order("mine", due=NOW)
    for fields, first in (
        ({"priority": 1}, True),
        ({"priority": -1, "due": NOW}, False),
        ({}, False),
    ):
        assert goes_first(Admitted(order=an_order("other", **fields)), mine) == first


def test_equally_urgent_work_goes_first() -> None:
    mine, other = an_order("mine", due=NOW), an_order("other", due=NOW)
    assert goes_first(Admitted(order=other), mine)
    assert not goes_first(Admitted(order=mine), mine)


def test_a_prompt_goes_only_to_presets_that_read_one() -> None:
    order = an_order("a", prompt="in the rain")
    reading = replace(order, preset=next(iter(WITH_WEIGHTS.values())))
    unsaid = replace(reading, job=replace(order.job, prompt=None))
    for asked, prompt in ((order, ""), (reading, "in the rain"), (unsaid, "")):
        shooting = after(Prepared(order=asked, take=a_take()), CutList(chunks=(a_chunk(),)))
        assert isinstance(shooting, Shooting)
        assert shooting.shots[0].prompt == prompt


def test_an_output_is_given_back_at_the_end_of_a_run(tmp_path: Path) -> None:
    with lease_held(str(tmp_path), 1e6, lambda: False):
        assert Applicant(out=str(tmp_path), term_s=1e6).apply(0.0) is None
    assert Applicant(out=str(tmp_path), term_s=1e6).apply(0.0) is not None


def test_a_driver_shows_several_times_in_a_term_that_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(
        "jobs.output.lease_holder._beat", lambda _, every_s, __: waits.append(every_s)
    )
    with lease_held(str(tmp_path), 30.0, lambda: False):
        pass
    assert waits == [5.0]


def test_a_run_whose_process_is_gone_from_this_machine_is_followed_at_once(tmp_path: Path) -> None:
    gone = replace(Holder.here(), began="before")
    assert begin(str(tmp_path), Epoch(number=1, holder=gone, since="now"))
    lease = Applicant(out=str(tmp_path), term_s=1e6).apply(0.0)
    assert lease is not None
    assert lease.number == 2


def test_an_epoch_whose_answer_was_lost_is_known_as_ones_own(tmp_path: Path) -> None:
    mine = Epoch(number=1, holder=Holder.here(), since="now")
    assert begin(str(tmp_path), mine)
    assert begin(str(tmp_path), mine)
    other = Epoch(number=1, holder=replace(Holder.here(), pid=1), since="now")
    assert not begin(str(tmp_path), other)
