"""Who goes first, and to which worker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from jobs.phases import Order
from jobs.scheduler import Slot, admission, assign, chain_of, rank
from jobs.tasks import Task
from tests.noun_builders import a_generate_task, a_prepare_task, an_order

GENERATOR = Slot(worker="g", generates=True)
CPU = Slot(worker="c", generates=False)


def a_task(order: Order, frames: int) -> Task:
    return a_generate_task(order, frames) if frames else a_prepare_task(order)


def test_the_longest_chain_goes_first() -> None:
    short, long = a_generate_task(an_order("a"), 50), a_generate_task(an_order("b"), 500)
    assert [task for task, _ in assign([short, long], [GENERATOR])] == [long]


def test_an_earlier_due_job_goes_before_a_longer_chain() -> None:
    due = an_order("due", due=datetime(2026, 1, 1, tzinfo=UTC))
    urgent, long = a_generate_task(due, 50), a_generate_task(an_order("b"), 500)
    assert assign([long, urgent], [GENERATOR])[0][0] == urgent


def test_priority_goes_before_everything() -> None:
    due = an_order("due", due=datetime(2026, 1, 1, tzinfo=UTC))
    first = a_generate_task(an_order("first", priority=1), 50)
    assert assign([a_generate_task(due), first], [GENERATOR])[0][0] == first


def test_a_chain_goes_back_to_its_worker() -> None:
    task = a_generate_task(an_order("a"))
    known = Slot(worker="h", generates=True, chain=chain_of(task))
    assert assign([task], [GENERATOR, known]) == [(task, known)]


def test_a_chain_does_not_wait_for_its_worker() -> None:
    task = a_generate_task(an_order("a"))
    assert assign([task], [GENERATOR]) == [(task, GENERATOR)]


def test_generators_take_no_other_work() -> None:
    assert assign([a_prepare_task(an_order())], [GENERATOR]) == []
    assert assign([a_generate_task(an_order())], [CPU]) == []


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
    unique_by=lambda task: task.order.asked,
)
slots = st.lists(st.booleans(), max_size=6).map(
    lambda kinds: [Slot(worker=str(i), generates=kind) for i, kind in enumerate(kinds)]
)


@given(tasks, slots)
def test_no_slot_and_no_task_is_used_twice_and_none_idles(
    waiting: list[Task], free: list[Slot]
) -> None:
    pairs = assign(waiting, free)
    assert len({slot.worker for _, slot in pairs}) == len(pairs)
    assert len({task.order.asked for task, _ in pairs}) == len(pairs)
    for kind in (True, False):
        wanted = sum(task.generates == kind for task in waiting)
        there = min(wanted, sum(slot.generates == kind for slot in free))
        assert sum(task.generates == kind for task, _ in pairs) == there


@given(tasks, slots)
def test_nobody_is_passed_over_by_a_less_urgent_task(waiting: list[Task], free: list[Slot]) -> None:
    chosen = [task for task, _ in assign(waiting, free)]
    for task in waiting:
        if task not in chosen:
            same = [other for other in chosen if other.generates == task.generates]
            assert all(rank(other) <= rank(task) for other in same)


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
