"""Who is told what happens in a run."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.engine.attempts import Tally
from jobs.engine.phases import Failed, Finished, Order, Phase


class Observer:
    """Is told what happens in a run; each observer overrides what it wants to know."""

    __slots__ = ()

    def job_admitted(self, order: Order) -> None:
        """A job came into the window."""

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        """A call for a job ended."""

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        """A job has its result."""

    def tick(self) -> None:
        """Time passed."""


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
