"""The loop that carries decisions out: admit jobs, hand tasks to slots, write down what ends.

It holds no truth: killed at any moment and started again, it finds all finished work by its
fingerprints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic, sleep

from jobs.engine.attempts import (
    RunCounters,
    Tally,
    ended_attempt,
    ends_attempt,
    interrupted_attempt,
    judged_outcome,
    log_failure,
)
from jobs.engine.budget import UNLIMITED, Budget, overdrawn
from jobs.engine.deadlines import CostOf, Deadlines, nobody_measured
from jobs.engine.executor import Executor, Report
from jobs.engine.observer import Observer
from jobs.engine.phases import (
    Admitted,
    Failed,
    Failure,
    Finished,
    Mastered,
    Order,
    Phase,
    Prepared,
    after,
    failed_phase,
    segments_done,
)
from jobs.engine.retry_budget import next_try
from jobs.engine.same_bits import PREFERRED, ClassRule, Register
from jobs.engine.scheduler import Outlook, assign, room_for
from jobs.engine.steered import NoRights, Rights, cancelled, rightful_phase, steered_phase
from jobs.engine.steering import (
    FREE,
    Steering,
)
from jobs.engine.tasks import StageSettings, Task
from jobs.engine.window import ActiveJob, AdmissionQueue
from manifests.errors import Transient
from manifests.ledger import Attempt, Ledger, new_name

_LEDGER_EVERY_S = 1.0
"""Attempts are written in batches this far apart: one small file each."""

_POLL_S = 0.5


class Driver:
    """Runs orders to their end on an executor, as `steering` says what people want."""

    def __init__(  # noqa: PLR0913  where it works, and what people want
        self,
        executor: Executor,
        ledger: Ledger,
        settings: StageSettings,
        run_id: str,
        *,
        steering: Callable[[], Steering] = lambda: FREE,
        budget: Budget = UNLIMITED,
        cost_of: CostOf = nobody_measured,
        class_rule: ClassRule = PREFERRED,
        additions: Callable[[], Iterable[Order]] = tuple,
        rights: Rights | None = None,
    ) -> None:
        self._executor = executor
        self._steering = steering
        self._budget = budget
        self._counters = RunCounters()
        self._deadlines = Deadlines(self._counters, cost_of, settings.finish_s)
        self._register = Register(class_rule)
        self._additions = additions
        self._rights = rights or NoRights()
        self._ledger = ledger
        self._settings = settings
        self._run_id = run_id
        self._active: dict[str, ActiveJob] = {}
        self._unwritten: list[Attempt] = []
        self._batch: list[Attempt] = []
        self._batch_name = ""
        self._written_at = monotonic()

    def run(
        self, orders: Iterable[Order], observer: Observer, stopping: Callable[[], bool]
    ) -> None:
        """Work until every order is over or held, or until `stopping` and what is in hand has
        ended."""
        waiting = AdmissionQueue(orders)
        self._refuse(waiting, observer)
        try:
            while self._go_on(waiting, observer, stopping=stopping()):
                for report in self._reports():
                    self._take(report, observer)
                self._write_now_and_then()
                observer.tick()
        finally:
            self._note_interrupted()
            self._write()

    def _go_on(self, waiting: AdmissionQueue, observer: Observer, *, stopping: bool) -> bool:
        """Start what can be started; whether there is anything left to wait for."""
        if stopping:
            return any(active.running for active in self._active.values())
        steering = self._steering()
        if added := tuple(self._additions()):
            waiting.add(added)
            self._refuse(waiting, observer)
        self._steer(waiting, steering, observer)
        self._admit(waiting, steering, observer)
        ready = self._judged(self._ready(steering), observer)
        for task, slot in assign(ready, self._executor.free(), self._outlook()):
            active = self._active[task.order.request_id]
            active.running.add(task.fingerprint)
            active.begun[task.fingerprint] = task
            self._executor.start(task, slot)
        return any(
            active.running or not steering.holds(active.phase.order)
            for active in self._active.values()
        )

    def _steer(self, waiting: AdmissionQueue, steering: Steering, observer: Observer) -> None:
        """End what is cancelled or lost its consent, once nothing runs for it; give the others
        their priority."""
        for order in waiting.steer(steering):
            self._end(cancelled(order), observer)
        for active in list(self._active.values()):
            publishes = isinstance(active.phase, Mastered) and active.running
            if not publishes:  # its video may have its name already
                steered = steered_phase(active.phase, steering)
                active.phase = rightful_phase(steered, self._rights)
                self._leave(active, observer)

    def _refuse(self, waiting: AdmissionQueue, observer: Observer) -> None:
        """End what waits and may not be made, before anything is begun for it."""
        told = ((order, self._rights.refusal(order, None)) for order in waiting.everything())
        refused = {order.request_id: Failed(order=order, failure=why) for order, why in told if why}
        waiting.drop(refused.keys())
        for over in refused.values():
            self._end(over, observer)

    def _end(self, over: Failed, observer: Observer) -> None:
        """The end of a job that was never begun."""
        observer.job_admitted(over.order)
        observer.job_over(over, Tally())

    def _admit(self, waiting: AdmissionQueue, steering: Steering, observer: Observer) -> None:
        """Fill the window; held jobs take no place in it."""
        going = [a.phase for a in self._active.values() if not steering.holds(a.phase.order)]
        room = room_for(going, self._executor.size(), self._generators())
        while room > 0 and self._affords() and (order := waiting.next()) is not None:
            self._active[order.request_id] = ActiveJob(phase=Admitted(order=order))
            observer.job_admitted(order)
            room -= 1

    def _affords(self) -> bool:
        phases = (active.phase for active in self._active.values())
        return self._budget.admits(phases, self._counters)

    def _outlook(self) -> Outlook:
        known = [segments_done(active.phase) for active in self._active.values()]
        left = sum(total - done for done, total in known)
        return Outlook(
            left=left,
            generators=self._generators(),
            now=datetime.now(UTC),
            segment_s=self._counters.paces,
        )

    def _generators(self) -> int:
        return sum(slot.generates for slot in self._executor.slots())

    def _reports(self) -> Iterable[Report]:
        """What ended; waits a moment when nothing runs because all wait for another try."""
        if any(active.running for active in self._active.values()):
            return self._executor.reports(_POLL_S)
        sleep(_POLL_S / 5)
        return ()

    def _ready(self, steering: Steering) -> list[Task]:
        """Tasks of the window that neither run, nor are held, nor wait for another try."""
        now = monotonic()
        return [
            task
            for active in self._active.values()
            if not (steering.holds(order := active.phase.order) or self._rights.unsure(order))
            for task in active.ready(self._settings, now)
        ]

    def _judged(self, tasks: Iterable[Task], observer: Observer) -> list[Task]:
        """The tasks that their classes of device let run now.

        A job ends when one of its chains is given up.
        """
        kept = []
        for task, gone in self._register.judge(tasks, self._executor.roll, monotonic()):
            if gone is None:
                kept.append(task)
            elif (active := self._active.get(task.order.request_id)) is not None:
                active.phase = failed_phase(active.phase, gone)
                self._leave(active, observer)
        over = {a for a, j in self._active.items() if isinstance(j.phase, Failed)}
        return [task for task in kept if task.order.request_id in self._active.keys() - over]

    def _take(self, report: Report, observer: Observer) -> None:
        task, outcome = report.task, judged_outcome(report.outcome)
        active = self._active[task.order.request_id]
        active.running.discard(task.fingerprint)
        self._counters.count(active.tally, task, outcome)
        if outcome.result is not None and not isinstance(active.phase, Failed):
            active.phase = self._cut_for_deadline(after(active.phase, outcome.result))
        policy = self._settings.acceptance.policy
        refused = outcome.failure or overdrawn(task, outcome, self._counters, policy)
        if refused is not None:
            self._fail(active, task, refused)
        elif not isinstance(active.phase, Failed):
            active.failures.pop(task.fingerprint, None)
        if ends_attempt(outcome):
            active.begun.pop(task.fingerprint)
            effort = active.tally.close(task)
            now = datetime.now(UTC)
            self._unwritten.append(ended_attempt(task, outcome, effort, self._run_id, now))
        active.begin_anew()
        observer.job_moved(active.phase, active.tally)
        self._leave(active, observer)

    def _cut_for_deadline(self, phase: Phase) -> Phase:
        """A take that was made just now, with what it needs to be on time."""
        if not isinstance(phase, Prepared):
            return phase
        others = (active.phase for active in self._active.values())
        now = datetime.now(UTC)
        longest = self._deadlines.longest(phase, others, self._generators(), now)
        return replace(phase, longest_segments=longest)

    def _fail(self, active: ActiveJob, task: Task, failure: Failure) -> None:
        failures = active.failures.setdefault(task.fingerprint, [])
        failures.append(failure)
        again = next_try(failures, task.order.preset)
        log_failure(task, failure, again)
        if again is not None:
            active.memory = again.memory or active.memory
            active.anew = active.anew or again.anew
            active.not_before[task.fingerprint] = monotonic() + again.after_s
        elif not isinstance(active.phase, Failed):
            active.phase = failed_phase(active.phase, failure)

    def _leave(self, active: ActiveJob, observer: Observer) -> None:
        """Drop a job that is over, once nothing runs for it any more."""
        if isinstance(active.phase, Finished | Failed) and not active.running:
            self._note_interrupted(active)
            del self._active[active.phase.order.request_id]
            observer.job_over(active.phase, active.tally)

    def _note_interrupted(self, *only: ActiveJob) -> None:
        """Chunks left between two segments: what was rendered of them is written down too."""
        now = datetime.now(UTC)
        for active in only or self._active.values():
            for name, task in active.begun.items():
                effort = active.tally.open_efforts.get(name)
                if effort is not None:
                    row = interrupted_attempt(task, effort, self._run_id, now)
                    self._unwritten.append(row)
            active.begun.clear()

    def _write_now_and_then(self) -> None:
        """Bring the ledger up to date; when storage is in trouble, keep the rows for the next
        try."""
        if monotonic() - self._written_at >= _LEDGER_EVERY_S:
            self._written_at = monotonic()
            try:
                self._write()
            except Transient:
                return

    def _write(self) -> None:
        """A batch whose answer was lost is tried again under its name, so its rows count once."""
        while self._batch or self._unwritten:
            if not self._batch:
                self._batch, self._unwritten = self._unwritten, []
                self._batch_name = new_name()
            self._ledger.append(self._batch, self._batch_name)
            self._batch = []
