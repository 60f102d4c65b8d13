"""A night in arithmetic: chains on workers, the first free worker takes the next chain: pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from jobs.quote.workload import Workload

Real = NDArray[np.float64]

ONE_BY_ONE = 8000
"""Chains: this many at the head of the queue and at its tail are handed out one by one. The others
are spread evenly over the workers, which is wrong by less than one chain in thousands."""


def queue_of(load: Workload, chain_s: Real) -> NDArray[np.int64]:
    """The order in which jobs/engine/scheduler.py hands chains out: highest priority, then
    earliest due, then longest chain, then as in the manifest."""
    order: NDArray[np.int64] = np.lexsort((load.row, -chain_s, load.due, -load.priority))
    return order


def makespan_s(chain_s: Real, workers: int, cold_s: float) -> float:
    """When the last of the workers is free again, the chains handed out in the order given.

    Every worker that gets a chain starts up for `cold_s` first. One more worker never makes it
    later: the chains are independent, and the order stays.
    """
    if not len(chain_s):
        return 0.0
    free = [cold_s] * min(workers, len(chain_s))
    if len(chain_s) <= 2 * ONE_BY_ONE:
        return hand_out(free, chain_s)
    hand_out(free, chain_s[:ONE_BY_ONE])
    free = filled(np.array(free), float(chain_s[ONE_BY_ONE:-ONE_BY_ONE].sum()))
    return hand_out(free, chain_s[-ONE_BY_ONE:])


def hand_out(free: list[float], chain_s: Iterable[float]) -> float:
    """Give each chain to the worker that is free first; `free` holds when each one is."""
    heapq.heapify(free)
    for seconds in chain_s:
        heapq.heapreplace(free, free[0] + float(seconds))
    return max(free)


def filled(free: Real, work_s: float) -> list[float]:
    """The workers' times after `work_s` was poured over them, the lowest filled first."""
    times = np.sort(free)
    counts = np.arange(1, len(times) + 1)
    levels = (work_s + np.cumsum(times)) / counts
    deep = np.flatnonzero(levels > times)
    level = float(levels[deep[-1]]) if len(deep) else float(times[0])
    return [float(time) for time in np.maximum(times, level)]
