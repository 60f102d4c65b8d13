"""Borders of the scheduler in numbers, and its choices beside a plain search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.phases import Admitted, Phase, Shooting, Step, Stitched
from jobs.engine.scheduler import (
    LATE,
    NEVER,
    Outlook,
    Slot,
    Warm,
    admission,
    assign,
    fits,
    hopeless,
    rank,
    room_for,
    urgency_of,
    warmth_of,
    worth,
)
from jobs.engine.tasks import Task
from pipeline.nouns import Reel
from pipeline.presets import ANIMATIC
from tests.noun_builders import (
    a_chunk,
    a_clip,
    a_generate_task,
    a_prepare_task,
    a_shot,
    a_take,
    an_order,
    done_on,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_NIGHT = Outlook(left=10**6, generators=1)
LANES = replace(ANIMATIC, name="lanes", lanes=True)


def a_chain(asked: str, segments: int, **fields: object) -> Task:
    return a_generate_task(an_order(asked, **fields), 47 * segments)


def a_slot(worker: str = "g", **fields: object) -> Slot:
    return Slot(worker=worker, generates=True, **fields)  # type: ignore[arg-type]  # fields by name


def staged(stage: str) -> Task:
    return replace(a_prepare_task(an_order(stage)), step=Step(stage=stage))


def test_what_is_nearer_its_end_goes_first() -> None:
    stages = ["publish", "master", "stitch", "split", "prepare"]
    ranks = [rank(staged(stage)) for stage in stages]
    assert all(first < second for first, second in pairwise(ranks))
    desk = Slot(worker="c", generates=False)
    waiting = [staged(stage) for stage in reversed(stages)]
    assert [task.step.stage for task, _ in assign(waiting, [desk] * 5, LONG_NIGHT)] == stages


def test_of_tasks_alike_the_longest_chain_goes_first_then_the_first_place() -> None:
    long, short = a_chain("long", 9), a_chain("short", 8)
    assert rank(long) < rank(short)
    first = replace(short, order=replace(short.order, place=1))
    assert rank(short) < rank(first)


def test_jobs_come_in_by_urgency_then_row_then_place() -> None:
    orders = [
        an_order("urgent", place=9, priority=1, row=9),
        an_order("due", place=8, due=NOW, row=8),
        an_order("row-1", place=7, row=1),
        an_order("row-1-later", place=8, row=1),
        an_order("row-2", place=1, row=2),
    ]
    permuted = [orders[at] for at in (3, 1, 4, 0, 2)]
    assert sorted(permuted, key=admission) == orders


@pytest.mark.parametrize(
    ("due_s", "pace_s", "found"),
    [
        (600, 60.0, False),
        (599, 60.0, True),
        (5, 0.5, False),
        (4, 0.5, True),
        (-1, 0.0, False),  # nobody knows the pace
    ],
)
def test_a_chain_of_ten_segments_that_ends_just_in_time_is_not_hopeless(
    due_s: int, pace_s: float, found: bool
) -> None:
    chain = a_chain("a", 10, due=NOW + timedelta(seconds=due_s))
    outlook = Outlook(left=1, generators=1, now=NOW, segment_s={"animatic": pace_s})
    assert hopeless(chain, outlook) == found


def test_what_is_late_comes_after_all_that_can_be_in_time_and_before_what_is_never_due() -> None:
    outlook = Outlook(left=1, generators=1, now=NOW, segment_s={"animatic": 60.0})
    late = a_chain("late", 10, due=NOW)
    in_time = a_chain("soon", 1, due=NOW + timedelta(days=9999))
    never = a_chain("never", 900)
    assert not hopeless(never, outlook)
    assert not hopeless(late, replace(outlook, segment_s={"another": 60.0}))
    assert [urgency_of(task, outlook)[1] for task in (late, never)] == [LATE, NEVER]
    chains = [in_time, late, never]
    slots = [a_slot(name) for name in "abc"]
    assert [task for task, _ in assign(chains[::-1], slots, outlook)] == chains
    assert [task for task, _ in assign(chains[::-1], slots[:2], outlook)] == chains[:2]


WANTED = Warm(preset="animatic", looks="portrait", chain="chain")
OTHER = Warm(preset="another", looks="another", chain="another")


@pytest.mark.parametrize(
    ("warm", "gained"),
    [
        (None, 10),
        (OTHER, 10),
        (replace(OTHER, looks="portrait"), 10),
        (replace(OTHER, preset="animatic"), 14),
        (replace(WANTED, chain="another"), 15),
    ],
)
def test_a_slot_gains_the_chain_and_what_it_has_in_memory(warm: Warm | None, gained: int) -> None:
    """Ten segments; loaded weights are worth four more, a portrait that is prepared one."""
    chain = a_chain("a", 10)
    assert worth(chain, a_slot(warm=warm), WANTED, LONG_NIGHT) == (False, gained)
    short_night = Outlook(left=10, generators=1)
    assert worth(chain, a_slot(warm=warm), WANTED, short_night) == (True, gained)
    halved = worth(chain, a_slot(warm=warm, pair=True), WANTED, LONG_NIGHT)
    assert halved == (False, gained - 10)  # two accelerators of which it can use one
    shared = replace(chain, order=replace(chain.order, preset=LANES))
    doubled = worth(shared, a_slot(warm=warm, pair=True), WANTED, LONG_NIGHT)
    assert doubled == (False, gained + 10)


def test_an_open_chain_is_worth_twice_itself() -> None:
    for pair in (False, True):
        slot = a_slot(warm=WANTED, pair=pair)
        assert worth(a_chain("a", 10), slot, WANTED, LONG_NIGHT) == (True, 28)


def test_a_chain_is_known_by_its_request_and_its_chunk() -> None:
    task = a_chain("a", 2)
    other = replace(task, step=Step(stage="generate", chunk=1))
    assert len({warmth_of(each).chain for each in (task, other, a_chain("b", 2))}) == 3
    assert warmth_of(task).looks == warmth_of(other).looks


def searched(tasks: Sequence[Task], slots: Sequence[Slot]) -> list[tuple[str, str]]:
    """Pairs by looking at all that is left, one after the other, as people would."""
    left, free, pairs = sorted(tasks, key=rank), list(slots), []
    while left and free:
        best = max(
            ((task, slot) for task in left for slot in free),
            key=lambda pair: worth(*pair, warmth_of(pair[0]), LONG_NIGHT),
        )
        left.remove(best[0])
        free.remove(best[1])
        pairs.append((best[0].order.request_id, best[1].worker))
    return pairs


@given(
    st.lists(st.integers(1, 6), max_size=6),
    st.lists(st.none() | st.integers(0, 7), max_size=5),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_among_equals_the_pairs_worth_most_are_found(
    segments: list[int], warm_for: list[int | None], pairs: list[bool]
) -> None:
    """Some slots are warm for one of the chains, or for one that is over."""
    tasks = [
        replace(a_chain(str(n), each), order=an_order(str(n), place=n))
        for n, each in enumerate(segments)
    ]
    slots = [
        a_slot(
            f"g{n}",
            warm=None if at is None else warmth_of((tasks + [a_chain("over", 1)] * 8)[at]),
            pair=pairs[n],
        )
        for n, at in enumerate(warm_for)
    ]
    found = assign(tasks, slots, LONG_NIGHT)
    assert [(task.order.request_id, slot.worker) for task, slot in found] == searched(tasks, slots)


def test_the_more_urgent_chain_takes_the_slot_that_is_warm_for_it_before_a_longer_one() -> None:
    urgent, long = a_chain("urgent", 1, priority=1), a_chain("long", 90)
    slots = [a_slot("warm", warm=warmth_of(long)), a_slot("cold")]
    assert [
        (t.order.request_id, s.worker) for t, s in assign([long, urgent], slots, LONG_NIGHT)
    ] == [
        ("urgent", "warm"),
        ("long", "cold"),
    ]


def begun(asked: str, device: str, **fields: object) -> Task:
    task = a_chain(asked, 4, **fields)
    return replace(task, item=done_on(task.item, device))


def test_a_chain_that_may_go_anywhere_makes_room_for_one_of_the_class() -> None:
    """The more urgent one has the first slot; the other can only go there."""
    free, bound = a_chain("free", 9, priority=1), begun("bound", "amd")
    slots = [a_slot("a", device="amd"), a_slot("i", device="intel"), a_slot("j", device="intel")]
    assert not fits(bound, slots[1])
    found = {
        task.order.request_id: slot.worker
        for task, slot in assign([bound, free], slots, LONG_NIGHT)
    }
    assert found == {"free": "i", "bound": "a"}


def test_a_chain_that_is_bound_itself_makes_no_room() -> None:
    first, second = begun("first", "amd", priority=1), begun("second", "amd")
    slots = [a_slot("a", device="amd"), a_slot("i", device="intel")]
    pairs = assign([second, first], slots, LONG_NIGHT)
    assert [(task.order.request_id, slot.worker) for task, slot in pairs] == [("first", "a")]


def test_as_many_make_room_as_there_are_idle_slots() -> None:
    free = [a_chain(f"free-{n}", 9, priority=1) for n in range(3)]
    bound = [begun(f"bound-{n}", "amd") for n in range(3)]
    amd = [a_slot(f"a{n}", device="amd") for n in range(3)]
    intel = [a_slot(f"i{n}", device="intel") for n in range(2)]
    pairs = {
        t.order.request_id: s.worker for t, s in assign([*bound, *free], amd + intel, LONG_NIGHT)
    }
    assert sorted(pairs) == ["bound-0", "bound-1", "free-0", "free-1", "free-2"]
    assert sorted(pairs.values()) == ["a0", "a1", "a2", "i0", "i1"]
    assert pairs["free-0"] == "i0"  # the first idle one for the first that can move


def shooting(costs: Sequence[int], done: int = 0) -> Phase:
    shots = tuple(a_shot(a_chunk(at, 0, 47 * cost), done) for at, cost in enumerate(costs))
    return Shooting(order=an_order(), take=a_take(), shots=shots)


@given(
    costs=st.sampled_from([1, 2, 4, 8, 16]).flatmap(
        lambda size: st.lists(st.integers(1, 40), min_size=size, max_size=size)
    ),
    slots=st.integers(1, 20),
    generators=st.integers(1, 20),
)
def test_a_window_gives_each_generator_twice_the_longest_chain(
    costs: list[int], slots: int, generators: int
) -> None:
    """Counted up job by job, each as long as the mean; two for each slot at least, 16 at most."""
    mean = sum(costs) / len(costs)
    enough = next(n for n in count() if n * mean >= 2 * max(costs) * generators)
    wanted = max(2 * slots + 2, min(enough, 16 * slots))
    window = [shooting([cost]) for cost in costs]
    assert room_for(window, slots, generators) == wanted - len(costs)


def test_a_window_counts_what_is_left_of_jobs_that_are_cut() -> None:
    """Three segments are left of 4; the longest chain was one of 4 all the same."""
    half = [shooting([4], done=1)] * 4
    assert room_for(half, 1, 3) == 8 - 4  # 8 x 3 are 24: 2 x 4 for each of three
    over = Stitched(
        order=an_order(), reel=Reel(take=a_take(), pieces=(), joins=()), clips=(a_clip(a_chunk()),)
    )
    assert room_for([*half, Admitted(order=an_order())], 1, 3) == 8 - 5
    assert room_for([*half, over], 1, 3) == 10 - 5  # 2.4 each


def test_a_window_in_which_all_is_done_holds_two_jobs_for_each_slot() -> None:
    assert room_for([shooting([2], done=2)], 3, 9) == 7
