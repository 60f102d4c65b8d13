"""Which rows of a night are expected to be late: pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jobs.quote.forecast import Real, SimulationInput, WorkerCounts
from jobs.quote.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRow:
    """A row that is expected `late_s` seconds after it is due, when the night begins now."""

    job_id: str
    late_s: float


def late_rows(
    load: Workload, night: SimulationInput, counts: WorkerCounts, now_s: float
) -> tuple[LateRow, ...]:
    """Of the expected night, with nothing drawn, in the order in which they end; `now_s` are
    seconds of the epoch. A run that cuts takes to be on time does better. Rows of which all is
    drawn are not looked at, and CPUs are taken to be free: where they bound the night, more rows
    are late."""
    row, due = load.row[night.order], load.due[night.order]
    dated = np.isfinite(due)
    if not dated.any():
        return ()
    due_of = dict(zip(row[dated].tolist(), due[dated].tolist(), strict=True))
    ends: dict[int, float] = {}
    for place, end_s in zip(row.tolist(), chain_ends(night.chain_s, counts, night), strict=True):
        ends[place] = max(end_s + float(night.take_desk_s[place]), ends.get(place, 0.0))
    late = ((now_s + ends[place] - due_s, place) for place, due_s in due_of.items())
    return tuple(
        LateRow(job_id=load.names[place], late_s=late_s)
        for late_s, place in sorted(late, key=lambda each: ends[each[1]])
        if late_s > 0
    )


def chain_ends(chain_s: Real, counts: WorkerCounts, night: SimulationInput) -> Iterator[float]:
    """When each chain ends, handed out in the order given to the worker that is free first."""
    free = [night.cold_s] * min(counts.workers, len(chain_s))
    for seconds in chain_s.tolist():
        yield free[0] + seconds
        heapq.heapreplace(free, free[0] + seconds)
