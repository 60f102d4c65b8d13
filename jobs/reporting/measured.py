"""An executor whose calls a meter sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.engine.executor import Executor, Report
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task
from jobs.reporting.metrics import Meter


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
