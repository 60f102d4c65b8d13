"""The executor on Ray: an actor for each generator, and tasks for all that needs only a CPU.

Ray carries recipes, nouns and outcomes, never frames. It retries nothing: the driver decides
(Ray's own retries could not tell a bad row from a lost machine). Generators follow the cluster
while the run goes on.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError

from jobs.cluster import Census, Watchman, connect
from jobs.executor import Report
from jobs.fleet import (
    IN_A_ROW,
    Care,
    Pace,
    PoolSize,
    gpus_there,
    may_set_aside,
    odd_ones,
    pool_size,
    silence_s,
    slow_ones,
    usual_s,
)
from jobs.generator import Advanced, Checkup, GeneratorActor, Ready, bench, check_device
from jobs.phases import Failure
from jobs.scheduler import Slot, chain_of
from jobs.tasks import Task
from jobs.work import Outcome, carry_out
from manifests.errors import ManifestUnusable, Transient
from pipeline.desks import sweep
from pipeline.generate import Generate
from pipeline.nouns import Advance
from pipeline.presets import Preset
from pipeline.stage import Stage
from pipeline.workplace import Workplace

_CENSUS_S = 1.0
_GOODBYE_S = 5.0
_COLD_LOSSES = 3
"""Starts in vain for each generator before the run gives up."""

Tell = Callable[[str], None]


@ray.remote(max_retries=0)
def on_cpu(recipe: Stage[Any, Any], item: object, place: Workplace) -> Outcome:
    return carry_out(bench(), recipe, item, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """How generators are chosen and looked after: `gpus` as in the settings, `presets` that the
    run's rows ask for, most often asked first."""

    gpus: int | None = None
    presets: tuple[Preset, ...] = ()
    care: Care = Care()
    checkup: Checkup = check_device


