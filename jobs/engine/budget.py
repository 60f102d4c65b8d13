"""How much a run may spend on generators, over all its sittings: pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from jobs.engine.phases import Phase, segments_done
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome
from manifests.ledger import Attempt
from pipeline.nouns import SegmentProgress

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
    """What this sitting used so far: seconds of generators, and the segments made in them, by
    preset."""

    budget: Budget = UNLIMITED
    _used_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float), init=False)
    _made: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int), init=False)

    def count(self, task: Task, outcome: Outcome) -> None:
        if task.generates:
            preset = task.order.preset.name
            self._used_s[preset] += outcome.seconds
            self._made[preset] += (
                outcome.made.made if isinstance(outcome.made, SegmentProgress) else 0
            )

    @property
    def used_s(self) -> float:
        return sum(self._used_s.values())

    @property
    def paces(self) -> dict[str, float]:
        """How long a segment takes at this sitting's pace, with each preset that made one."""
        return {preset: self._used_s[preset] / made for preset, made in self._made.items() if made}

    def segment_s(self, preset: str) -> float:
        """The pace of the preset; before it made a segment, that of all; 0 before any was made."""
        made = sum(self._made.values())
        return self.paces.get(preset, self.used_s / made if made else 0.0)

    def admits(self, phases: Iterable[Phase]) -> bool:
        """Whether one more job may begin, when the jobs with these phases are finished first.

        What they still take is their open segments at the pace of their presets. Jobs that are not
        cut yet count as many segments as the mean of those that are.
        """
        if self.budget.gpu_s == math.inf:
            return True
        known = [(p.order.preset.name, *segments_done(p)) for p in phases]
        cut = [total - done for _, done, total in known if total]
        usual = sum(cut) / len(cut) if cut else 0.0
        open_s = sum(
            (total - done if total else usual) * self.segment_s(preset)
            for preset, done, total in known
        )
        return self.budget.before_s + self.used_s + open_s < self.budget.gpu_s
