"""Pools on a simulated cluster, with what they said, and segments that take some time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
import ray
from ray.cluster_utils import Cluster

from jobs.cluster.actor_pool import PoolSpec
from jobs.cluster.ray_executor import RayExecutor
from jobs.engine.executor import Report
from jobs.engine.phases import Shooting, Step
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task, task_of
from pipeline.nouns import ChunkProgress
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import SETTINGS, a_chunk, a_shot, an_advance, an_order

Result = TypeVar("Result")


def check_where_it_is() -> tuple[str, str]:
    """A device whose bits depend on the node that it is on: the ones with `odd` are broken."""
    node = ray.get_runtime_context().get_node_id()
    resources = {n["NodeID"]: n["Resources"] for n in ray.nodes()}  # type: ignore[no-untyped-call]
    return "card", "other bits" if "odd" in resources[node] else "usual bits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doze:
    """A segment that takes some time, or forever where the file is not there yet; or one that says
    in a folder that it has begun, and ends once it may."""

    name: ClassVar[str] = "generate"
    needs: ClassVar[Resources] = Resources()
    seconds: float = 0.0
    once: str = ""
    full: bool = False
    held: str = ""

    def load(self) -> Callable[[ChunkProgress, Workspace], object]:
        return self.make

    def make(self, shot: ChunkProgress, workspace: Workspace) -> object:
        del workspace
        if self.full:
            raise MemoryError
        first = Path(self.once) if self.once else None
        if first is not None and not first.exists():
            first.write_text(str(os.getpid()), encoding="utf-8")
            time.sleep(600)
        if self.held:
            Path(self.held, "begun").touch()
            while not Path(self.held, "may end").exists():
                time.sleep(0.05)
        ends = time.monotonic() + self.seconds
        while time.monotonic() < ends:  # a signal cuts no sleep of this kind short
            time.sleep(0.05)
        return an_advance(shot)


def a_task(asked: str = "asked", shot: ChunkProgress | None = None, **recipe: object) -> Task:
    shot = shot or a_shot(a_chunk())
    phase = Shooting(order=an_order(asked), take=shot.take, shots=(shot,))
    task = task_of(phase, Step(stage="generate", chunk=0), SETTINGS, {})
    return replace(task, recipe=Doze(**recipe))  # type: ignore[arg-type]  # fields by name


class Pool:
    """A pool with the sentences that it said."""

    def __init__(self, cluster: Cluster, folder: Path, **spec: object) -> None:
        self.said: list[str] = []
        self._unread: list[Report] = []
        workspace = Workspace(out=str(folder), scratch=folder / "scratch")
        self.pool = RayExecutor(
            workspace,
            address=cluster.address,
            spec=PoolSpec(checkup=check_where_it_is, **spec),  # type: ignore[arg-type]  # fields by name
            tell=self.said.append,
        )

    def generators(self) -> Sequence[Slot]:
        return [slot for slot in self.pool.free() if slot.generates]

    def wait_for(self, count: int) -> Sequence[Slot]:
        until(lambda: len(self.generators()) == count)
        return self.generators()

    def report(self) -> Report:
        """The next one; several may come at once."""
        if not self._unread:
            self._unread += until(lambda: self.pool.reports(0.5))
        return self._unread.pop(0)


def until(true: Callable[[], Result]) -> Result:
    for _ in range(1500):
        if found := true():
            return found
        time.sleep(0.1)
    pytest.fail("it did not happen in time")
