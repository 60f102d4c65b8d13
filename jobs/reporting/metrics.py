"""How a run goes, in numbers that Prometheus scrapes from Ray's agents (docs/metrics.md).

`Meter` counts what the driver and the executor do; the numbers go to a `Sink`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol

from jobs.engine.attempts import Tally
from jobs.engine.executor import Executor, Report
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished, Order, Phase, segments_done
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task
from jobs.output.result_rows import STATUS_OF
from pipeline.nouns import SegmentProgress

GAUGES_EVERY_S = 1.0

STATUSES = (
    "waiting",
    "running",
    "kept",
    "done",
    "failed",
    "rejected",
    "invalid",
    "cancelled",
    "erased",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number that is told, and the one label it is told by."""

    kind: Literal["counter", "gauge", "histogram"]
    description: str
    label: str


METRICS = {
    "rushes_jobs": Metric(
        kind="gauge", description="Rows by what became of them in this run", label="status"
    ),
    "rushes_generators": Metric(
        kind="gauge", description="Generators by what they do now", label="state"
    ),
    "rushes_segments_waiting": Metric(
        kind="gauge", description="Segments left of the jobs being worked on", label="preset"
    ),
    "rushes_segments_total": Metric(
        kind="counter", description="Segments rendered in this run", label="preset"
    ),
    "rushes_segment_seconds": Metric(
        kind="histogram", description="Seconds that a segment took", label="preset"
    ),
    "rushes_failures_total": Metric(
        kind="counter", description="Calls that failed, tried again or not", label="kind"
    ),
    "rushes_generator_seconds_total": Metric(
        kind="counter", description="Seconds of generators by what they did", label="state"
    ),
    "rushes_wasted_seconds_total": Metric(
        kind="counter", description="Seconds of generators that gave nothing", label="waste"
    ),
}
"""All there are; names, kinds and labels are those of docs/metrics.md."""

WASTE_OF = {"free": "idle", "away": "cold"}
"""Which waste a generator is that does nothing, by its state."""


class Sink(Protocol):
    """Takes a value for a metric and a value of its label: counters add, others take it."""

    def __call__(self, name: str, label: str, value: float) -> None: ...


def to_nobody(name: str, label: str, value: float) -> None:
    """For a run without Ray."""


class Meter(Observer):
    """Counts a run: an observer of its driver that also sees every call of its generators."""

    def __init__(
        self,
        sink: Sink,
        waiting: int,
        before: Mapping[str, int],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._sink = sink
        self._clock = clock
        self._jobs = Counter(dict.fromkeys(STATUSES, 0) | dict(before) | {"waiting": waiting})
        self._left: dict[str, tuple[str, int]] = {}
        self._rendered: dict[str, set[str]] = {}
        self._spent_s: dict[str, float] = defaultdict(float)
        self._since: dict[str, float] = {}
        self._generators = {"busy": 0, "free": 0, "away": 0}
        self._counted_at = self._told_at = clock()
        self._presets: set[str] = set()

    # What the driver tells

    def more(self, grown: Mapping[str, int]) -> None:
        """Rows came in while the run goes on, or are wanted again."""
        self._jobs.update(grown)

    def job_admitted(self, order: Order) -> None:
        self._presets.add(order.preset.name)
        self._jobs["waiting"] -= 1
        self._jobs["running"] += 1

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        del tally
        done, known = segments_done(phase)
        self._left[phase.order.request_id] = (phase.order.preset.name, known - done)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        del tally
        self._left.pop(phase.order.request_id, None)
        self._rendered.pop(phase.order.request_id, None)
        status = "done"
        if isinstance(phase, Failed):
            status = STATUS_OF.get(phase.failure.kind, "failed")
        self._jobs["running"] -= 1
        self._jobs[status] += 1

    def tick(self) -> None:
        now = self._clock()
        if now - self._told_at >= GAUGES_EVERY_S:
            self._told_at = now
            self.tell()

    def tell(self) -> None:
        """Give the gauges their values of now, and the counters what time passed."""
        for state, spent_s in self._spent_s.items():
            self._sink("rushes_generator_seconds_total", state, spent_s)
            if state in WASTE_OF:
                self._sink("rushes_wasted_seconds_total", WASTE_OF[state], spent_s)
        self._spent_s.clear()
        for status, count in self._jobs.items():
            self._sink("rushes_jobs", status, count)
        left = Counter(dict.fromkeys(self._presets, 0))
        for preset, segments in self._left.values():
            left[preset] += segments
        for preset, segments in left.items():
            self._sink("rushes_segments_waiting", preset, segments)
        for state, count in self._generators.items():
            self._sink("rushes_generators", state, count)

    # What the executor does

    def began(self, task: Task, slot: Slot) -> None:
        if slot.generates:
            self._since[task.fingerprint] = self._clock()

    def ended(self, report: Report) -> None:
        """A call's own seconds count where it gave a segment, all since its start where it
        failed."""
        task, outcome = report.task, report.outcome
        began = self._since.pop(task.fingerprint, None)
        if outcome.failure is not None:
            self._sink("rushes_failures_total", outcome.failure.kind, 1)
            if began is not None and (lost_s := self._clock() - began) > 0:
                self._sink("rushes_wasted_seconds_total", "failed", lost_s)
        elif isinstance(outcome.result, SegmentProgress) and outcome.result.made:
            self._segment(task.order, outcome.result)

    def _segment(self, order: Order, progress: SegmentProgress) -> None:
        segment, preset = progress.drawn, order.preset.name
        self._sink("rushes_segments_total", preset, progress.made)
        self._sink("rushes_segment_seconds", preset, segment.seconds)
        rendered = self._rendered.setdefault(order.request_id, set())
        if segment.fingerprint in rendered:
            self._sink("rushes_wasted_seconds_total", "redone", segment.seconds)
        rendered.add(segment.fingerprint)

    def counted(self, slots: Sequence[Slot], free: Sequence[Slot]) -> None:
        """Add the time since the last count to what the generators did, and count them again."""
        now = self._clock()
        passed_s, self._counted_at = now - self._counted_at, now
        for state, count in self._generators.items():
            if count and passed_s > 0:
                self._spent_s[state] += count * passed_s
        generators, ready = (sum(slot.generates for slot in some) for some in (slots, free))
        busy = len(self._since)
        away = max(0, generators - busy - ready)
        self._generators = {"busy": busy, "free": ready, "away": away}


@dataclass(slots=True)
class MeteredExecutor:
    """Passes everything on to another executor, and counts it."""

    executor: Executor
    meter: Meter

    def free(self) -> Sequence[Slot]:
        found = self.executor.free()
        self.meter.counted(self.executor.slots(), found)
        return found

    def slots(self) -> Sequence[Slot]:
        return self.executor.slots()

    def size(self) -> int:
        return self.executor.size()

    def roll(self) -> Roll:
        return self.executor.roll()

    def start(self, task: Task, slot: Slot) -> None:
        self.meter.began(task, slot)
        self.executor.start(task, slot)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = self.executor.reports(timeout_s)
        for report in found:
            self.meter.ended(report)
        return found

    def close(self) -> None:
        self.meter.tell()
        self.executor.close()