@dataclass(slots=True, kw_only=True)
class Generator:
    """One actor: where it is, what it worked on last, and why it gets nothing if it is set
    aside."""

    actor: Any
    warming: ray.ObjectRef[Ready] | None
    ready: Ready | None = None
    chain: str = ""
    leaving: bool = False
    aside: str = ""
    paces: deque[Pace] = field(default_factory=lambda: deque(maxlen=IN_A_ROW))

    @property
    def usable(self) -> bool:
        return self.ready is not None and not self.aside and not self.leaving


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
        tell: Tell = lambda text: print(text, file=sys.stderr),  # noqa: T201 - the progress line's stream
    ) -> None:
        connect(address)
        self._place = place
        self._crew = crew
        self._tell = tell
        self._watchman = Watchman()
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        large = [preset.name for preset in crew.presets if preset.needs_gpu]
        try:
            gpus_there(resources, crew.gpus, large)
        except ManifestUnusable:
            ray.shutdown()
            raise
        self._size = pool_size(resources, crew.gpus)
        self._generators: dict[str, Generator] = {}
        self._running: dict[ray.ObjectRef[Any], Running] = {}
        self._hung: set[str] = set()
        self._names = iter(range(10**9))
        self._counted_at = monotonic()
        self._cold_losses = 0
        self._staff()

    def size(self) -> int:
        return self._size.generators + self._size.cpus

    def slots(self) -> Sequence[Slot]:
        """All there will be when every generator is warm."""
        generators = [f"generator-{n}" for n in range(self._size.generators)]
        return [Slot(worker=name, generates=True) for name in generators] + self._cpus(set())

    def free(self) -> Sequence[Slot]:
        self._follow()
        busy = {running.worker for running in self._running.values()}
        generators = [
            Slot(worker=name, generates=True, chain=generator.chain)
            for name, generator in self._generators.items()
            if generator.usable and name not in busy
        ]
        return generators + self._cpus(busy)

    def start(self, task: Task, slot: Slot) -> None:
        if slot.generates:
            generator = self._generators[slot.worker]
            generator.chain = chain_of(task)
            ref = generator.actor.advance.remote(task.recipe, task.item, self._place)
        else:
            cpus = task.recipe.needs.cpus
            ref = on_cpu.options(num_cpus=cpus).remote(task.recipe, task.item, self._place)
        self._running[ref] = Running(task=task, worker=slot.worker, since=monotonic())

    def reports(self, timeout_s: float) -> Sequence[Report]:
        self._follow()
        warming = [g.warming for g in self._generators.values() if g.warming is not None]
        refs = [*self._running, *warming]
        if not refs:
            return []
        ready, left = ray.wait(refs, num_returns=1, timeout=timeout_s)
        if ready and left:
            ready += ray.wait(left, num_returns=len(left), timeout=0)[0]
        self._welcome(set(ready))
        return [self._report(ref) for ref in ready if ref in self._running]

    def close(self) -> None:
        """Let the cluster go; one that is lost is not waited for."""
        if not self._watchman.lost:
            for generator in self._generators.values():
                ray.kill(generator.actor)
        goodbye = threading.Thread(target=ray.shutdown, daemon=True)
        goodbye.start()
        goodbye.join(_GOODBYE_S if self._watchman.lost else None)
        sweep(self._place.scratch)

    def _cpus(self, busy: set[str]) -> list[Slot]:
        names = (f"cpu-{index}" for index in range(self._size.cpus))
        return [Slot(worker=name, generates=False) for name in names if name not in busy]

    # What ended

    def _report(self, ref: ray.ObjectRef[Any]) -> Report:
        running = self._running.pop(ref)
        generator = self._generators.get(running.worker)
        try:
            said = ray.get(ref)
        except RayError as error:
            hung = running.worker in self._hung
            outcome = lost(error, running.worker, monotonic() - running.since, hung=hung)
            if generator is not None:
                self._retire(running.worker)
                self._staff()
            return Report(task=running.task, outcome=outcome)
        if generator is None or not isinstance(said, Advanced):
            return Report(task=running.task, outcome=said)
        generator.leaving = generator.leaving or said.leaving
        self._measure(running, said.outcome)
        return Report(task=running.task, outcome=said.outcome)

    def _measure(self, running: Running, outcome: Outcome) -> None:
        """Keep how long the segment took, and set a generator aside that is slow."""
        made = outcome.made
        if not isinstance(made, Advance) or not made.made:
            return
        preset = running.task.order.preset.name
        pace = Pace(preset=preset, seconds=made.shot.done[-1].seconds)
        self._generators[running.worker].paces.append(pace)
        recent = {n: list(g.paces) for n, g in self._generators.items() if not g.aside}
        aside = sum(g.aside == SLOW for g in self._generators.values())
        if running.worker in slow_ones(recent, self._crew.care) and may_set_aside(
            aside, len(self._generators)
        ):
            usual = usual_s(recent)[preset]
            self._set_aside(
                running.worker, SLOW, f"{pace.seconds:.2f} s where {usual:.2f} s is usual"
            )

    # Who is there

    def _follow(self) -> None:
        """Once a second: let generators join and leave as the cluster does.

        Raises `Transient` when the head of the cluster is lost.
        """
        now = monotonic()
        if now - self._counted_at < _CENSUS_S:
            return
        self._counted_at = now
        census = self._watchman.census()
        if census is None:
            return
        self._kill_hung(now)
        self._let_leave(census)
        self._size = self._sized(census)
        self._staff()
        warming = [g.warming for g in self._generators.values() if g.warming is not None]
        if warming:
            self._welcome(set(ray.wait(warming, num_returns=len(warming), timeout=0)[0]))

    def _sized(self, census: Census) -> PoolSize:
        gpus = self._crew.gpus if self._size.on_gpu else 0
        size = pool_size(census.resources, gpus)
        return size if size.on_gpu == self._size.on_gpu else self._size

    def _staff(self) -> None:
        """Add the generators that are missing; drop those that nobody has room for."""
        spare = [name for name, g in self._generators.items() if g.ready is None]
        for name in spare[: max(0, len(self._generators) - self._size.generators)]:
            self._retire(name)
        for _ in range(self._size.generators - len(self._generators)):
            self._add_generator()

    def _add_generator(self) -> None:
        gpus = Generate.needs.gpus if self._size.on_gpu else 0
        options = {"num_cpus": self._size.generator_cpus, "num_gpus": gpus}
        actor = GeneratorActor.options(**options).remote()
        first = next(iter(self._crew.presets), None)
        recipe = Generate(preset=first) if first else None
        warming = actor.warm.remote(recipe, self._crew.checkup)
        self._generators[f"generator-{next(self._names)}"] = Generator(actor=actor, warming=warming)

    def _let_leave(self, census: Census) -> None:
        """Retire idle generators that were told to end, or whose node was or is gone."""
        busy = {running.worker for running in self._running.values()}
        for name, generator in list(self._generators.items()):
            if generator.ready is not None and generator.ready.node not in census.nodes:
                generator.leaving = True
            if generator.leaving and name not in busy:
                self._tell(f"{name} leaves: it or its node was told to end, or is gone")
                self._retire(name)

    def _retire(self, name: str) -> None:
        ray.kill(self._generators.pop(name).actor)

    def _kill_hung(self, now: float) -> None:
        usual = usual_s({name: list(g.paces) for name, g in self._generators.items()})
        for running in self._running.values():
            limit_s = silence_s(running.task.order.preset.name, usual, self._crew.care)
            generator = self._generators.get(running.worker)
            new = running.worker not in self._hung
            if generator is not None and new and now - running.since > limit_s:
                self._hung.add(running.worker)
                self._tell(f"{running.worker} is killed: silent for {limit_s:.0f} s")
                ray.kill(generator.actor)

    # Who is fit

    def _welcome(self, answered: set[ray.ObjectRef[Any]]) -> None:
        """Let those in that are warm; leave out those that are sick or compute otherwise."""
        news = {n: g for n, g in self._generators.items() if g.warming in answered}
        for name, generator in news.items():
            self._admit(name, generator)
        if not news:
            return
        fitness = {
            name: (g.ready.device, g.ready.digest)
            for name, g in self._generators.items()
            if g.ready is not None and g.ready.digest
        }
        for name in odd_ones(fitness):
            if not self._generators[name].aside:
                device = fitness[name][0]
                self._set_aside(name, ODD, f"it computes other bits than most of {device} here")

    def _admit(self, name: str, generator: Generator) -> None:
        try:
            ready: Ready = ray.get(generator.warming)  # type: ignore[arg-type]  # it answered
        except RayError as error:
            self._retire(name)
            self._lost_cold(name, error)
            return
        self._cold_losses = 0
        generator.warming, generator.ready = None, ready
        if ready.failure is None or ready.digest:
            return  # what keeps a tool from loading is told by its first task
        if ready.failure.code == "memory_held":
            self._tell(f"{name} cannot be used yet: {ready.failure.message}")
            self._retire(name)  # and tried again
        else:
            self._set_aside(name, SICK, ready.failure.message)

    def _lost_cold(self, name: str, error: RayError) -> None:
        """Raises `Transient` when generator after generator dies before it can do anything."""
        self._cold_losses += 1
        text = f"{name} was lost before it was warm: {type(error).__name__}: {str(error)[:300]}"
        if self._cold_losses > _COLD_LOSSES * self._size.generators:
            message = f"no generator can be started: {text}; mend the nodes and run again"
            raise Transient("generators_die", message)
        self._tell(text)

    def _set_aside(self, name: str, why: str, how: str) -> None:
        """It keeps its device, so that nobody else gets that one, and gets no work."""
        generator = self._generators[name]
        generator.aside = why
        node = generator.ready.node[:8] if generator.ready else ""
        self._tell(f"{name} on node {node} is not used: {why} ({how})")


ODD, SLOW, SICK = "odd", "slow", "sick"


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
    return Outcome(made=None, failure=failure, seconds=0.0, worker=worker, host="")


def asked_most(presets: Iterable[Preset]) -> tuple[Preset, ...]:
    """The presets, most often asked first."""
    counted: dict[Preset, int] = {}
    for preset in presets:
        counted[preset] = counted.get(preset, 0) + 1
    return tuple(sorted(counted, key=lambda preset: -counted[preset]))
