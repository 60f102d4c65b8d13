"""Who is told what happens in a run."""

from __future__ import annotations

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
