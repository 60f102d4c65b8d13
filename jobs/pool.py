"""The executor on Ray: an actor for each generator, and tasks for all that needs only a CPU.

Ray carries recipes, nouns and outcomes, never frames. It retries nothing: the driver decides
(Ray's own retries could not tell a bad row from a lost machine). Generators follow the cluster
while the run goes on (jobs/staff.py).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import ray
from ray.exceptions import OutOfMemoryError, RayActorError, RayError

from jobs.cluster import Watchman, connect
from jobs.executor import Report
from jobs.fleet import Pace, gpus_there, pool_size
from jobs.generator import Advanced, bench
from jobs.phases import Failure
from jobs.saying import tell as tell_people
from jobs.scheduler import Slot, warmth_of
from jobs.staff import Crew, Generator, Staff, Tell
from jobs.tasks import Task
from jobs.work import Outcome, carry_out
from manifests.errors import ManifestUnusable, OutOfMemory
from pipeline.desks import sweep
from pipeline.nouns import Advance, Shot
from pipeline.stage import Stage
from pipeline.workplace import Workplace

_CENSUS_S = 1.0
_GOODBYE_S = 5.0


@ray.remote(max_retries=0)
def on_cpu(recipe: Stage[Any, Any], item: object, place: Workplace) -> Outcome:
    return carry_out(bench(), recipe, item, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    task: Task
    worker: str
    since: float


class RayPool:
    """Starts or joins a Ray cluster and keeps its slots busy with what the driver hands over."""

    def __init__(
        self,
        place: Workplace,
        *,
        address: str | None,
        crew: Crew,
        metrics_port: int | None = None,
        tell: Tell = tell_people,
    ) -> None:
        connect(address, metrics_port)
        self._place = place
        self._watchman = Watchman()
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        large = [preset.name for preset in crew.presets if preset.needs_gpu]
        try:
            gpus_there(resources, crew.gpus, large)
        except ManifestUnusable:
            ray.shutdown()
            raise
        self._staff = Staff(crew, pool_size(resources, crew.gpus, crew.pairs), tell)
        self._running: dict[ray.ObjectRef[Any], Running] = {}
        self._counted_at = monotonic()

    def size(self) -> int:
        return self._staff.size.generators + self._staff.size.cpus

    def slots(self) -> Sequence[Slot]:
        """All there will be when every generator is warm."""
        generators = [f"generator-{n}" for n in range(self._staff.size.generators)]
        return [Slot(worker=name, generates=True) for name in generators] + self._cpus(set())

    def free(self) -> Sequence[Slot]:
        self._follow()
        busy = self._busy()
        return self._staff.free(busy) + self._cpus(busy)

    def start(self, task: Task, slot: Slot) -> None:
        if slot.generates:
            ref = self._advance(task, self._staff[slot.worker])
        else:
            cpus = task.recipe.needs.cpus
            ref = on_cpu.options(num_cpus=cpus).remote(task.recipe, task.item, self._place)
        self._running[ref] = Running(task=task, worker=slot.worker, since=monotonic())

    def _advance(self, task: Task, generator: Generator) -> ray.ObjectRef[Any]:
        """Have a segment rendered; where segments are short, ask for the chain's next one too."""
        known, ahead = generator.warm, generator.ahead
        generator.warm, generator.ahead = warmth_of(task), None
        if ahead is None or known != generator.warm:
            ahead = generator.actor.advance.remote(task.recipe, task.item, self._place)
        if generator.quick and task.remaining > 1:
            generator.ahead = generator.actor.go_on.remote(task.recipe, self._place)
        return ahead

    def reports(self, timeout_s: float) -> Sequence[Report]:
        self._follow()
        refs = [*self._running, *self._staff.warming]
        if not refs:
            return []
        ready, left = ray.wait(refs, num_returns=1, timeout=timeout_s)
        if ready and left:
            ready += ray.wait(left, num_returns=len(left), timeout=0)[0]
        self._staff.welcome(set(ready))
        reports = [self._report(ref) for ref in ready if ref in self._running]
        return [report for report in reports if report is not None]

    def close(self) -> None:
        """Let the cluster go; one that is lost is not waited for."""
        if not self._watchman.lost:
            self._staff.dismiss()
        goodbye = threading.Thread(target=ray.shutdown, daemon=True)
        goodbye.start()
        goodbye.join(_GOODBYE_S if self._watchman.lost else None)
        sweep(self._place.scratch)

    def _paced(self, running: Running) -> str:
        """What a segment's time is compared with: a pair is faster where the preset has lanes."""
        preset, worker = running.task.order.preset, running.worker
        pair = preset.lanes and worker in self._staff and self._staff[worker].pair
        return f"{preset.name} on two" if pair else preset.name

    def _busy(self) -> set[str]:
        return {running.worker for running in self._running.values()}

    def _cpus(self, busy: set[str]) -> list[Slot]:
        names = (f"cpu-{index}" for index in range(self._staff.size.cpus))
        return [Slot(worker=name, generates=False) for name in names if name not in busy]

    def _follow(self) -> None:
        """Once a second: look who is silent, and let generators join and leave as the cluster does.

        Raises `Transient` when the head of the cluster is lost.
        """
        now = monotonic()
        if now - self._counted_at < _CENSUS_S:
            return
        self._counted_at = now
        census = self._watchman.census()
        if census is None:
            return
        self._staff.kill_silent(
            (running.worker, self._paced(running), now - running.since)
            for running in self._running.values()
        )
        self._staff.follow(census, self._busy())

    def _report(self, ref: ray.ObjectRef[Any]) -> Report | None:
        """What a call came to; None when the worker had nothing to go on with and is asked anew."""
        running = self._running.pop(ref)
        task, worker = running.task, running.worker
        try:
            said = ray.get(ref)
        except RayError as error:
            seconds = monotonic() - running.since
            outcome = lost(error, worker, seconds, hung=self._staff.was_hung(worker))
            if worker in self._staff:
                self._staff.renew(worker)
            return Report(task=task, outcome=outcome)
        if not task.generates:
            return Report(task=task, outcome=said)
        if worker not in self._staff:
            return Report(task=task, outcome=said.outcome if goes_on(task, said) else left(worker))
        return self._heard(running, self._staff[worker], said)

    def _heard(
        self, running: Running, generator: Generator, said: Advanced | None
    ) -> Report | None:
        task = running.task
        if said is None or not goes_on(task, said):
            generator.ahead = None
            self._running[self._advance(task, generator)] = running
            return None
        failure = said.outcome.failure
        if failure is not None and failure.kind == OutOfMemory.__name__:
            self._staff.renew(running.worker)
            return Report(task=task, outcome=said.outcome)
        generator.leaving |= said.leaving
        made = said.outcome.made
        if isinstance(made, Advance) and made.made:
            seconds = made.shot.done[-1].seconds
            pace = Pace(preset=self._paced(running), seconds=seconds)
            self._staff.measure(running.worker, pace)
        return Report(task=task, outcome=said.outcome)


