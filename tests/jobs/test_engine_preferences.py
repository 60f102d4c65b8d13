"""What the engine prefers, held by numbers: each of these once changed and no test noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.deadlines import Deadlines, Rush, goes_first, longest_in_time
from jobs.lease import Applicant, held
from jobs.phases import Admitted, Prepared, Shooting, after
from jobs.scheduler import Outlook, Slot, assign, critical, warmth_of
from manifests.costs import Cost
from manifests.lease import Epoch, Holder, begin
from pipeline.presets import WITH_WEIGHTS
from pipeline.split import CutList
from tests.noun_builders import a_chunk, a_generate_task, a_take, an_order

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
        assert assign([other, mine], [slot], night)[0][0].order.asked == first


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
        slow = Deadlines(lambda _, s=desk_take_s: replace(cost, desk_take_s=s))  # type: ignore[misc]
        assert bool(slow.longest(phase, [], 8, NOW)) == cut


def test_equally_urgent_work_goes_first() -> None:
    mine, other = an_order("mine", due=NOW), an_order("other", due=NOW)
    assert goes_first(Admitted(order=other), mine)
    assert not goes_first(Admitted(order=mine), mine)


def test_a_prompt_goes_only_to_presets_that_read_one() -> None:
    order = an_order("a", prompt="in the rain")
    reading = replace(order, preset=next(iter(WITH_WEIGHTS.values())))
    for asked, prompt in ((order, ""), (reading, "in the rain")):
        shooting = after(Prepared(order=asked, take=a_take()), CutList(chunks=(a_chunk(),)))
        assert isinstance(shooting, Shooting)
        assert shooting.shots[0].prompt == prompt


def test_an_output_is_given_back_at_the_end_of_a_run(tmp_path: Path) -> None:
    with held(str(tmp_path), 1e6, lambda: False):
        assert Applicant(out=str(tmp_path), term_s=1e6).apply(0.0) is None
    assert Applicant(out=str(tmp_path), term_s=1e6).apply(0.0) is not None


def test_a_driver_shows_several_times_in_a_term_that_it_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("jobs.lease._beat", lambda _, every_s, __: waits.append(every_s))
    with held(str(tmp_path), 30.0, lambda: False):
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
