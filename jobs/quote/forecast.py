"""From a load, costs and workers to the forecast of a night: pure, the same every time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.quote.workload import Workload
from manifests.costs import Cost

Real = NDArray[np.float64]

NIGHTS = 61
"""Simulated nights behind an interval: about three lie beyond each end, and a new night falls
between two neighbours of the 61 as often as between any others (`weibull`)."""

ONE_BY_ONE = 8000
"""Chains: this many at the head of the queue and at its tail are handed out one by one. The others
are spread evenly over the workers, which is wrong by less than one chain in thousands."""

_KEY = 0x5275_7368_6573
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCounts:
    """What a night is worked by: generators, and slots for the stages without one."""

    workers: int
    cpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a night takes. Its end is the median of the simulated nights, in seconds after its
    beginning; `earliest_s` to `latest_s` hold 90 % of them. `gpu_h` are hours that generators
    work."""

    takes: int
    chunks: int
    segments: int
    gpu_h: float
    finish_s: float
    earliest_s: float
    latest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationInput:
    """The workload with its costs, in the order of the queue; finish times are computed from it.

    `chain_s` holds the expected seconds of each chain and `spread` the standard deviation of their
    logarithm. `take` is the index of each chain's take. A take's length has an error of its own,
    which all its chains share: `length_spread` holds its deviation, by take. A worker loads weights
    for `cold_s` before its first chain. CPU stages take `around_s` before the first chain and after
    the last, and `desk_s` in all. `order` holds each chain's place in the workload's columns.
    `night_spread` is the deviation that a whole night has, whatever its chains do.
    """

    chain_s: Real
    spread: Real
    take: NDArray[np.int64]
    length_spread: Real
    order: NDArray[np.int64]
    cold_s: float
    around_s: float
    desk_s: float
    night_spread: float


def night_of(load: Workload, costs: Mapping[str, Cost], finish_s: float = 0.0) -> SimulationInput:
    """Expected seconds of every chain, in the order in which they are handed out; `finish_s` are
    those of CPU slots that enlarging takes in all."""
    each = [costs[name] for name in load.presets]
    if not each or not len(load.segments):
        none = np.zeros(0)
        return SimulationInput(
            chain_s=none,
            spread=none,
            take=np.zeros(0, dtype=np.int64),
            length_spread=none,
            order=np.zeros(0, dtype=np.int64),
            cold_s=0.0,
            around_s=0.0,
            desk_s=0.0,
            night_spread=0.0,
        )
    take_s, segment_s, waste, spread, redrawn = (
        np.array([getattr(cost, name) for cost in each])[load.preset]
        for name in ("take_s", "segment_s", "waste", "segment_spread", "redrawn")
    )
    chain_s = (take_s + segment_s * load.segments * (1 + redrawn)) * (1 + waste)
    order = queue_of(load, chain_s)
    _, first, take = np.unique(load.row, return_index=True, return_inverse=True)
    desk_s = desk_of(load, each) + finish_s
    return SimulationInput(
        chain_s=chain_s[order],
        spread=(spread / np.sqrt(load.segments))[order],
        take=take[order],
        length_spread=load.spread[first],
        order=order,
        cold_s=sum(cost.cold_s for cost in each),
        around_s=desk_s / takes_of(load),
        desk_s=desk_s,
        night_spread=max(spread_of_cost(cost) for cost in each),
    )


def spread_of_cost(cost: Cost) -> float:
    """The standard deviation of a whole night's logarithm.

    Nights differ from one another, and the mean that `runs` nights and `segments` segments taught
    is uncertain itself.
    """
    doubt = cost.segment_spread / np.sqrt(cost.segments) if cost.segments else 0.0
    nights = cost.night_spread * np.sqrt(1 + 1 / cost.runs) if cost.runs else cost.night_spread
    return float(np.hypot(nights, doubt))


def takes_of(load: Workload) -> int:
    return len(np.unique(load.row))


def desk_of(load: Workload, costs: Sequence[Cost]) -> float:
    """Seconds of CPU slots for all stages without a generator."""
    _, first = np.unique(load.row, return_index=True)
    per_take = np.array([cost.desk_take_s for cost in costs])[load.preset[first]]
    per_segment = np.array([cost.desk_segment_s for cost in costs])[load.preset]
    return float(per_take.sum() + (per_segment * load.segments).sum())


def finish_of(night: SimulationInput, chain_s: Real, counts: WorkerCounts) -> float:
    """Seconds from the beginning to the end: what comes first and last, and between them what
    takes longer, generators or CPUs."""
    if not len(chain_s):
        return 0.0
    generators_s = makespan_s(chain_s, counts.workers, night.cold_s)
    return night.around_s + max(generators_s, night.desk_s / counts.cpus)


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


def finishes(night: SimulationInput, counts: WorkerCounts) -> Real:
    """The ends of the simulated nights, sorted. The draws of each are keyed by its number alone, so
    that numbers of workers are compared on the same nights."""
    return np.sort(
        [finish_of(night, simulated_chain_s(night, number), counts) for number in range(NIGHTS)]
    )


def simulated_chain_s(night: SimulationInput, number: int) -> Real:
    """The chains' seconds in one simulated night: each is `chain_s` on average, and the night as a
    whole is as often slower as faster."""
    draws = np.random.Generator(np.random.Philox(key=[_KEY, number]))
    whole = draws.standard_normal() * night.night_spread
    each = scattered(draws, night.spread)
    length = scattered(draws, night.length_spread)
    seconds: Real = night.chain_s * np.exp(each + length[night.take] + whole)
    return seconds


def scattered(draws: np.random.Generator, spread: Real) -> Real:
    """Logarithms of factors that are 1 on average."""
    apart: Real = draws.standard_normal(len(spread)) * spread - spread**2 / 2
    return apart


def forecast(load: Workload, night: SimulationInput, counts: WorkerCounts) -> Forecast:
    ends = finishes(night, counts)
    cold_s = night.cold_s * min(counts.workers, len(night.chain_s))
    earliest_s, latest_s = np.quantile(ends, (0.05, 0.95), method="weibull")
    return Forecast(
        takes=takes_of(load),
        chunks=len(load.segments),
        segments=int(load.segments.sum()),
        gpu_h=(float(night.chain_s.sum()) + cold_s) / HOUR_S,
        finish_s=float(np.median(ends)),
        earliest_s=float(earliest_s),
        latest_s=float(latest_s),
    )