def goes_on(task: Task, said: Advanced | None) -> bool:
    """Whether an answer is about the task: one that was asked for ahead may be about nothing."""
    if said is None:
        return False
    made, shot = said.outcome.made, task.item
    if not isinstance(made, Advance) or not isinstance(shot, Shot):
        return True
    same = made.shot.take == shot.take and made.shot.chunk == shot.chunk
    return same and made.shot.done[: len(shot.done)] == shot.done


def left(worker: str) -> Outcome:
    """The outcome of a task that was meant to go on with a worker that is no longer there."""
    failure = Failure(kind="Preempted", code="preempted", message=f"the worker {worker} left")
    return Outcome(made=None, failure=failure, seconds=0.0, worker=worker, host="")


def lost(error: RayError, worker: str, seconds: float, *, hung: bool = False) -> Outcome:
    """The outcome of a task whose worker went away before it could say anything."""
    preempted = isinstance(error, RayActorError) and error.preempted
    message = f"the worker {worker} was lost: {type(error).__name__}: {str(error)[:300]}"
    if hung:
        message = f"the worker {worker} was silent for {seconds:.0f} s and was killed"
    failure = Failure(
        kind="Preempted" if preempted else "Transient",
        code="preempted" if preempted else "worker_hung" if hung else "worker_lost",
        message=message,
    )
    if isinstance(error, OutOfMemoryError):  # Ray's watch over the node's memory ended it
        failure = replace(failure, kind=OutOfMemory.__name__, code="host_out_of_memory")
    return Outcome(made=None, failure=failure, seconds=0.0, worker=worker, host="")
