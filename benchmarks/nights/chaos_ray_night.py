"""What the workers and the driver of benchmarks/chaos_ray.py run: the whole program, with stages
that make a few bytes and write down every segment that they begin and finish.

    python benchmarks/nights/chaos_ray_night.py MANIFEST OUT ADDRESS SCRATCH LOG

The driver as a process of its own, to be killed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.nights.chaos_stages import STAGES, advance
from jobs.cluster.actor_pool import PoolSpec
from jobs.cluster.ray_executor import RayExecutor
from jobs.config import RunConfig
from jobs.engine.executor import Executor
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task
from jobs.run import run
from pipeline.nouns import ChunkProgress, SegmentProgress
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workspace

SEGMENT_S = 0.4
LEASE_S = 5.0


@dataclass(frozen=True, slots=True)
class Log:
    """Lines of `begun` and `finished` segments, from all workers; a line is one write."""

    path: str

    def write(self, what: str, segment: str) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, f"{what} {segment}\n".encode())
        finally:
            os.close(descriptor)

    def lines(self) -> list[tuple[str, str]]:
        path = Path(self.path)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [(line.split()[0], line.split()[1]) for line in text.splitlines()]

    def __getitem__(self, segment: str) -> int:
        return 0

    def __setitem__(self, segment: str, count: int) -> None:
        """A segment is begun, as the simulated stage counts them; it takes its time."""
        del count
        self.write("begun", segment)
        sleep(SEGMENT_S)


@dataclass(frozen=True, slots=True)
class Logged:
    """The recipe of a simulated stage."""

    needs: ClassVar[Resources] = Resources()
    name: str
    log: Log

    def load(self) -> Callable[[Any, Workspace], object]:
        return self.segment if self.name == "generate" else STAGES[self.name]

    def segment(self, shot: ChunkProgress, workspace: Workspace) -> SegmentProgress:
        made = advance(shot, workspace, SimpleNamespace(rendered=self.log))  # type: ignore[arg-type]
        if made.made:
            self.log.write("finished", made.shot.done[-1].fingerprint)
        return made


def no_checkup() -> tuple[str, str]:
    """There is no device to check."""
    return "none", "none"


class LoggedPool(RayExecutor):
    """The pool itself; only recipes are exchanged on the way out."""

    log: Log

    def start(self, task: Task, slot: Slot) -> None:
        super().start(replace(task, recipe=Logged(task.step.stage, self.log)), slot)


def main() -> int:
    """The same as `rushes run`, whose exit codes it has."""
    manifest, out, address, scratch, log = sys.argv[1:]
    from benchmarks.nights.chaos_ray_night import Log, LoggedPool, no_checkup  # noqa: PLC0415 - as workers import it

    def pool(workspace: Workspace) -> Executor:
        made = LoggedPool(workspace, address=address, spec=PoolSpec(presets=(), checkup=no_checkup))
        made.log = Log(log)
        return made

    config = RunConfig(scratch=Path(scratch), address=address, lease_s=LEASE_S)
    return 0 if run([manifest], out, config, executor=pool).complete else 1


if __name__ == "__main__":
    sys.exit(main())
