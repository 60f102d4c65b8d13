"""What a line of the log is about: job, stage, worker and run, bound where the work is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

FIELDS = ("run", "job", "stage", "chunk", "worker")
"""Names of the fields in the order in which a line has them; one that does not apply is left
out."""

_BOUND: ContextVar[Mapping[str, str]] = ContextVar(
    "rushes_log_fields",
    default=MappingProxyType({}),
)


@contextmanager
def fields_bound(**fields: str) -> Iterator[None]:
    """All lines that are logged inside have these fields too."""
    token = _BOUND.set({**_BOUND.get(), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def bound_fields() -> Mapping[str, str]:
    """The fields of a line that is logged now."""
    return _BOUND.get()
