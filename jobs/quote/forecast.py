"""From a load, costs and workers to the forecast of a night: pure, the same every time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    for `cold_s` before its first chain. `starts` holds what of that each preset takes, with the
    number of its chains: no more workers load its weights. CPU stages take `around_s` before the
    first chain and after the last, and `desk_s` in all; `take_desk_s` are those of each take, also
    of those without a chain. Of them `enlarged_s` enlarge frames, and `enlarging_s` those of each
    chain's take, which one core does. `order` holds each chain's place in the workload's columns.
    `night_spread` is the deviation that a whole night has, whatever its chains do.
    """

    chain_s: Real
    spread: Real
    take: NDArray[np.int64]
    length_spread: Real
    order: NDArray[np.int64]
    cold_s: float
    starts: tuple[tuple[float, int], ...]
    around_s: float
    desk_s: float
    take_desk_s: Real
    enlarging_s: Real
    enlarged_s: float
    night_spread: float


def night_of(
    load: Workload, costs: Mapping[str, Cost], finish_s: Real | None = None
) -> SimulationInput:
    """Expected seconds of every chain, in the order in which they are handed out; `finish_s` are
    those of CPU slots that enlarging takes, by row."""
    each = [costs[name] for name in load.presets]
    finish_s = np.zeros(takes_of(load)) if finish_s is None else finish_s
    take_desk_s = desks_of(load, each) + finish_s
    chain_s = chains_s(load, each)
    order = queue_of(load, chain_s)
    _, first, take = np.unique(load.row, return_index=True, return_inverse=True)
    starts = [
        (each[place].cold_s, int(chains))
        for place, chains in zip(*np.unique(load.preset, return_counts=True), strict=True)
    ]
    desk_s = float(take_desk_s.sum())
    return SimulationInput(
        chain_s=chain_s[order],
        spread=(of_costs("segment_spread", each, load.preset) / np.sqrt(load.segments))[order],
        take=take[order],
        length_spread=load.spread[first],
        order=order,
        cold_s=sum(start_s for start_s, _ in starts),
        starts=tuple(starts),
        around_s=desk_s / max(1, takes_of(load)),
        desk_s=desk_s,
        take_desk_s=take_desk_s,
        enlarging_s=finish_s[load.row][order],
        enlarged_s=float(finish_s.sum()),
        night_spread=max((spread_of_cost(cost) for cost in each), default=0.0),
    )


def of_costs(name: str, costs: Sequence[Cost], preset: NDArray[np.int64]) -> Real:
    """One figure of the cost of each preset."""
    figures = np.array([getattr(cost, name) for cost in costs], dtype=np.float64)
    found: Real = figures[preset] if len(preset) else np.zeros(0)
    return found


def chains_s(load: Workload, costs: Sequence[Cost]) -> Real:
    """Expected seconds of each chain."""
    take_s, segment_s, waste, redrawn = (
        of_costs(name, costs, load.preset) for name in ("take_s", "segment_s", "waste", "redrawn")
    )
    seconds: Real = (take_s + segment_s * load.segments * (1 + redrawn)) * (1 + waste)
    return seconds


def spread_of_cost(cost: Cost) -> float:
    """The standard deviation of a whole night's logarithm.

    Nights differ from one another, and the mean that `runs` nights and `segments` segments taught
    is uncertain itself.
    """
    doubt = cost.segment_spread / np.sqrt(cost.segments) if cost.segments else 0.0
    nights = cost.night_spread * np.sqrt(1 + 1 / cost.runs) if cost.runs else cost.night_spread
    return float(np.hypot(nights, doubt))


def takes_of(load: Workload) -> int:
    """All that are not delivered, those that have nothing left to be drawn too."""
    return len(load.names)


def desks_of(load: Workload, costs: Sequence[Cost]) -> Real:
    """Seconds of CPU slots for all stages without a generator, by row; of takes that are begun
    those behind the first segment."""
    take_s, segment_s, lead_share = (
        of_costs(name, costs, load.row_preset)
        for name in ("desk_take_s", "desk_segment_s", "lead_share")
    )
    whole_s = take_s + segment_s * load.row_segments
    seconds: Real = whole_s * np.where(load.begun, 1 - lead_share, 1.0)
    return seconds


def finish_of(night: SimulationInput, chain_s: Real, counts: WorkerCounts) -> float:
    """Seconds from the beginning to the end, whichever takes longest: generators with what comes
    before and after them, CPUs with the last take of one while the others idle, or one take whose
    frames are enlarged when it is drawn. Where nothing is left to be drawn, CPUs take one take
    after the other."""
    if not len(chain_s):
        return makespan_s(night.take_desk_s, counts.cpus, 0.0)
    generators_s = night.around_s + makespan_s(chain_s, counts.workers, night.cold_s)
    desks_s = night.around_s + (night.desk_s - night.around_s) / counts.cpus
    return max(generators_s, desks_s, longest_take_s(night, chain_s))


def longest_take_s(night: SimulationInput, chain_s: Real) -> float:
    """Of the takes whose frames are enlarged, one chain and the enlarging that follows it. Where
    advice cut chains in two, they count as they were: it promises nothing by that."""
    enlarged = night.enlarging_s > 0
    if not enlarged.any():
        return 0.0
    seconds = chain_s if len(chain_s) == len(enlarged) else night.chain_s
    return night.cold_s + float((seconds + night.enlarging_s)[enlarged].max())


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
    return np.sort([simulated_end_s(night, counts, number) for number in range(NIGHTS)])


def simulated_end_s(night: SimulationInput, counts: WorkerCounts, number: int) -> float:
    """Enlarging is as slow or fast as the whole night is, and so are all desks when nothing is left
    to be drawn."""
    slow = float(np.exp(night_draws(number).standard_normal() * night.night_spread))
    if not len(night.chain_s):
        return finish_of(night, night.chain_s, counts) * slow
    return finish_of(with_slow_enlarging(night, slow), simulated_chain_s(night, number), counts)


def with_slow_enlarging(night: SimulationInput, times: float) -> SimulationInput:
    """The night, whose frames take so many times as long to be enlarged."""
    more_s = night.enlarged_s * (times - 1)
    if not more_s:
        return night
    return replace(
        night,
        desk_s=night.desk_s + more_s,
        around_s=night.around_s * (1 + more_s / night.desk_s),
        enlarging_s=night.enlarging_s * times,
    )


def night_draws(number: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[_KEY, number]))


def simulated_chain_s(night: SimulationInput, number: int) -> Real:
    """The chains' seconds in one simulated night: each is `chain_s` on average, and the night as a
    whole is as often slower as faster."""
    draws = night_draws(number)
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
    cold_s = sum(start_s * min(counts.workers, chains) for start_s, chains in night.starts)
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
