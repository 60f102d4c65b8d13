"""All who are told what happens in a run, as one."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished, Order, Phase


@dataclass(frozen=True, slots=True)
class Observers(Observer):
    """Tells all of them everything, in this order."""

    observers: tuple[Observer, ...]

    def job_admitted(self, order: Order) -> None:
        for each in self.observers:
            each.job_admitted(order)

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        for each in self.observers:
            each.job_moved(phase, tally)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        for each in self.observers:
            each.job_over(phase, tally)

    def tick(self) -> None:
        for each in self.observers:
            each.tick()
