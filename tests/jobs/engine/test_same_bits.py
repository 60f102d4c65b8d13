"""A chain waits for its class of device while that lives, and always ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.same_bits import ClassRule, Register, Roll, ruling
from jobs.engine.scheduler import Outlook, Slot, assign, fits
from jobs.engine.tasks import Task
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from pipeline.nouns import ChunkProgress
from tests.noun_builders import a_chunk, a_generate_task, a_segment_file, a_shot, an_order

OUTLOOK = Outlook(left=10**6, generators=4)
REQUIRED = ClassRule(same_bits="required", wait_s=60.0)
PREFERRED = ClassRule(wait_s=60.0)
AMD = Roll(classes=frozenset({"amd"}))
BOTH = Roll(classes=frozenset({"amd", "intel"}))


def begun_on(device: str | None, segments: int = 4) -> ChunkProgress:
    """A chain of which one segment was rendered on that class; None: none was."""
    shot = a_shot(a_chunk(0, 0, 47 * segments))
    if device is None:
        return shot
    return replace(shot, done=(replace(a_segment_file(), device=device),))


def a_task(asked: str, device: str | None, **fields: object) -> Task:
    return replace(a_generate_task(an_order(asked, **fields)), item=begun_on(device))


def a_slot(device: str, worker: str = "g") -> Slot:
    return Slot(worker=worker, generates=True, device=device)


def judged(task: Task, roll: Roll, rule: ClassRule, waited_s: float = 0.0) -> Task | str:
    """The task as it may be given out after it waited so long, or the code of its end."""
    register = Register(rule)
    list(register.judge([task], lambda: roll, 0.0))
    ((found, gone),) = register.judge([task], lambda: roll, waited_s)
    return gone.code if gone else found


def test_a_chain_waits_for_a_busy_worker_of_its_class() -> None:
    task = judged(a_task("a", "intel"), BOTH, PREFERRED, waited_s=10**6)
    assert isinstance(task, Task)
    assert assign([task], [a_slot("amd")], OUTLOOK) == []
    assert len(assign([task], [a_slot("intel")], OUTLOOK)) == 1


def test_a_chain_whose_class_is_gone_goes_on_elsewhere_or_fails_as_the_settings_say() -> None:
    task = a_task("a", "intel")
    moved = judged(task, AMD, PREFERRED)
    assert isinstance(moved, Task)
    assert len(assign([moved], [a_slot("amd")], OUTLOOK)) == 1
    assert judged(task, AMD, REQUIRED) == "class_gone"


def test_a_chain_waits_for_workers_that_may_be_of_its_class_but_not_for_ever() -> None:
    task = a_task("a", "intel")
    for roll in (replace(AMD, warming=True), Roll(classes=frozenset())):
        assert judged(task, roll, REQUIRED, waited_s=59.0) == task
        assert judged(task, roll, REQUIRED, waited_s=60.0) == "class_gone"
        moved = judged(task, roll, PREFERRED, waited_s=60.0)
        assert isinstance(moved, Task)
        assert fits(moved, a_slot("amd"))


def test_a_class_that_came_back_is_waited_for_anew() -> None:
    register, task = Register(REQUIRED), a_task("a", "intel")
    warming = replace(AMD, warming=True)
    for roll, now_s in ((warming, 0.0), (BOTH, 50.0), (warming, 70.0), (warming, 129.0)):
        assert list(register.judge([task], lambda roll=roll: roll, now_s)) == [(task, None)]
    ((_, gone),) = register.judge([task], lambda: warming, 130.0)
    assert gone is not None


def test_who_must_act_and_how_is_told() -> None:
    ((_, gone),) = Register(REQUIRED).judge([a_task("a", "intel")], lambda: AMD, 0.0)
    assert gone is not None
    assert gone.kind == "Transient"  # of the pool, not of the row
    for told in ("begun with intel", "there is amd", "start a worker", 'same_bits = "preferred"'):
        assert told in gone.message


def test_work_of_before_classes_were_written_down_goes_on_unless_bits_are_required() -> None:
    task = a_task("a", "")
    moved = judged(task, replace(AMD, warming=True), PREFERRED)
    assert isinstance(moved, Task)
    assert fits(moved, a_slot("amd"))
    ((_, gone),) = Register(REQUIRED).judge([task], lambda: AMD, 0.0)
    assert gone is not None
    assert "before classes were written down" in gone.message


def test_what_has_no_chain_yet_asks_nobody_who_is_there() -> None:
    def roll() -> Roll:
        pytest.fail("nobody need be asked")

    task = a_task("a", None)
    assert list(Register(REQUIRED).judge([task], roll, 0.0)) == [(task, None)]


classes = st.sampled_from(["amd", "intel", "arm"])
rolls = st.builds(Roll, classes=st.frozensets(classes), warming=st.booleans())
rules = st.builds(
    ClassRule, same_bits=st.sampled_from(["preferred", "required"]), wait_s=st.floats(0, 10**4)
)


@given(classes, rolls, rules, st.floats(0, 10**6), st.sets(classes))
def test_no_chain_goes_to_another_class_while_its_own_lives(
    own: str, roll: Roll, rule: ClassRule, waited_s: float, free: set[str]
) -> None:
    there = replace(roll, classes=roll.classes | {own})
    task = judged(a_task("a", own), there, rule, waited_s)
    assert isinstance(task, Task)
    slots = [a_slot(device, device) for device in sorted(free)]
    assert {slot.device for _, slot in assign([task], slots, OUTLOOK)} <= {own}


@given(st.none() | classes | st.just(""), rolls, rules, st.sets(classes, min_size=1))
def test_every_chain_is_given_out_in_the_end_or_given_up_where_bits_are_required(
    own: str | None, roll: Roll, rule: ClassRule, free: set[str]
) -> None:
    """Once it waited long enough, and a worker of each class that lives is free."""
    there = replace(roll, classes=frozenset(free))
    task = judged(a_task("a", own), there, rule, rule.wait_s)
    if task == "class_gone":
        assert rule.same_bits == "required"
        assert own not in free
        return
    assert isinstance(task, Task)
    slots = [a_slot(device, device) for device in sorted(free)]
    assert len(assign([task], slots, OUTLOOK)) == 1


@given(rolls, rules, st.floats(0, 10**6))
def test_a_chain_that_is_not_begun_goes_anywhere(
    roll: Roll, rule: ClassRule, waited_s: float
) -> None:
    assert ruling(begun_on(None), roll, rule, waited_s) == "bound"
    task = judged(a_task("a", None), roll, rule, waited_s)
    assert isinstance(task, Task)
    for device in ("amd", "intel", "arm", ""):
        assert fits(task, a_slot(device))


begun = st.lists(st.none() | classes, max_size=8)


@given(begun, st.lists(classes, max_size=6), st.data())
def test_nothing_idles_while_a_chain_could_use_it(
    owns: list[str | None], devices: list[str], data: st.DataObject
) -> None:
    tasks = [
        a_task(str(n), own, priority=data.draw(st.integers(0, 2))) for n, own in enumerate(owns)
    ]
    slots = [a_slot(device, str(n)) for n, device in enumerate(devices)]
    pairs = assign(tasks, slots, OUTLOOK)
    assert all(fits(task, slot) for task, slot in pairs)
    assert len({task.order.request_id for task, _ in pairs}) == len(pairs)
    assert len({slot.worker for _, slot in pairs}) == len(pairs)
    bound = sum(min(owns.count(name), devices.count(name)) for name in set(owns) if name)
    assert len(pairs) == min(len(devices), bound + owns.count(None))


def test_a_setting_that_is_neither_is_refused() -> None:
    assert load_config(None, same_bits="required").class_rule.same_bits == "required"
    with pytest.raises(ManifestUnusable, match="same_bits"):
        load_config(None, same_bits="always")
