"""The loop that carries decisions out: admit jobs, hand tasks to slots, take reports, write them
down.

It holds no truth: killed at any moment and started again, it finds all finished work by its
fingerprints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from jobs.attempts import Tally, attempt_of
from jobs.executor import Executor, Report
from jobs.phases import Admitted, Failed, Failure, Finished, Order, Phase, Shooting, after, steps
from jobs.retry import again_after_s
from jobs.scheduler import assign
from jobs.tasks import StageSettings, Task, task_of
from manifests.ledger import Attempt, Ledger

_LEDGER_EVERY_S = 1.0
"""Attempts are written in batches this far apart: one small file each."""

_POLL_S = 0.5


class Observer(Protocol):
    """Is told what happens, for people to see."""

    def job_admitted(self, order: Order) -> None: ...
    def job_moved(self, phase: Phase) -> None: ...
    def job_over(self, phase: Finished | Failed, tally: Tally) -> None: ...
    def tick(self) -> None: ...


@dataclass(slots=True)
class Active:
    """A job in the window: its phase, what runs for it, and what failed so far."""

    phase: Phase
    tally: Tally
    running: set[str] = field(default_factory=set)
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)


class Driver:
    """Runs orders to their end on an executor."""

    def __init__(
        self, executor: Executor, ledger: Ledger, settings: StageSettings, run_id: str
    ) -> None:
        self._executor = executor
        self._ledger = ledger
        self._settings = settings
        self._run_id = run_id
        self._active: dict[str, Active] = {}
        self._unwritten: list[Attempt] = []
        self._written_at = monotonic()

    def run(
        self, orders: Iterable[Order], observer: Observer, stopping: Callable[[], bool]
    ) -> None:
        """Work until every order is over, or until `stopping` and what is in hand has ended."""
        waiting = iter(orders)
        try:
            while self._go_on(waiting, observer, stopping=stopping()):
                for report in self._executor.reports(_POLL_S):
                    self._take(report, observer)
                self._write(every_s=_LEDGER_EVERY_S)
                observer.tick()
        finally:
            self._write(every_s=0.0)

    def _go_on(self, waiting: Iterator[Order], observer: Observer, *, stopping: bool) -> bool:
        """Start what can be started; whether there is anything left to wait for."""
        if stopping:
            return any(active.running for active in self._active.values())
        window = 2 * self._executor.size() + 2
        while len(self._active) < window and (order := next(waiting, None)) is not None:
            self._active[order.asked] = Active(phase=Admitted(order=order), tally=Tally())
            observer.job_admitted(order)
        for task, slot in assign(self._ready(), self._executor.free()):
            self._active[task.order.asked].running.add(task.fingerprint)
            self._executor.start(task, slot)
        return bool(self._active)

    def _ready(self) -> list[Task]:
        """Tasks of the window that neither run nor wait for another try."""
        now = monotonic()
        ready = []
        for active in self._active.values():
            timings = dict(active.tally.seconds)
            for step in steps(active.phase):
                task = task_of(active.phase, step, self._settings, timings)
                held = active.not_before.get(task.fingerprint, 0.0) > now
                if task.fingerprint not in active.running and not held:
                    ready.append(task)
        return ready

    def _take(self, report: Report, observer: Observer) -> None:
        task, outcome = report.task, report.outcome
        active = self._active[task.order.asked]
        active.running.discard(task.fingerprint)
        active.tally.count(task, outcome)
        if isinstance(active.phase, Failed):
            self._leave(active, observer)
            return
        if outcome.failure is not None:
            self._fail(active, task, outcome.failure)
        else:
            active.failures.pop(task.fingerprint, None)
            active.phase = after(active.phase, outcome.made)
        if _ends_attempt(task, active.phase) or outcome.failure is not None:
            now = datetime.now(UTC)
            self._unwritten.append(attempt_of(report, active.tally, self._run_id, now))
        observer.job_moved(active.phase)
        self._leave(active, observer)

    def _fail(self, active: Active, task: Task, failure: Failure) -> None:
        failures = active.failures.setdefault(task.fingerprint, [])
        failures.append(failure)
        wait_s = again_after_s(failures)
        if wait_s is None:
            active.phase = Failed(order=task.order, failure=failure)
        else:
            active.not_before[task.fingerprint] = monotonic() + wait_s

    def _leave(self, active: Active, observer: Observer) -> None:
        """Drop a job that is over, once nothing runs for it any more."""
        if isinstance(active.phase, Finished | Failed) and not active.running:
            del self._active[active.phase.order.asked]
            self._write(every_s=0.0 if isinstance(active.phase, Finished) else _LEDGER_EVERY_S)
            observer.job_over(active.phase, active.tally)

    def _write(self, *, every_s: float) -> None:
        if self._unwritten and monotonic() - self._written_at >= every_s:
            self._ledger.append(self._unwritten)
            self._unwritten = []
            self._written_at = monotonic()


def _ends_attempt(task: Task, phase: Phase) -> bool:
    """A chunk is one attempt, however many segment calls it took; every other task is one call."""
    if not task.generates:
        return True
    return not isinstance(phase, Shooting) or phase.shots[task.step.chunk].complete
