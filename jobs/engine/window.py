"""The driver's window: each job in it with its phase and the tasks that may run.

Other orders wait outside.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from jobs.engine.attempts import Tally
from jobs.engine.phases import Admitted, Failed, Failure, Finished, Order, Phase, steps
from jobs.engine.scheduler import admission
from jobs.engine.steered import steered_order
from jobs.engine.steering import FREE, Steering
from jobs.engine.tasks import StageSettings, Task, task_of


@dataclass(slots=True)
class ActiveJob:
    """A job in the window: its phase, what runs for it, and what failed so far.

    `memory`: the profile that it stays in after it ran out of memory. `anew`: it begins once more
    as soon as nothing runs for it.
    """

    phase: Phase
    tally: Tally = field(default_factory=Tally)
    running: set[str] = field(default_factory=set)
    begun: dict[str, Task] = field(default_factory=dict)
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    memory: str = ""
    anew: bool = False
    _tasks: tuple[Phase, str, list[Task]] | None = None

    def begin_anew(self) -> None:
        """Back to the start, if that is due: finished work is found there, and what is not whole is
        made again."""
        if self.anew and not self.running:
            self.anew = False
            if not isinstance(self.phase, Finished | Failed):
                self.phase = Admitted(order=self.phase.order)

    def ready(self, settings: StageSettings, now: float) -> list[Task]:
        """Tasks that neither run nor wait for another try; made anew only when the phase is."""
        if self.anew:
            return []
        cached = self._tasks
        if cached is None or cached[0] is not self.phase or cached[1] != self.memory:
            settings, timings = replace(settings, memory=self.memory), dict(self.tally.seconds)
            tasks = [task_of(self.phase, step, settings, timings) for step in steps(self.phase)]
            cached = self._tasks = (self.phase, self.memory, tasks)
        return [
            task
            for task in cached[2]
            if task.fingerprint not in self.running
            and self.not_before.get(task.fingerprint, 0.0) <= now
        ]


class AdmissionQueue:
    """Hands out orders, the most urgent first. Orders that people hold stay here."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self._ready = sorted(orders, key=admission, reverse=True)
        self._held: list[Order] = []
        self._steering = FREE

    def add(self, orders: Iterable[Order]) -> None:
        """Further orders, that what holds now is not applied to yet."""
        if more := list(orders):
            self._ready = sorted(self._ready + more, key=admission, reverse=True)
            self._steering = FREE

    def steer(self, steering: Steering) -> list[Order]:
        """Follow what holds now; takes out the orders that are cancelled, and returns them."""
        if steering == self._steering:
            return []
        self._steering = steering
        everything = [steered_order(order, steering) for order in self._ready + self._held]
        self._held = [order for order in everything if steering.holds(order)]
        free = (order for order in everything if not steering.stops(order))
        self._ready = sorted(free, key=admission, reverse=True)
        return [order for order in everything if steering.cancels(order)]

    def everything(self) -> tuple[Order, ...]:
        return (*self._ready, *self._held)

    def drop(self, orders: Collection[str]) -> None:
        """Take the requests out."""
        self._ready = [order for order in self._ready if order.request_id not in orders]
        self._held = [order for order in self._held if order.request_id not in orders]

    def next(self) -> Order | None:
        return self._ready.pop() if self._ready else None
