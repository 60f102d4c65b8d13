"""Which chains decide when the night ends, and what would end it earlier: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jobs.quote.forecast import Real, SimulationInput, WorkerCounts, finish_of
from jobs.quote.workload import Workload

NAMED = 3
"""Chains that are named."""

WORTH_S = 1.0
WORTH_SHARE = 0.005
"""What ends the night earlier by less than both is no advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A pause where a take can be cut: seconds of the take, and its share of the take before it."""

    at_s: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LongChain:
    """One of the longest chains. `earlier_s`: how much earlier the night ends when it is cut, with
    those before it cut too; at `cut_s` where a pause is known, else in the middle."""

    job_id: str
    chunk: int
    segments: int
    seconds: float
    earlier_s: float
    cut_s: float | None = None

    @property
    def critical(self) -> bool:
        return self.earlier_s > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The longest chains, longest first, and how much earlier one more worker and twice as many
    would end."""

    chains: tuple[LongChain, ...]
    one_more_s: float
    twice_s: float


def advice_for(
    load: Workload, night: SimulationInput, counts: WorkerCounts, cuts: Mapping[str, Cut]
) -> Advice:
    """Found on the expected night, with nothing drawn; `cuts` are the known pauses by job."""
    now_s = finish_of(night, night.chain_s, counts)
    return Advice(
        chains=tuple(long_chains(load, night, counts, cuts)),
        one_more_s=gain_s(now_s, finish_with(night, counts, counts.workers + 1)),
        twice_s=gain_s(now_s, finish_with(night, counts, 2 * counts.workers)),
    )


def finish_with(night: SimulationInput, counts: WorkerCounts, workers: int) -> float:
    return finish_of(night, night.chain_s, replace(counts, workers=workers))


def gain_s(now_s: float, then_s: float) -> float:
    """Seconds that are gained, 0 when they are not worth a word."""
    gained_s = now_s - then_s
    return gained_s if gained_s >= max(WORTH_S, WORTH_SHARE * now_s) else 0.0


def long_chains(
    load: Workload, night: SimulationInput, counts: WorkerCounts, cuts: Mapping[str, Cut]
) -> Iterator[LongChain]:
    """The longest chains, each judged with those before it cut."""
    before_s = finish_of(night, night.chain_s, counts)
    places: list[int] = []
    shares: list[float] = []
    for place in np.argsort(-night.chain_s, kind="stable")[:NAMED]:
        column = night.order[place]
        job_id, segments = load.names[load.row[column]], int(load.segments[column])
        cut = cuts.get(job_id)
        places.append(int(place))
        shares.append(cut.share if cut else 0.5)
        after_s = finish_of(night, cut_up(night.chain_s, places, shares), counts)
        yield LongChain(
            job_id=job_id,
            chunk=int(load.chunk[column]),
            segments=segments,
            seconds=float(night.chain_s[place]),
            earlier_s=gain_s(before_s, after_s) if segments > 1 else 0.0,
            cut_s=cut.at_s if cut else None,
        )
        before_s = after_s


def cut_up(chain_s: Real, places: Sequence[int], shares: Sequence[float]) -> Real:
    """The chains' seconds with both parts in place of each of those, standing in the queue where
    their length belongs if only length orders it, else where the whole stood."""
    parts = np.array(
        [p for s, c in zip(shares, chain_s[places], strict=True) for p in (s * c, c - s * c)]
    )
    left = np.delete(chain_s, places)
    if (np.diff(left) <= 0).all():
        merged: Real = -np.sort(-np.concatenate([left, parts]))
        return merged
    whole = chain_s.copy()
    whole[places] = parts[0::2]
    return np.insert(whole, np.array(places) + 1, parts[1::2])
