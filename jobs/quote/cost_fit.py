"""From attempts to costs: weighted least squares without negative parts: pure.

gpu_s = segment_s x segments + take_s x (a take opened for a chain) + cold_s x (a worker's first)
desk seconds of a take = desk_take_s + desk_segment_s x segments + what enlarging its frames took

What the parts come to is what was spent: quoted again, the same work takes the same seconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    """An attempt of the stage generate or another, with what the ledger itself does not say; `out`
    is the output that it worked for, whose later runs go on with the same jobs."""

    attempt: Attempt
    preset: str
    device: str
    out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWork:
    """The stages without a generator, of takes that were drawn: one entry each in all columns.
    `lead_share` of the seconds comes before the first segment; those of `masters` may have
    enlarged frames."""

    seconds: Real
    masters: Real
    segments: Real
    lead_share: float = 0.5


def fitted(seen: Iterable[CostSample], enlarged_s: float = 0.0) -> tuple[Cost, ...]:
    """The cost of every preset on every device that rendered something, in their order;
    `enlarged_s` of the desks' seconds went into enlarging frames, which is counted by itself."""
    groups: defaultdict[tuple[str, str], list[CostSample]] = defaultdict(list)
    for one in seen:
        groups[one.preset, one.device].append(one)
    found = [
        (cost_of(preset, device, [one.attempt for one in group]), desk_work(group))
        for (preset, device), group in sorted(groups.items())
    ]
    found = [(cost, desks) for cost, desks in found if cost.measured]
    off_s = taken_off([desks for _, desks in found], enlarged_s)
    return tuple(
        with_desks(cost, desks, less_s) for (cost, desks), less_s in zip(found, off_s, strict=True)
    )


def cost_of(preset: str, device: str, attempts: Sequence[Attempt]) -> Cost:
    """One preset's cost on one device, but for its desks; unmeasured when none of the attempts
    rendered anything."""
    tries = sorted(
        (a for a in attempts if a.stage == StageName.GENERATE and not a.reused),
        key=lambda a: a.started,
    )
    cold = first_of_workers(tries)
    good = [a for a in tries if a.state == "done" and a.segments_made > 0]
    if not good:
        return Cost(preset=preset, device=device, segment_s=0.0, take_s=0.0, cold_s=0.0)
    terms = np.array([[a.segments_made, 1.0, a in cold] for a in good])
    took_s = np.array([a.gpu_s for a in good])
    parts = least_squares(terms, took_s, np.sqrt(terms[:, 0]))
    foretold_s = terms @ parts
    return Cost(
        preset=preset,
        device=device,
        segment_s=float(parts[0]),
        take_s=float(parts[1]),
        cold_s=float(parts[2]),
        waste=waste_of(tries, parts, warm_s(tries, parts, len(good))),
        segment_spread=segment_spread(terms[:, 0], took_s, foretold_s),
        night_spread=night_spread([a.run_id for a in good], took_s, foretold_s),
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


def warm_s(tries: Iterable[Attempt], parts: Real, chains: int) -> float:
    """What all that was drawn takes by its cost, without starts of workers: a quote adds what is
    wasted to that."""
    return float(parts[0]) * sum(a.segments_made for a in tries) + float(parts[1]) * chains


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


def desk_work(seen: Iterable[CostSample]) -> DeskWork:
    """What was spent on takes that were drawn, failed tries too. Their segments are those of the
    whole take, whichever run of an output drew them."""
    spent_s: defaultdict[tuple[str, str], float] = defaultdict(float)
    lead_s: defaultdict[tuple[str, str], float] = defaultdict(float)
    master_s: defaultdict[tuple[str, str], float] = defaultdict(float)
    found: defaultdict[tuple[str, str], Counter[tuple[int, str]]] = defaultdict(Counter)
    for one in seen:
        tried, job = one.attempt, (one.out, one.attempt.job)
        if tried.stage == StageName.GENERATE:
            had = tried.segments_made + tried.segments_reused
            found[job][tried.chunk, tried.run_id] += had
        elif not tried.reused:
            spent_s[job] += tried.seconds
            lead_s[job] += tried.seconds if tried.stage in BEFORE else 0.0
            master_s[job] += tried.seconds if tried.stage == StageName.MASTER else 0.0
    segments = {job: segments_in(chunks) for job, chunks in found.items()}
    drawn = [job for job in spent_s if segments.get(job)]
    whole_s = sum(spent_s[job] for job in drawn)
    return DeskWork(
        seconds=np.array([spent_s[job] for job in drawn]),
        masters=np.array([master_s[job] for job in drawn]),
        segments=np.array([float(segments[job]) for job in drawn]),
        lead_share=sum(lead_s[job] for job in drawn) / whole_s if whole_s else 0.5,
    )


def segments_in(found: Mapping[tuple[int, str], int]) -> int:
    """Of a take, by what each run made or found of each of its chunks."""
    most: dict[int, int] = {}
    for (chunk, _), segments in found.items():
        most[chunk] = max(segments, most.get(chunk, 0))
    return sum(most.values())


def taken_off(desks: Sequence[DeskWork], enlarged_s: float) -> list[float]:
    """Which part of `enlarged_s` each of them spent: by the segment, and none more than its masters
    took. A task that was killed is in no ledger, though what it finished is stored."""
    room_s = [float(each.masters.sum()) for each in desks]
    off_s, left_s = [0.0] * len(desks), min(enlarged_s, sum(room_s))
    by_room = sorted(range(len(desks)), key=lambda at: room_s[at] / max(1.0, _segments(desks[at])))
    for place, at in enumerate(by_room):
        others = sum(_segments(desks[other]) for other in by_room[place:])
        share = _segments(desks[at]) / others if others else 1.0
        off_s[at] = min(room_s[at], left_s * share)
        left_s -= off_s[at]
    return off_s


def _segments(desks: DeskWork) -> float:
    return float(desks.segments.sum())


def with_desks(cost: Cost, desks: DeskWork, less_s: float) -> Cost:
    """The cost with what its desks take, `less_s` in all, which went by the segment."""
    whole_s, segments = float(desks.seconds.sum()), _segments(desks)
    if not segments:
        return cost
    enlarging = desks.segments * (desks.masters > 0)
    share_s = less_s * enlarging / max(1.0, float(enlarging.sum()))
    left_s = np.maximum(desks.seconds - share_s, 0.0)
    terms = np.stack([np.ones(len(left_s)), desks.segments], axis=1)
    parts = least_squares(terms, left_s, np.ones(len(left_s)))
    share = (whole_s - less_s) / float((terms @ parts).sum()) if left_s.any() else 0.0
    lead_s = whole_s * desks.lead_share
    return replace(
        cost,
        desk_take_s=float(parts[0]) * share,
        desk_segment_s=float(parts[1]) * share,
        lead_share=min(1.0, lead_s / (whole_s - less_s)) if whole_s > less_s else 0.5,
    )
