"""Whether a take must be cut to be on time: pure arithmetic over a snapshot of the night."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from jobs.engine.attempts import RunCounters
from jobs.engine.default_costs import unmeasured
from jobs.engine.phases import Order, Phase, Prepared, segments_done
from jobs.engine.scheduler import urgency
from manifests.costs import Cost
from model.shapes import segments_of

CostOf = Callable[[str], Cost]
"""What a preset, by its name, is known or assumed to cost."""

FinishOf = Callable[[Prepared], float]
"""Seconds that enlarging the frames of a take will take, which is done by one core."""

_MARGIN = 1.1
"""A chain counts as this much longer than foretold: what would end just in time is cut too."""

_ENOUGH = 3
"""Segments of this run after which its own pace counts and not that of runs before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """A take that is due, and what must happen before it is delivered.

    The take has `segments` to render and `left_s` seconds until it is due. The `generators` do
    `ahead_s` seconds of other work first. One segment takes `segment_s`, and the stages behind the
    last segment take `after_s`.
    """

    segments: int
    left_s: float
    ahead_s: float
    segment_s: float
    after_s: float
    generators: int


def longest_in_time(rush: Rush) -> int:
    """Segments that the take's longest chunk may have, so that it is on time; 0 when one chain is.

    Where no cut makes it on time, an equal share for each generator is as early as it can be.
    """
    begins_s = rush.ahead_s / rush.generators + rush.segment_s  # one is in hand everywhere
    room_s = rush.left_s - begins_s - rush.after_s
    allowed = int(room_s / (_MARGIN * rush.segment_s)) if rush.segment_s > 0 else rush.segments
    longest = max(allowed, ceil(rush.segments / rush.generators))
    return longest if longest < rush.segments else 0


def nothing_finished(phase: Prepared) -> float:
    del phase
    return 0.0


def nobody_measured(preset: str) -> Cost:
    return unmeasured(preset, "")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Judges takes by the pace of their presets: that of earlier runs, and soon that of this run,
    which `used` counts."""

    used: RunCounters
    cost_of: CostOf = nobody_measured
    finish_s: FinishOf = nothing_finished

    def segment_s(self, preset: str) -> float:
        if self.used.segments.get(preset, 0) >= _ENOUGH:
            return self.used.rendering_s[preset] / self.used.segments[preset]
        return self.cost_of(preset).segment_s

    def longest(
        self, phase: Prepared, others: Iterable[Phase], generators: int, now: datetime
    ) -> int:
        """Segments that a chunk of this take may have at most; 0 without a limit."""
        order = phase.order
        if order.job.due is None or order.job.continuity != "auto":
            return 0
        segments, cost = segments_of(phase.take.frames), self.cost_of(order.preset.name)
        desk_s = cost.desk_take_s + cost.desk_segment_s * segments
        rush = Rush(
            segments=segments,
            left_s=(order.job.due - now).total_seconds(),
            ahead_s=sum(self._left_s(other) for other in others if goes_first(other, order)),
            segment_s=self.segment_s(order.preset.name),
            after_s=desk_s * (1 - cost.lead_share) + self.finish_s(phase),
            generators=max(1, generators),
        )
        return longest_in_time(rush)

    def _left_s(self, phase: Phase) -> float:
        done, total = segments_done(phase)
        if isinstance(phase, Prepared):
            total = segments_of(phase.take.frames)
        return (total - done) * self.segment_s(phase.order.preset.name)


def goes_first(phase: Phase, order: Order) -> bool:
    other = phase.order
    return other.request_id != order.request_id and urgency(other) <= urgency(order)
