"""The executor on Ray: an actor for each generator, and tasks for all that needs only a CPU.

Ray carries recipes, nouns and outcomes, never frames. It retries nothing: the driver decides
(Ray's own retries could not tell a bad row from a lost machine).
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayError

from jobs.executor import Report
from jobs.phases import Failure
from jobs.scheduler import Slot, chain_of
from jobs.tasks import Task
from jobs.work import Bench, Outcome, carry_out
from manifests.errors import ManifestUnusable
from pipeline.desks import sweep
from pipeline.generate import Generate
from pipeline.stage import Stage
from pipeline.workplace import Workplace

_KNOCK_S = 10.0

_STORE_BYTES = 128 * 2**20
"""Nouns are small; Ray would take 30 % of the memory otherwise."""


@cache
def _bench() -> Bench:
    """This worker process's tools."""
    return Bench()


@ray.remote(max_retries=0)
def on_cpu(recipe: Stage[Any, Any], item: object, place: Workplace) -> Outcome:
    return carry_out(_bench(), recipe, item, place)


class GeneratorWorker:
    """Holds a renderer's weights and the chain it works on."""

    def advance(self, recipe: Stage[Any, Any], item: object, place: Workplace) -> Outcome:
        return carry_out(_bench(), recipe, item, place)


GeneratorActor: Any = ray.remote(max_restarts=0, max_task_retries=0)(GeneratorWorker)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSize:
    """Generators (on GPUs or, without any, on CPUs) and slots for CPU tasks."""

    generators: int
    on_gpu: bool
    cpus: int
    generator_cpus: float = 1.0


def pool_size(resources: dict[str, float], gpus: int | None) -> PoolSize:
    """How a cluster is divided: pure. `gpus` limits the generators; 0 asks for CPU generators.

    Without GPUs half of the CPUs generate. At least one slot of each kind, so that every job can
    end: where the generators would take the last CPU, they share it.
    """
    cpus = int(resources.get("CPU", 1))
    there = int(resources.get("GPU", 0))
    if there and gpus != 0:
        generators = min(there, gpus or there)
    else:
        generators = max(1, min(cpus // 2, gpus or cpus))
    return PoolSize(
        generators=generators,
        on_gpu=bool(there) and gpus != 0,
        cpus=max(1, cpus - generators),
        generator_cpus=1.0 if cpus > generators else 0.0,
    )


class RayPool:
    """Starts or joins a Ray cluster and keeps its slots busy with what the driver hands over."""

    def __init__(self, place: Workplace, *, address: str | None, gpus: int | None) -> None:
        connect(address)
        self._place = place
        self._size = pool_size(ray.cluster_resources(), gpus)  # type: ignore[no-untyped-call]
        self._actors: dict[str, ActorHandle[GeneratorWorker]] = {}
        self._chains: dict[str, str] = {}
        self._running: dict[ray.ObjectRef[Outcome], tuple[Task, str]] = {}
        self._names = iter(range(10**9))
        for _ in range(self._size.generators):
            self._add_generator()

    def size(self) -> int:
        return self._size.generators + self._size.cpus

    def free(self) -> Sequence[Slot]:
        busy = {worker for _, worker in self._running.values()}
        generators = [
            Slot(worker=name, generates=True, chain=self._chains.get(name, ""))
            for name in self._actors
            if name not in busy
        ]
        cpus = [f"cpu-{index}" for index in range(self._size.cpus)]
        return generators + [Slot(worker=n, generates=False) for n in cpus if n not in busy]

    def start(self, task: Task, slot: Slot) -> None:
        if slot.generates:
            self._chains[slot.worker] = chain_of(task)
            actor: Any = self._actors[slot.worker]
            ref: ray.ObjectRef[Outcome] = actor.advance.remote(task.recipe, task.item, self._place)
        else:
            cpus = task.recipe.needs.cpus
            ref = on_cpu.options(num_cpus=cpus).remote(task.recipe, task.item, self._place)
        self._running[ref] = (task, slot.worker)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        refs = list(self._running)
        if not refs:
            return []
        ready, _ = ray.wait(refs, num_returns=1, timeout=timeout_s)
        if ready:
            ready, _ = ray.wait(refs, num_returns=len(refs), timeout=0)
        return [self._report(ref) for ref in ready]

    def close(self) -> None:
        for actor in self._actors.values():
            ray.kill(actor)
        ray.shutdown()
        sweep(self._place.scratch)

    def _report(self, ref: ray.ObjectRef[Outcome]) -> Report:
        task, worker = self._running.pop(ref)
        try:
            outcome = ray.get(ref)
        except RayError as error:
            outcome = lost(error, worker)
            if worker in self._actors:
                ray.kill(self._actors.pop(worker))
                self._add_generator()
        return Report(task=task, outcome=outcome)

    def _add_generator(self) -> None:
        name = f"generator-{next(self._names)}"
        gpus = Generate.needs.gpus if self._size.on_gpu else 0
        options = {"num_cpus": self._size.generator_cpus, "num_gpus": gpus}
        self._actors[name] = GeneratorActor.options(**options).remote()


def connect(address: str | None) -> None:
    """Join the cluster at `address`, or start one in this process's children.

    Raises `ManifestUnusable` when nobody answers there.
    """
    stop = signal.getsignal(signal.SIGTERM)  # Ray puts its own in its place
    try:
        _init(address)
    except (ConnectionError, RuntimeError, ValueError) as error:
        message = f"the Ray cluster {address or 'of this machine'} cannot be used: {error}"
        raise ManifestUnusable("cluster_unreachable", message) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)


def _init(address: str | None) -> None:
    if address is not None:
        _knock(address)
        ray.init(address=address, log_to_driver=False, configure_logging=False)
        return
    ray.init(
        address="local",
        num_cpus=max(2, os.cpu_count() or 2),  # one to generate, one for all else
        include_dashboard=False,
        object_store_memory=_STORE_BYTES,
        log_to_driver=False,
        configure_logging=False,
    )


def _knock(address: str) -> None:
    """Ray waits for minutes where nobody listens; a plain connection tells at once."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_KNOCK_S).close()


def lost(error: RayError, worker: str) -> Outcome:
    """The outcome of a task whose worker went away before it could say anything."""
    preempted = isinstance(error, RayActorError) and error.preempted
    failure = Failure(
        kind="Preempted" if preempted else "Transient",
        code="preempted" if preempted else "worker_lost",
        message=f"the worker {worker} was lost: {type(error).__name__}: {str(error)[:300]}",
    )
    return Outcome(made=None, failure=failure, seconds=0.0, worker=worker, host="")
