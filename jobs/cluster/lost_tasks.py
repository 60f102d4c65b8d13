"""What a task came to whose worker, or whose whole cluster, is no longer there."""

from __future__ import annotations

from dataclasses import replace

from ray.exceptions import OutOfMemoryError, RayActorError, RayError

from jobs.engine.phases import Failure
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome
from manifests.errors import FailureKind
from pipeline.stage import StageName


def left(worker: str) -> Outcome:
    """The outcome of a task that was meant to go on with a worker that is no longer there."""
    message = f"the worker {worker} left"
    failure = Failure(kind=FailureKind.PREEMPTED, code="preempted", message=message)
    return nothing(failure, worker)


def adrift(worker: str) -> Outcome:
    """The outcome of a task that the cluster took with it: no fault of its row, never counted."""
    message = f"the worker {worker} went with its cluster"
    failure = Failure(kind=FailureKind.PREEMPTED, code="cluster_lost", message=message)
    return nothing(failure, worker)


def overran(task: Task, worker: str, limit_s: float, *, again: bool) -> Outcome:
    """The outcome of a task on a CPU that took too long; `again`: so it is its input's doing."""
    stage, job = task.step.stage, task.order.job
    message = f"{stage} took longer than {limit_s:.0f} s and was ended"
    if not again or stage != StageName.PREPARE:
        failure = Failure(kind=FailureKind.TRANSIENT, code="worker_hung", message=message)
        return nothing(failure, worker)
    recording = f" or the recording {job.audio_uri}" if job.audio_uri else ""
    message = (
        f"{message}, twice: the portrait {job.portrait_uri}{recording} is too costly to read;"
        " save it again, smaller, with another program (or raise cpu_hang_s)"
    )
    failure = Failure(kind=FailureKind.BAD_INPUT, code="input_too_costly", message=message)
    return nothing(failure, worker)


def nothing(failure: Failure, worker: str) -> Outcome:
    """The outcome of a call that nobody answered."""
    return Outcome(result=None, failure=failure, seconds=0.0, worker=worker, host="")


def lost(error: RayError, worker: str, seconds: float, *, hung: bool = False) -> Outcome:
    """The outcome of a task whose worker went away before it could say anything."""
    preempted = isinstance(error, RayActorError) and error.preempted
    message = f"the worker {worker} was lost: {type(error).__name__}: {str(error)[:300]}"
    if hung:
        message = f"the worker {worker} was silent for {seconds:.0f} s and was killed"
    failure = Failure(
        kind=FailureKind.PREEMPTED if preempted else FailureKind.TRANSIENT,
        code="preempted" if preempted else "worker_hung" if hung else "worker_lost",
        message=message,
    )
    if isinstance(error, OutOfMemoryError):  # Ray's watch over the node's memory ended it
        failure = replace(failure, kind=FailureKind.OUT_OF_MEMORY, code="host_out_of_memory")
    return nothing(failure, worker)
