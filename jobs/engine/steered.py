"""What becomes of jobs under what people want and under the consents of people: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from jobs.engine.phases import (
    Failed,
    Failure,
    Finished,
    Mastered,
    Order,
    Phase,
    Prepared,
    Shooting,
    Stitched,
)
from jobs.engine.steering import Steering
from manifests.errors import FailureKind


class Rights(Protocol):
    """Who says whether a job may be made: the consents of people."""

    def refusal(self, order: Order, portrait: str | None) -> Failure | None:
        """Why not, as things stand now; `portrait` is the digest of its file, once it is known."""

    def unsure(self, order: Order) -> bool:
        """Whether that cannot be told at the moment, so that nothing may begin."""


class NoRights:
    """Everything may be made."""

    def refusal(self, order: Order, portrait: str | None) -> Failure | None:
        del order, portrait
        return None

    def unsure(self, order: Order) -> bool:
        del order
        return False


def portrait_of_phase(phase: Phase) -> str | None:
    """The digest of the portrait's file, from when the job is prepared on."""
    match phase:
        case Prepared(take=take) | Shooting(take=take):
            return take.inputs[0] if take.inputs else None
        case Stitched(reel=reel) | Mastered(reel=reel):
            return reel.take.inputs[0] if reel.take.inputs else None
    return None


def rightful_phase(phase: Phase, rights: Rights) -> Phase:
    """The phase, or the end of a job that may not be made any more."""
    if isinstance(phase, Finished | Failed):
        return phase
    refused = rights.refusal(phase.order, portrait_of_phase(phase))
    return phase if refused is None else Failed(order=phase.order, failure=refused)


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
        order=order,
        failure=Failure(kind=FailureKind.CANCELLED, code="cancelled", message=f"{message}."),
    )
