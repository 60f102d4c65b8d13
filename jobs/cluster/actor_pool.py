"""The generators of a run on Ray: added, warmed, looked after and let go as the cluster changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError

from jobs.cluster.connect import ClusterSnapshot
from jobs.cluster.generator_actor import (
    LOG_WAIT_S,
    Advanced,
    Checkup,
    GeneratorActor,
    Ready,
    check_device,
)
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot, Warm
from jobs.engine.worker_health import (
    IN_A_ROW,
    HealthPolicy,
    PoolSize,
    SegmentTiming,
    divergent_workers,
    may_set_aside,
    pool_size,
    silence_s,
    stragglers,
    usual_s,
)
from jobs.logs.process_log import plan_now
from jobs.logs.task_labels import TaskLabels
from manifests.errors import Transient
from pipeline.generate import Generate
from pipeline.presets import Preset

ODD, SLOW, SICK = "odd", "slow", "sick"

_COLD_LOSSES = 3
"""Starts in vain for each generator before the run gives up."""

QUICK_S = 2.0
"""Of segments shorter than this the next one is asked for ahead: an answer takes some 10 ms."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    """How generators are chosen and looked after: `gpus` and `pairs` as in the settings, `presets`
    that the run's rows ask for, most often asked first."""

    gpus: int | None = None
    pairs: int = 0
    presets: tuple[Preset, ...] = ()
    health: HealthPolicy = HealthPolicy()
    checkup: Checkup = check_device


@dataclass(slots=True, kw_only=True)
class PoolMember:
    """One actor: where it is, what it is warm for, and why it gets nothing if it is set
    aside; a `pair` has two GPUs."""

    actor: Any
    pair: bool
    warming: ray.ObjectRef[Ready] | None
    ready: Ready | None = None
    warm: Warm | None = None
    leaving: bool = False
    aside: str = ""
    paces: deque[SegmentTiming] = field(default_factory=lambda: deque(maxlen=IN_A_ROW))
    ahead: ray.ObjectRef[Advanced | None] | None = None

    @property
    def quick(self) -> bool:
        """Whether its segments are so short that waiting for the driver's answer tells."""
        return bool(self.paces) and self.paces[-1].seconds < QUICK_S

    @property
    def device(self) -> str:
        """The class of its device; "" before that is known."""
        return self.ready.device if self.ready else ""

    @property
    def usable(self) -> bool:
        return self.ready is not None and not self.aside and not self.leaving


