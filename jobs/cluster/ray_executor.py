"""The executor on Ray: an actor for each generator, and tasks for all that needs only a CPU.

Ray carries recipes, nouns and outcomes, never frames. It retries nothing: the driver decides
(Ray's own retries could not tell a bad row from a lost machine). Generators follow the cluster
while the run goes on (jobs/cluster/actor_pool.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import ray
from ray.exceptions import LocalRayletDiedError, RayError, WorkerCrashedError

from jobs.cluster.actor_pool import ActorPool, PoolMember, PoolSpec, Tell
from jobs.cluster.connect import ClusterLost, ClusterMonitor, JoinedRay, largest_bytes
from jobs.cluster.cpu_task import USUAL_BYTES, limit_s, on_cpu
from jobs.cluster.generator_actor import Advanced, Call, chain_place
from jobs.cluster.local_ray import LocalRay
from jobs.cluster.lost_tasks import adrift, left, lost, overran
from jobs.engine.executor import Report
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot, warmth_of
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome
from jobs.engine.worker_health import SegmentTiming, gpus_there, pool_size
from manifests.errors import FailureKind, ManifestUnusable, Transient
from pipeline.nouns import SegmentProgress
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.ray")

_CENSUS_S = 1.0

_PATIENCE_S = 0.5
"""A worker that is lost may be the first to tell that all of Ray is: its end is seen soon after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    task: Task
    worker: str
    since: float


