"""What people ask of a night while it runs or rests, and what all their words come to: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from jobs.phases import Failed, Failure, Finished, Order, Phase

What = Literal["hold", "release", "cancel", "prioritise"]

FIRST = 2**31 - 1
"""The highest priority a row can have."""

NAME_TIME = "%Y%m%dT%H%M%S.%fZ"
"""Begins the name of an instruction's file, so that names sort as they were given."""

CANCELLED = "Cancelled"
"""The kind of failure of a job that people called off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One word about some jobs, `given` at a time in UTC; only `prioritise` has a `priority`.

    Raises `ValueError` for a priority that is missing or out of place.
    """

    format: Literal[1] = 1
    what: What
    jobs: tuple[str, ...]
    given: datetime
    priority: int | None = None

    def __post_init__(self) -> None:
        if (self.what == "prioritise") != (self.priority is not None):
            raise ValueError("`prioritise` has a priority, and nothing else has one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What holds now, by job id."""

    held: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    priorities: Mapping[str, int] = field(default_factory=dict)

    def holds(self, order: Order) -> bool:
        return order.job.job_id in self.held

    def cancels(self, order: Order) -> bool:
        return order.job.job_id in self.cancelled

    def stops(self, order: Order) -> bool:
        """Whether nothing new may start for the order."""
        return self.holds(order) or self.cancels(order)


FREE = Steering()
"""Nobody said anything."""


def fold(instructions: Mapping[str, Instruction]) -> Steering:
    """What all instructions come to, by the names of their files: for each job the last word.

    Hold, release and cancel take each other's place; a priority stands beside them.
    """
    standing: dict[str, What] = {}
    priorities: dict[str, int] = {}
    for _, word in sorted(instructions.items()):
        if word.priority is not None:
            priorities |= dict.fromkeys(word.jobs, word.priority)
        else:
            standing |= dict.fromkeys(word.jobs, word.what)
    return Steering(
        held=frozenset(job for job, what in standing.items() if what == "hold"),
        cancelled=frozenset(job for job, what in standing.items() if what == "cancel"),
        priorities=priorities,
    )


def steered_order(order: Order, steering: Steering) -> Order:
    """The order with the priority that people gave it."""
    priority = steering.priorities.get(order.job.job_id, order.job.priority)
    if priority == order.job.priority:
        return order
    return replace(order, job=replace(order.job, priority=priority))


def steered_phase(phase: Phase, steering: Steering) -> Phase:
    """The phase with its order's priority, or its end when the job was cancelled."""
    if isinstance(phase, Finished | Failed):
        return phase
    order = steered_order(phase.order, steering)
    if steering.cancels(order):
        return cancelled(order)
    return phase if order is phase.order else replace(phase, order=order)


def cancelled(order: Order) -> Failed:
    """The end of a job that was cancelled."""
    message = f"it was cancelled; to make it, `rushes release OUT {order.job.job_id}` and run again"
    return Failed(
        order=order, failure=Failure(kind=CANCELLED, code="cancelled", message=f"{message}.")
    )


def time_after(now: datetime, last: datetime | None) -> datetime:
    """When an instruction counts as given: after the `last` one, whose giver's clock may be
    ahead."""
    return now if last is None or last < now else last + timedelta(microseconds=1)
