"""How much a run may spend on generators, however often it is begun again: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from jobs.engine.attempts import RunCounters, refused_in
from jobs.engine.phases import Failure, Phase, segments_done
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome
from manifests.errors import FailureKind
from manifests.ledger import Attempt
from pipeline.quality.rerolls import RerollPolicy

HOUR_S = 3600.0

FEWEST_IN_VAIN = 24
"""Segments that a run may draw in vain however little it has drawn: four hopeless rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Seconds of generators: a run may use `gpu_s`; `before_s` of them were used before this time
    that it was begun."""

    gpu_s: float = math.inf
    before_s: float = 0.0

    def admits(self, phases: Iterable[Phase], used: RunCounters) -> bool:
        """Whether one more job may begin, when the jobs with these phases are finished first.

        Each open segment of these jobs takes as long as a segment of its preset usually does. A job
        that is not cut yet counts the mean number of segments of the jobs that are.
        """
        if self.gpu_s == math.inf:
            return True
        known = [(p.order.preset.name, *segments_done(p)) for p in phases]
        cut = [total - done for _, done, total in known if total]
        usual = sum(cut) / len(cut) if cut else 0.0
        open_s = sum(
            (total - done if total else usual) * used.pace_of(preset)
            for preset, done, total in known
        )
        return self.before_s + used.used_s + open_s < self.gpu_s


UNLIMITED = Budget()


def budget_of(
    gpu_hours: float | None,
    usd: float | None,
    usd_per_gpu_hour: float | None,
    before: Iterable[Attempt],
) -> Budget:
    """The tighter of both limits, counting the attempts from before it was begun again."""
    limits = [math.inf if gpu_hours is None else gpu_hours]
    if usd is not None and usd_per_gpu_hour is not None:
        limits.append(usd / usd_per_gpu_hour)
    limit_s = min(limits) * HOUR_S
    used_s = sum(attempt.gpu_s for attempt in before) if limit_s < math.inf else 0.0
    return Budget(gpu_s=limit_s, before_s=used_s)


def overdrawn(
    task: Task, outcome: Outcome, used: RunCounters, policy: RerollPolicy
) -> Failure | None:
    """Why a row whose segment gates refused just now is not drawn again in this run; None while its
    share allows it. It only ends a row sooner: what was drawn of it is what would have been."""
    if not refused_in(task, outcome):
        return None
    allowed = max(FEWEST_IN_VAIN, policy.run_share * used.drawn)
    if used.refused <= allowed:
        return None
    message = (
        f"gates refused {used.refused} of the {used.drawn} segments that this run drew, more than "
        f"it may draw in vain (run_share = {policy.run_share:g} of [rerolls]): look whether the "
        "gates fit what is rendered, then run again"
    )
    return Failure(kind=FailureKind.REJECTED, code="rerolls_used_up", message=message)