class ActorPool:
    """Keeps as many generators as the cluster has room for, and knows which of them may be given
    work."""

    def __init__(self, spec: PoolSpec, size: PoolSize, tell: Tell) -> None:
        self.size = size
        self._spec = spec
        self._tell = tell
        self._generators: dict[str, PoolMember] = {}
        self._hung: set[str] = set()
        self._names = iter(range(10**9))
        self._cold_losses = 0
        self.fill()

    def __contains__(self, worker: str) -> bool:
        return worker in self._generators

    def __getitem__(self, worker: str) -> PoolMember:
        return self._generators[worker]

    @property
    def warming(self) -> list[ray.ObjectRef[Ready]]:
        """What answers when a generator is warm."""
        return [g.warming for g in self._generators.values() if g.warming is not None]

    def free(self, busy: Collection[str]) -> list[Slot]:
        """Generators that may be given work now."""
        return [
            Slot(
                worker=name,
                generates=True,
                warm=generator.warm,
                pair=generator.pair,
                device=generator.device,
            )
            for name, generator in self._generators.items()
            if generator.usable and name not in busy
        ]

    @property
    def roll(self) -> Roll:
        """The classes of the generators that may get work, now or when their present task ends."""
        there = self._generators.values()
        return Roll(
            classes=frozenset(generator.device for generator in there if generator.usable),
            warming=any(generator.ready is None for generator in there),
        )

    def was_hung(self, worker: str) -> bool:
        """Whether it was killed because it was silent."""
        return worker in self._hung

    # Who is there

    def follow(self, snapshot: ClusterSnapshot, busy: Collection[str]) -> None:
        """Let generators join and leave as the cluster does."""
        self._let_leave(snapshot, busy)
        self.size = self._sized(snapshot)
        self.fill()
        if self.warming:
            warming = self.warming
            self.welcome(set(ray.wait(warming, num_returns=len(warming), timeout=0)[0]))

    def fill(self) -> None:
        """Add the generators that are missing and drop those for which no node has room.

        Pairs come first, because two free GPUs of one node are rarer.
        """
        pairs = self.size.pairs
        for pair, wanted in ((True, pairs), (False, self.size.generators - pairs)):
            there = {name: g for name, g in self._generators.items() if g.pair == pair}
            spare = [name for name, g in there.items() if g.ready is None]
            for name in spare[: max(0, len(there) - wanted)]:
                self.retire(name)
            for _ in range(wanted - len(there)):
                self._add_generator(pair=pair)

    def retire(self, name: str) -> None:
        ray.kill(self._generators.pop(name).actor)

    def renew(self, name: str) -> None:
        """Another one in its place, which checks that the device's memory is free before it is
        used."""
        self.retire(name)
        self.fill()

    def dismiss(self) -> None:
        """Let all of them go."""
        plan = plan_now()
        if plan is not None and not plan.written_in_place:
            told = [g.actor.store_log.remote() for g in self._generators.values() if g.usable]
            ray.wait(told, num_returns=len(told), timeout=LOG_WAIT_S) if told else None
        for generator in self._generators.values():
            ray.kill(generator.actor)

    def _add_generator(self, *, pair: bool) -> None:
        gpus = Generate.needs.gpus * (2 if pair else 1) if self.size.on_gpu else 0
        options = {"num_cpus": self.size.generator_cpus, "num_gpus": gpus}
        actor = GeneratorActor.options(**options).remote()
        first = next(iter(self._spec.presets), None)
        recipe = Generate(preset=first) if first else None
        warming = actor.warm.remote(recipe, self._spec.checkup, TaskLabels(plan=plan_now()))
        self._generators[f"generator-{next(self._names)}"] = PoolMember(
            actor=actor, pair=pair, warming=warming
        )

    def _sized(self, snapshot: ClusterSnapshot) -> PoolSize:
        gpus = self._spec.gpus if self.size.on_gpu else 0
        size = pool_size(snapshot.resources, gpus, self._spec.pairs)
        return size if size.on_gpu == self.size.on_gpu else self.size

    def _let_leave(self, snapshot: ClusterSnapshot, busy: Collection[str]) -> None:
        """Retire idle generators that were told to end, or whose node was or is gone."""
        for name, generator in list(self._generators.items()):
            if generator.ready is not None and generator.ready.node not in snapshot.nodes:
                generator.leaving = True
            if generator.leaving and name not in busy:
                self._tell(f"{name} leaves: it or its node was told to end, or is gone")
                self.retire(name)

    # Who is fit

    def measure(self, worker: str, pace: SegmentTiming) -> None:
        """Keep how long a segment took, and set a generator aside that is slow."""
        self._generators[worker].paces.append(pace)
        recent = {n: list(g.paces) for n, g in self._generators.items() if not g.aside}
        aside = sum(g.aside == SLOW for g in self._generators.values())
        if worker in stragglers(recent, self._spec.health) and may_set_aside(
            aside, len(self._generators)
        ):
            usual = usual_s(recent)[pace.preset]
            self._set_aside(worker, SLOW, f"{pace.seconds:.2f} s where {usual:.2f} s is usual")

    def kill_silent(self, calls: Iterable[tuple[str, str, float]]) -> None:
        """Kill generators whose call goes on for too long: worker, preset and seconds of each."""
        usual = usual_s({name: list(g.paces) for name, g in self._generators.items()})
        for worker, preset, seconds in calls:
            limit_s = silence_s(preset, usual, self._spec.health)
            if worker in self and worker not in self._hung and seconds > limit_s:
                self._hung.add(worker)
                self._tell(f"{worker} is killed: silent for {limit_s:.0f} s")
                ray.kill(self._generators[worker].actor)

    def welcome(self, answered: set[ray.ObjectRef[Any]]) -> None:
        """Admit generators that are warm. Leave out those that are sick or compute other bits."""
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
        for name in divergent_workers(fitness):
            if not self._generators[name].aside:
                device = fitness[name][0]
                self._set_aside(name, ODD, f"it computes other bits than most of {device} here")

    def _admit(self, name: str, generator: PoolMember) -> None:
        try:
            ready: Ready = ray.get(generator.warming)  # type: ignore[arg-type]  # it answered
        except RayError as error:
            self.retire(name)
            self._lost_cold(name, error)
            return
        self._cold_losses = 0
        generator.warming, generator.ready = None, ready
        if ready.failure is None or ready.digest:
            return  # what keeps a tool from loading is told by its first task
        if ready.failure.code == "memory_held":
            self._tell(f"{name} cannot be used yet: {ready.failure.message}")
            self.retire(name)  # and tried again
        else:
            self._set_aside(name, SICK, ready.failure.message)

    def _lost_cold(self, name: str, error: RayError) -> None:
        """Raises `Transient` when generator after generator dies before it can do anything."""
        self._cold_losses += 1
        text = f"{name} was lost before it was warm: {type(error).__name__}: {str(error)[:300]}"
        if self._cold_losses > _COLD_LOSSES * self.size.generators:
            message = f"no generator can be started: {text}; mend the nodes and run again"
            raise Transient("generators_die", message)
        self._tell(text)

    def _set_aside(self, name: str, why: str, how: str) -> None:
        """It keeps its device, so that nobody else gets that one, and gets no work."""
        generator = self._generators[name]
        generator.aside = why
        node = generator.ready.node[:8] if generator.ready else ""
        self._tell(f"{name} on node {node} is not used: {why} ({how})")


def asked_most(presets: Iterable[Preset]) -> tuple[Preset, ...]:
    """The presets, most often asked first."""
    counted: dict[Preset, int] = {}
    for preset in presets:
        counted[preset] = counted.get(preset, 0) + 1
    return tuple(sorted(counted, key=lambda preset: -counted[preset]))
