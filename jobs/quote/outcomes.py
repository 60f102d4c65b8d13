"""What gates refused in earlier runs: segments drawn in vain, and rows that were not delivered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from jobs.output.result_rows import REDRAWN
from manifests.costs import Cost
from manifests.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOutcomes:
    """Of the rows of one preset: how many were delivered and rejected, their segments, and those
    that were drawn in vain for them."""

    delivered: int = 0
    rejected: int = 0
    segments: int = 0
    redrawn: int = 0

    def __add__(self, other: GateOutcomes) -> GateOutcomes:
        return GateOutcomes(
            delivered=self.delivered + other.delivered,
            rejected=self.rejected + other.rejected,
            segments=self.segments + other.segments,
            redrawn=self.redrawn + other.redrawn,
        )


def outcomes_of(results: Iterable[Result]) -> Mapping[str, GateOutcomes]:
    """By preset."""
    found: defaultdict[str, GateOutcomes] = defaultdict(GateOutcomes)
    for result in results:
        if result.preset and result.status in {"done", "rejected"}:
            done = result.status == "done"
            found[result.preset] += GateOutcomes(
                delivered=done,
                rejected=not done,
                segments=result.segments if done else 0,
                redrawn=int(result.quality.get(REDRAWN, 0)) if done else 0,
            )
    return found


def with_outcomes(costs: Iterable[Cost], outcomes: Mapping[str, GateOutcomes]) -> tuple[Cost, ...]:
    """The costs with what gates refused: segments drawn in vain for each that was delivered, and
    the share of rows that were rejected. A rejected row costs as much as others at least."""
    return tuple(_with(cost, outcomes.get(cost.preset, GateOutcomes())) for cost in costs)


def _with(cost: Cost, seen: GateOutcomes) -> Cost:
    rows = seen.delivered + seen.rejected
    return replace(
        cost,
        redrawn=seen.redrawn / seen.segments if seen.segments else 0.0,
        rejected=seen.rejected / rows if rows else 0.0,
    )
