"""From attempts to costs: weighted least squares without negative parts: pure.

gpu_s = segment_s x segments + take_s x (a take opened for a chain) + cold_s x (a worker's first)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manifests.costs import Cost
from manifests.ledger import Attempt
from pipeline.stage import StageName

Real = NDArray[np.float64]

LOST = frozenset({"worker_lost", "preempted"})
"""Codes of failures that took the worker with them, and half a segment on average."""

UNMEASURED_NIGHT_SPREAD = 0.05
"""How far nights differ where fewer than three were seen."""

FEW_NIGHTS = 3
BEFORE = frozenset({StageName.PREPARE, StageName.SPLIT})
"""Stages of a take that come before its first segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSample:
    """An attempt of the stage generate or another, with what the ledger itself does not say."""

    attempt: Attempt
    preset: str
    device: str


def fitted(seen: Iterable[CostSample]) -> tuple[Cost, ...]:
    """The cost of every preset on every device that rendered something, in their order."""
    groups: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for one in seen:
        groups[one.preset, one.device].append(one.attempt)
    costs = (cost_of(preset, device, tries) for (preset, device), tries in sorted(groups.items()))
    return tuple(cost for cost in costs if cost.measured)


def cost_of(preset: str, device: str, attempts: Sequence[Attempt]) -> Cost:
    """One preset's cost on one device; unmeasured when none of the attempts rendered anything."""
    tries = sorted((a for a in attempts if a.stage == StageName.GENERATE), key=lambda a: a.started)
    cold = first_of_workers(tries)
    good = [a for a in tries if a.state == "done" and a.segments_made > 0]
    if not good:
        return Cost(preset=preset, device=device, segment_s=0.0, take_s=0.0, cold_s=0.0)
    terms = np.array([[a.segments_made, 1.0, a in cold] for a in good])
    took_s = np.array([a.gpu_s for a in good])
    parts = least_squares(terms, took_s, np.sqrt(terms[:, 0]))
    foretold_s = terms @ parts
    desk_take_s, desk_segment_s, lead_share = desk_cost(attempts)
    return Cost(
        preset=preset,
        device=device,
        segment_s=float(parts[0]),
        take_s=float(parts[1]),
        cold_s=float(parts[2]),
        waste=waste_of(tries, parts, float(took_s.sum())),
        segment_spread=segment_spread(terms[:, 0], took_s, foretold_s),
        night_spread=night_spread([a.run_id for a in good], took_s, foretold_s),
        desk_take_s=desk_take_s,
        desk_segment_s=desk_segment_s,
        lead_share=lead_share,
        segments=int(terms[:, 0].sum()),
        attempts=len(good),
        runs=len({a.run_id for a in good}),
    )


def first_of_workers(tries: Iterable[Attempt]) -> frozenset[Attempt]:
    """The attempts that were the first of their worker: it loaded its weights in them."""
    first: dict[tuple[str, str], Attempt] = {}
    for attempt in tries:
        if attempt.state == "done":
            first.setdefault((attempt.run_id, attempt.worker), attempt)
    return frozenset(first.values())


def least_squares(terms: Real, took_s: Real, deviation: Real) -> Real:
    """Parts that are not negative; an equation weighs as much as it is certain."""
    from scipy.optimize import nnls  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    parts: Real = nnls(terms / deviation[:, None], took_s / deviation)[0]
    return parts


def waste_of(tries: Sequence[Attempt], parts: Real, good_s: float) -> float:
    """The share of the good work that was done in vain: what failed tries took beyond their
    finished segments, and half a segment with a new start for each lost worker."""
    segment_s, take_s, cold_s = (float(part) for part in parts)
    failed = [a for a in tries if a.state == "failed"]
    vain_s = sum(max(0.0, a.gpu_s - a.segments_made * segment_s) for a in failed)
    lost = sum(a.error_code in LOST for a in failed)
    return (vain_s + lost * (segment_s / 2 + take_s + cold_s)) / good_s if good_s else 0.0


def segment_spread(segments: Real, took_s: Real, foretold_s: Real) -> float:
    """How far one segment lies from what is foretold: a chain of n scatters by its root less."""
    apart = np.log(np.maximum(took_s, 1e-9) / np.maximum(foretold_s, 1e-9)) * np.sqrt(segments)
    return float(np.std(apart))


def night_spread(run_ids: Sequence[str], took_s: Real, foretold_s: Real) -> float:
    """How far whole nights lie from what is foretold."""
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for run_id, took, foretold in zip(run_ids, took_s, foretold_s, strict=True):
        sums[run_id][0] += float(took)
        sums[run_id][1] += float(foretold)
    if len(sums) < FEW_NIGHTS:
        return UNMEASURED_NIGHT_SPREAD
    return float(np.std([np.log(took / foretold) for took, foretold in sums.values()], ddof=1))


def desk_cost(attempts: Iterable[Attempt]) -> tuple[float, float, float]:
    """Seconds of the stages without a generator: per take, per segment, and the share of them that
    comes before the first segment."""
    whole: defaultdict[str, float] = defaultdict(float)
    segments: defaultdict[str, int] = defaultdict(int)
    before = 0.0
    for attempt in attempts:
        job = f"{attempt.run_id}/{attempt.job}"
        if attempt.stage == StageName.GENERATE:
            segments[job] += attempt.segments_made
        elif attempt.state == "done" and not attempt.reused:
            whole[job] += attempt.seconds
            before += attempt.seconds if attempt.stage in BEFORE else 0.0
    jobs = [job for job in whole if segments[job]]
    if not jobs:
        return 0.0, 0.0, 0.5
    terms = np.array([[1.0, segments[job]] for job in jobs])
    take_s, segment_s = least_squares(terms, np.array([whole[j] for j in jobs]), np.ones(len(jobs)))
    return float(take_s), float(segment_s), before / sum(whole.values())