class RayExecutor:
    """Starts or joins a Ray cluster and keeps its slots busy with what the driver hands over."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        address: str | None,
        spec: PoolSpec,
        metrics_port: int | None = None,
        tell: Tell = LOGGER.warning,
    ) -> None:
        self._workspace = workspace
        self._spec = spec
        self._tell = tell
        self._running: dict[ray.ObjectRef[Any], Running] = {}
        self._ended: list[Report] = []
        self._overran: set[str] = set()
        self._ray = LocalRay(metrics_port) if address is None else JoinedRay(address)
        self._restarts = self._ray.restarts
        self._lost = False
        self._enter()

    def _enter(self) -> None:
        """Start or join the cluster, and hire its generators."""
        self._ray.enter()
        self._lost = False
        try:
            resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
            large = [preset.name for preset in self._spec.presets if preset.needs_gpu]
            gpus_there(resources, self._spec.gpus, large)
        except ManifestUnusable:
            self._ray.leave(lost=False)
            raise
        self._watchman = ClusterMonitor()
        self._largest_bytes = largest_bytes()
        size = pool_size(resources, self._spec.gpus, self._spec.pairs)
        self._staff = ActorPool(self._spec, size, self._tell)
        self._counted_at = monotonic()

    def size(self) -> int:
        return self._staff.size.generators + self._staff.size.cpus

    def slots(self) -> Sequence[Slot]:
        """All there will be when every generator is warm."""
        generators = [f"generator-{n}" for n in range(self._staff.size.generators)]
        return [Slot(worker=name, generates=True) for name in generators] + self._cpus(set())

    def roll(self) -> Roll:
        return self._staff.roll

    def free(self) -> Sequence[Slot]:
        self._survive(self._follow)
        busy = self._busy()
        return self._staff.free(busy) + self._cpus(busy)

    def start(self, task: Task, slot: Slot) -> None:
        running = Running(task=task, worker=slot.worker, since=monotonic())
        try:
            self._running[self._asked(task, slot)] = running
        except RayError as error:
            gone = self._ray.gone(_PATIENCE_S)
            outcome = adrift(slot.worker) if gone else lost(error, slot.worker, 0.0)
            self._ended.append(Report(task=task, outcome=outcome))

    def _asked(self, task: Task, slot: Slot) -> ray.ObjectRef[Any]:
        if slot.generates:
            return self._advance(task, self._staff[slot.worker])
        memory = min(USUAL_BYTES, self._largest_bytes // 2)
        asked = on_cpu.options(num_cpus=task.recipe.needs.cpus, memory=memory)
        ref: ray.ObjectRef[Any] = asked.remote(self._call(task), self._spec.health)
        return ref

    def _call(self, task: Task) -> Call:
        return task.recipe, task.item, self._workspace, task.labels

    def _advance(self, task: Task, generator: PoolMember) -> ray.ObjectRef[Any]:
        """Have a segment rendered; where segments are short, ask for the chain's next one too."""
        known, ahead = generator.warm, generator.ahead
        generator.warm, generator.ahead = warmth_of(task), None
        if ahead is None or known != generator.warm:
            ahead = generator.actor.advance.remote(self._call(task))
        if generator.quick and task.remaining > 1:
            generator.ahead = generator.actor.go_on.remote((task.recipe, self._workspace))
        return ahead

    def reports(self, timeout_s: float) -> Sequence[Report]:
        self._survive(partial(self._listen, timeout_s))
        ended, self._ended = self._ended, []
        return ended

    def _listen(self, timeout_s: float) -> None:
        """Note what ended; wait for the first that does."""
        self._follow()
        refs = [*self._running, *self._staff.warming]
        if not refs:
            return
        ready, rest = ray.wait(refs, num_returns=1, timeout=0 if self._ended else timeout_s)
        if ready and rest:
            ready += ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        self._staff.welcome(set(ready))
        for ref in ready:
            if ref in self._running:
                self._ended += self._reported(ref)

    def close(self) -> None:
        """Let the cluster go; one that is lost is not waited for."""
        if not self._lost:
            self._staff.dismiss()
        self._ray.leave(lost=self._lost)

    # When the cluster is lost

    def _survive(self, call: Callable[[], None]) -> None:
        """Do it; when the cluster turns out to be lost, that alone is what it came to."""
        try:
            self._look(0.0)
            call()
        except ClusterLost as how:
            self._begin_again(how)
        except (RayError, Transient):
            if not (gone := self._ray.gone(_PATIENCE_S)):
                raise
            self._begin_again(ClusterLost(gone))

    def _look(self, patience_s: float) -> None:
        """Raises `ClusterLost` when it is."""
        if gone := self._ray.gone(patience_s):
            raise ClusterLost(gone)

    def _begin_again(self, lost: ClusterLost) -> None:
        """Start a Ray of our own again, twice at most; what it had in hand stays open.

        Raises `ClusterLost`."""
        running = list(self._running.values())
        self._running.clear()
        self._ended += [Report(task=r.task, outcome=adrift(r.worker)) for r in running]
        self._lost = True
        if not self._restarts:
            raise lost
        self._restarts -= 1
        self._tell(f"{lost.how}: it is started again, and what it had in hand is taken up")
        self._ray.leave(lost=True)
        try:
            self._enter()
        except ManifestUnusable as error:
            raise ClusterLost(f"{lost.how}, and cannot be started again ({error})") from error

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

        Raises `ClusterLost` when its head or all of it is lost.
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

    def _reported(self, ref: ray.ObjectRef[Any]) -> list[Report]:
        """What a call came to; nothing when the worker had nothing to go on with and is asked
        anew. Raises `ClusterLost`."""
        running = self._running[ref]
        try:
            said = ray.get(ref)
        except LocalRayletDiedError as error:
            raise ClusterLost("the raylet that the run works through is gone") from error
        except RayError as error:
            self._look(_PATIENCE_S)
            del self._running[ref]
            return [Report(task=running.task, outcome=self._lost_worker(running, error))]
        del self._running[ref]
        task, worker = running.task, running.worker
        if not task.generates:
            return [Report(task=task, outcome=said)]
        if worker not in self._staff:
            outcome = said.outcome if goes_on(task, said) else left(worker)
            return [Report(task=task, outcome=outcome)]
        return self._heard(running, self._staff[worker], said)

    def _lost_worker(self, running: Running, error: RayError) -> Outcome:
        task, worker = running.task, running.worker
        seconds = monotonic() - running.since
        if not task.generates and isinstance(error, WorkerCrashedError):
            limit = limit_s(task.item, self._spec.health)
            if seconds >= limit:
                again = task.fingerprint in self._overran
                self._overran.add(task.fingerprint)
                return overran(task, worker, limit, again=again)
        outcome = lost(error, worker, seconds, hung=self._staff.was_hung(worker))
        if worker in self._staff:
            self._staff.renew(worker)
        return outcome

    def _heard(
        self, running: Running, generator: PoolMember, said: Advanced | None
    ) -> list[Report]:
        task = running.task
        if said is None or not goes_on(task, said):
            generator.ahead = None
            self._running[self._advance(task, generator)] = running
            return []
        failure = said.outcome.failure
        if failure is not None and failure.kind == FailureKind.OUT_OF_MEMORY:
            self._staff.renew(running.worker)
            return [Report(task=task, outcome=said.outcome)]
        generator.leaving |= said.leaving
        made = said.outcome.result
        if isinstance(made, SegmentProgress) and made.made:
            seconds = made.drawn.seconds
            pace = SegmentTiming(preset=self._paced(running), seconds=seconds)
            self._staff.measure(running.worker, pace)
        return [Report(task=task, outcome=said.outcome)]


def goes_on(task: Task, said: Advanced | None) -> bool:
    """Whether an answer is about the task: one that was asked for ahead may be about nothing."""
    if said is None:
        return False
    return said.about == chain_place(task.item)
