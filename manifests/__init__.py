"""What was asked, what was made, what happened."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import lazy_loader  # type: ignore[import-untyped]  # it ships no types

if TYPE_CHECKING:
    from manifests.job import Job
    from manifests.ledger import Attempt, Ledger, TaskState, task_states
    from manifests.problems import Invalid, Problem
    from manifests.reading.rows import Row, UnknownColumn, read_rows, unknown_columns
    from manifests.results import Deliverable, Result, read_results, write_results
    from manifests.validate import examine, read_jobs
    from manifests.write import write_jobs

# Arrow is loaded for those who use it: an error's class costs nothing.
_load, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "job": ["Job"],
        "ledger": ["Attempt", "Ledger", "TaskState", "task_states"],
        "problems": ["Invalid", "Problem"],
        "reading.rows": ["Row", "UnknownColumn", "read_rows", "unknown_columns"],
        "results": ["Deliverable", "Result", "read_results", "write_results"],
        "validate": ["examine", "read_jobs"],
        "write": ["write_jobs"],
    },
)

__all__ = [
    "Attempt",
    "Deliverable",
    "Invalid",
    "Job",
    "Ledger",
    "Problem",
    "Result",
    "Row",
    "TaskState",
    "UnknownColumn",
    "examine",
    "read_jobs",
    "read_results",
    "read_rows",
    "task_states",
    "unknown_columns",
    "write_jobs",
    "write_results",
]

_RENAMED = {"Standing": "TaskState", "fold": "task_states"}
"""Names of before, for one version."""


def __getattr__(name: str) -> object:
    now = _RENAMED.get(name, name)
    if now != name:
        told = f"manifests.{name} is called manifests.{now} now"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
    return _load(now)
