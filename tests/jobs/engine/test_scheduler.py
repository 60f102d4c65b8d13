"""Who goes first, and to which worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.phases import Admitted, Order, Phase, Shooting
from jobs.engine.scheduler import (
    Outlook,
    Slot,
    Warm,
    admission,
    assign,
    hopeless,
    rank,
    room_for,
    urgency,
    warmth_of,
)
from jobs.engine.tasks import Task
from pipeline.presets import ANIMATIC
from tests.noun_builders import (
    a_chunk,
    a_generate_task,
    a_prepare_task,
    a_shot,
    a_take,
    an_order,
)

GENERATOR = Slot(worker="g", generates=True)
CPU = Slot(worker="c", generates=False)
LONG_NIGHT = Outlook(left=10**6, generators=1)
"""So much is left that no chain decides when it ends."""


def a_task(order: Order, frames: int) -> Task:
    return a_generate_task(order, frames) if frames else a_prepare_task(order)


def test_the_longest_chain_goes_first() -> None:
    short, long = a_generate_task(an_order("a"), 50), a_generate_task(an_order("b"), 500)
    assert [task for task, _ in assign([short, long], [GENERATOR], LONG_NIGHT)] == [long]


def test_an_earlier_due_job_goes_before_a_longer_chain() -> None:
    due = an_order("due", due=datetime(2026, 1, 1, tzinfo=UTC))
    urgent, long = a_generate_task(due, 50), a_generate_task(an_order("b"), 500)
    assert assign([long, urgent], [GENERATOR], LONG_NIGHT)[0][0] == urgent


def test_a_chain_that_is_late_whatever_happens_lets_the_others_be_in_time() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    outlook = replace(LONG_NIGHT, now=now, segment_s={ANIMATIC.name: 60.0})
    late = a_generate_task(an_order("late", due=now + timedelta(minutes=9)), 47 * 10)
    soon = a_generate_task(an_order("soon", due=now + timedelta(minutes=20)), 47 * 10)
    first = a_generate_task(an_order("first", priority=1), 47)
    slots = [replace(GENERATOR, worker=name) for name in "abc"]
    tasks = [late, soon, first]
    assert [task for task, _ in assign(tasks, slots, outlook)] == [first, soon, late]
    unpaced = replace(outlook, segment_s={})
    assert [task for task, _ in assign(tasks, slots, unpaced)] == [first, late, soon]


def test_a_chain_is_late_at_the_pace_of_its_own_preset() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    chain = a_generate_task(an_order("a", due=now + timedelta(minutes=9)), 47 * 10)
    swift = replace(LONG_NIGHT, now=now, segment_s={ANIMATIC.name: 1.0, "hallo3-5b": 600.0})
    assert not hopeless(chain, swift)
    slow = replace(LONG_NIGHT, now=now, segment_s={ANIMATIC.name: 60.0, "tiny": 1.0})
    assert hopeless(chain, slow)
    unknown = replace(LONG_NIGHT, now=now, segment_s={"hallo3-5b": 600.0})
    assert not hopeless(chain, unknown)


def test_priority_goes_before_everything() -> None:
    due = an_order("due", due=datetime(2026, 1, 1, tzinfo=UTC))
    first = a_generate_task(an_order("first", priority=1), 50)
    assert assign([a_generate_task(due), first], [GENERATOR], LONG_NIGHT)[0][0] == first


def warm_slot(worker: str, warm: Warm) -> Slot:
    return Slot(worker=worker, generates=True, warm=warm)


def test_a_chain_goes_back_to_its_worker() -> None:
    task = a_generate_task(an_order("a"))
    known = warm_slot("h", warmth_of(task))
    assert assign([task], [GENERATOR, known], LONG_NIGHT) == [(task, known)]


def test_a_chain_does_not_wait_for_its_worker() -> None:
    """Its worker is free and goes to what is more urgent: the chain takes the cold one at once."""
    mine = a_generate_task(an_order("mine"), 470)
    urgent = a_generate_task(an_order("urgent", priority=1))
    slots = [warm_slot("h", warmth_of(mine)), GENERATOR]
    pairs = assign([mine, urgent], slots, LONG_NIGHT)
    assert {task.order.request_id: slot.worker for task, slot in pairs} == {
        "urgent": "h",
        "mine": "g",
    }


def test_a_chain_keeps_its_worker() -> None:
    mine = a_generate_task(an_order("mine"), 47 * 2)
    longer = a_generate_task(an_order("other"), 47 * 20)
    slot = warm_slot("g", warmth_of(mine))
    assert assign([longer, mine], [slot], LONG_NIGHT)[0][0] == mine


def test_only_a_chain_that_decides_the_end_and_is_much_longer_takes_its_place() -> None:
    mine = a_generate_task(an_order("mine"), 47 * 5)
    slot = warm_slot("g", warmth_of(mine))
    longer, much_longer = (a_generate_task(an_order("other"), 47 * n) for n in (8, 20))
    short_night = Outlook(left=8 + 20 + 5, generators=4)
    assert assign([longer, mine], [slot], short_night)[0][0] == mine
    assert assign([much_longer, mine], [slot], short_night)[0][0] == much_longer


def test_what_is_more_urgent_takes_the_place_of_a_chain() -> None:
    mine, urgent = (
        a_generate_task(an_order("mine"), 470),
        a_generate_task(an_order("b", priority=1)),
    )
    assert assign([mine, urgent], [warm_slot("g", warmth_of(mine))], LONG_NIGHT)[0][0] == urgent


def test_weights_are_swapped_only_for_a_longer_chain() -> None:
    other = replace(an_order("other"), preset=replace(ANIMATIC, name="another"))
    same, swap = a_generate_task(an_order("same"), 47 * 3), a_generate_task(other, 47 * 5)
    slot = warm_slot("g", warmth_of(a_generate_task(an_order("gone"))))
    assert assign([swap, same], [slot], LONG_NIGHT)[0][0] == same
    assert assign([a_generate_task(other, 47 * 9), same], [slot], LONG_NIGHT)[0][0].order == other


def test_of_two_workers_the_one_that_prepared_the_portrait_gets_the_chain() -> None:
    task = a_generate_task(an_order("a"))
    seen = replace(warmth_of(task), chain="another chain of this portrait")
    strange = warm_slot("g", replace(seen, looks="another portrait"))
    assert assign([task], [strange, warm_slot("h", seen)], LONG_NIGHT)[0][1].worker == "h"


def test_two_accelerators_go_to_the_most_urgent_chain_that_can_share_them() -> None:
    lanes = replace(ANIMATIC, name="lanes", lanes=True)
    pair = Slot(worker="p", generates=True, pair=True)
    soon = datetime(2026, 1, 1, tzinfo=UTC)
    urgent = replace(an_order("urgent", due=soon), preset=lanes)
    later = replace(an_order("later"), preset=lanes)
    tasks = [a_generate_task(later, 4700), a_generate_task(urgent, 470)]
    given_out = {
        task.order.request_id: slot for task, slot in assign(tasks, [GENERATOR, pair], LONG_NIGHT)
    }
    assert given_out == {"urgent": pair, "later": GENERATOR}


def test_a_chain_that_cannot_share_them_takes_two_accelerators_only_if_nothing_else_is_free() -> (
    None
):
    pair = Slot(worker="p", generates=True, pair=True)
    task = a_generate_task(an_order("a"))
    assert assign([task], [pair, GENERATOR], LONG_NIGHT) == [(task, GENERATOR)]
    assert assign([task], [pair], LONG_NIGHT) == [(task, pair)]


def test_generators_take_no_other_work() -> None:
    assert assign([a_prepare_task(an_order())], [GENERATOR], LONG_NIGHT) == []
    assert assign([a_generate_task(an_order())], [CPU], LONG_NIGHT) == []


orders = st.builds(
    lambda name, place, priority, due: replace(
        an_order(str(name), priority=priority, due=due), place=place
    ),
    st.integers(0, 10**6),
    st.integers(0, 99),
    st.integers(-3, 3),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)
tasks = st.lists(
    st.builds(a_task, orders, st.integers(0, 400)),
    max_size=12,
    unique_by=lambda task: task.order.request_id,
)
slots = st.lists(st.booleans(), max_size=6).map(
    lambda kinds: [Slot(worker=str(i), generates=kind) for i, kind in enumerate(kinds)]
)


@given(tasks, slots)
def test_no_slot_and_no_task_is_used_twice_and_none_idles(
    waiting: list[Task], free: list[Slot]
) -> None:
    pairs = assign(waiting, free, LONG_NIGHT)
    assert len({slot.worker for _, slot in pairs}) == len(pairs)
    assert len({task.order.request_id for task, _ in pairs}) == len(pairs)
    for kind in (True, False):
        wanted = sum(task.generates == kind for task in waiting)
        there = min(wanted, sum(slot.generates == kind for slot in free))
        assert sum(task.generates == kind for task, _ in pairs) == there


@given(tasks, slots)
def test_nobody_is_passed_over_by_a_less_urgent_task(waiting: list[Task], free: list[Slot]) -> None:
    chosen = [task for task, _ in assign(waiting, free, LONG_NIGHT)]
    for task in waiting:
        if task not in chosen:
            same = [other for other in chosen if other.generates == task.generates]
            key = (lambda t: urgency(t.order)) if task.generates else rank
            assert all(key(other) <= key(task) for other in same)


def shooting(*costs: int) -> Phase:
    chunks = [a_chunk(index, 0, 47 * cost) for index, cost in enumerate(costs)]
    shots = tuple(a_shot(chunk) for chunk in chunks)
    return Shooting(order=an_order(), take=a_take(), shots=shots)


def test_the_window_holds_two_jobs_for_each_slot() -> None:
    assert room_for([], 3, 1) == 8
    assert room_for([Admitted(order=an_order())] * 5, 3, 1) == 3


def test_the_window_grows_while_a_long_chain_could_turn_up_last() -> None:
    """Two generators would have 32 segments each with 18 jobs of 3.75: twice the longest chain."""
    window = [shooting(16), *[shooting(2)] * 7]
    assert room_for(window, 3, 2) == 18 - 8


@given(
    costs=st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=5), max_size=60),
    slots=st.integers(2, 40),
)
def test_the_window_is_bounded(costs: list[list[int]], slots: int) -> None:
    window = [shooting(*each) for each in costs]
    room = room_for(window, slots, slots // 2)
    assert 2 * slots + 2 <= room + len(window) <= 16 * slots


@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    began=st.integers(0, 100),
)
def test_manifests_take_turns(sizes: list[int], began: int) -> None:
    """Of two that still have rows, neither is more than one row ahead."""
    rows = [(manifest, row) for manifest, size in enumerate(sizes) for row in range(1, size + 1)]
    orders = [
        an_order(f"{manifest}-{row}", place=place, row=row, manifest=str(manifest))
        for place, (manifest, row) in enumerate(rows)
    ]
    first = [order.job.manifest for order in sorted(orders, key=admission)[:began]]
    taken = [first.count(str(manifest)) for manifest in range(len(sizes))]
    waiting = [n for n, size in zip(taken, sizes, strict=True) if n < size]
    assert max(waiting, default=0) - min(waiting, default=0) <= 1
