"""How much a run may spend on generators, over all its sittings: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from jobs.phases import Phase, segments_done
from jobs.tasks import Task
from jobs.work import Outcome
from manifests.ledger import Attempt
from pipeline.nouns import Advance

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Seconds of generators that a run may use, and those that earlier sittings used."""

    gpu_s: float = math.inf
    before_s: float = 0.0


UNLIMITED = Budget()


def budget_of(
    gpu_hours: float | None,
    usd: float | None,
    usd_per_gpu_hour: float | None,
    before: Iterable[Attempt],
) -> Budget:
    """The tighter of both limits, counting the attempts of earlier sittings."""
    limits = [math.inf if gpu_hours is None else gpu_hours]
    if usd is not None and usd_per_gpu_hour is not None:
        limits.append(usd / usd_per_gpu_hour)
    limit_s = min(limits) * HOUR_S
    used_s = sum(attempt.gpu_s for attempt in before) if limit_s < math.inf else 0.0
    return Budget(gpu_s=limit_s, before_s=used_s)


@dataclass(slots=True)
class Spending:
    """What this sitting used so far: seconds of generators, and the segments made in them."""

    budget: Budget = UNLIMITED
    used_s: float = field(default=0.0, init=False)
    made: int = field(default=0, init=False)

    def count(self, task: Task, outcome: Outcome) -> None:
        if task.generates:
            self.used_s += outcome.seconds
            self.made += outcome.made.made if isinstance(outcome.made, Advance) else 0

    @property
    def segment_s(self) -> float:
        """How long a segment takes at this sitting's pace; 0 before one was made."""
        return self.used_s / self.made if self.made else 0.0

    def admits(self, phases: Iterable[Phase]) -> bool:
        """Whether one more job may begin, when the jobs with these phases are finished first.

        What they still take is their open segments at this sitting's pace. Jobs that are not cut
        yet count as the mean of those that are.
        """
        if self.budget.gpu_s == math.inf:
            return True
        known = [segments_done(phase) for phase in phases]
        cut = [total - done for done, total in known if total]
        open_segments = sum(cut) + (len(known) - len(cut)) * (sum(cut) / len(cut) if cut else 0.0)
        open_s = open_segments * self.segment_s
        return self.budget.before_s + self.used_s + open_s < self.budget.gpu_s
