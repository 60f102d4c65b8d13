"""What the lines of a task are marked with, wherever it is carried out."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jobs.logs.fields import fields_bound
from jobs.logs.process_log import LogPlan, log_here


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLabels:
    """The job, stage and chunk (-1: the whole job) of a task, and the log of its run; it travels
    with the task."""

    plan: LogPlan | None = None
    job: str = ""
    stage: str = ""
    chunk: int = -1


UNLABELLED = TaskLabels()
"""Of work that belongs to no run."""


@contextmanager
def labelled(labels: TaskLabels) -> Iterator[None]:
    """Lines that are logged inside have the task's fields, and go into the log of its run."""
    fields = {"worker": f"{socket.gethostname()}:{os.getpid()}"}
    if labels.plan is not None:
        log_here(labels.plan)
        fields["run"] = labels.plan.run
    if labels.chunk >= 0:
        fields["chunk"] = str(labels.chunk)
    told = {"job": labels.job, "stage": labels.stage}
    with fields_bound(**fields, **{name: value for name, value in told.items() if value}):
        yield
