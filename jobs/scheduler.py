"""Which waiting task goes to which free slot: a pure function of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.phases import Order
from jobs.tasks import Task

NEVER = datetime.max.replace(tzinfo=UTC)

Rank = tuple[int, datetime, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place where one task can run: a generator by name with the chain it worked on last, or a
    CPU."""

    worker: str
    generates: bool
    chain: str = ""


def rank(task: Task) -> Rank:
    """Priority, then earliest due, then what frees generators soonest: the longest remaining chain
    first.

    Tasks without a chain (prepare, master, ...) come in the order of the manifest, later stages
    first, so that finished pictures do not wait behind new takes.
    """
    job = task.order.job
    stage = {"publish": 0, "master": 1, "stitch": 2, "split": 3}.get(task.step.stage, 4)
    return (-job.priority, job.due or NEVER, stage, -task.remaining, task.order.place)


def admission(order: Order) -> tuple[int, datetime, int, int]:
    """The order in which jobs come into the window: what is urgent first, then the first rows of
    all manifests, then their second ones: a small manifest does not wait behind a large one."""
    return (-order.job.priority, order.job.due or NEVER, order.job.row, order.place)


def chain_of(task: Task) -> str:
    """The chain a generating task belongs to: what a worker keeps warm."""
    return f"{task.order.asked}/{task.step.chunk}"


def assign(waiting: Sequence[Task], free: Sequence[Slot]) -> list[tuple[Task, Slot]]:
    """Pair tasks with slots, most urgent first; a chain goes back to the worker that knows it."""
    pairs: list[tuple[Task, Slot]] = []
    left = list(free)
    for task in sorted(waiting, key=rank):
        fitting = [slot for slot in left if slot.generates == task.generates]
        if not fitting:
            continue
        known = [slot for slot in fitting if slot.chain == chain_of(task)]
        slot = (known or fitting)[0]
        left.remove(slot)
        pairs.append((task, slot))
    return pairs
