"""Rows whose due time is over: made all the same, and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from jobs.console import tell
from jobs.engine.phases import Order

NAMED = 5
"""So many are named; of more, their number."""


def tell_overdue(orders: Iterable[Order], now: datetime) -> None:
    """Say which rows were due before the run began."""
    names = [o.job.job_id for o in orders if o.job.due is not None and o.job.due < now]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        tell(
            f"{', '.join(names[:NAMED])}{more}: due before this run began; they are made after "
            "what can be in time and before what is due never"
        )
