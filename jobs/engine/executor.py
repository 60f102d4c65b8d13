"""What the driver needs from whatever runs tasks; and the executor that runs them in this
process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot, Warm, warmth_of
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome, ToolCache, execute
from pipeline.devices.device_class import device_here
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A task that ended, and how."""

    task: Task
    outcome: Outcome


class Executor(Protocol):
    """Runs tasks somewhere; knows neither retries nor the order of things."""

    def free(self) -> Sequence[Slot]:
        """Slots that could take a task now."""

    def slots(self) -> Sequence[Slot]:
        """All slots, whatever they do: what a quote counts on."""

    def size(self) -> int:
        """Slots in all, busy or free: what the driver's window is measured by."""

    def roll(self) -> Roll:
        """Which classes of devices there are now."""

    def start(self, task: Task, slot: Slot) -> None:
        """Begin a task on a free slot."""

    def reports(self, timeout_s: float) -> Sequence[Report]:
        """Tasks that ended; waits up to `timeout_s` for the first."""

    def close(self) -> None:
        """Let everything go."""


class InProcess:
    """One slot of each kind, in this process: for tests, and to run without a cluster."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._bench = ToolCache()
        self._begun: list[Task] = []
        self._warm: Warm | None = None

    def free(self) -> Sequence[Slot]:
        busy = {task.generates for task in self._begun}
        return [slot for slot in self.slots() if slot.generates not in busy]

    def slots(self) -> Sequence[Slot]:
        return (
            Slot(worker="cpu", generates=False),
            Slot(worker="generator", generates=True, warm=self._warm, device=device_here().name),
        )

    def size(self) -> int:
        return 2

    def roll(self) -> Roll:
        return Roll(classes=frozenset({device_here().name}))

    def start(self, task: Task, slot: Slot) -> None:
        self._begun.append(task)
        if slot.generates:
            self._warm = warmth_of(task)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        del timeout_s  # nothing runs while we wait
        if not self._begun:
            return []
        task = self._begun.pop(0)
        outcome = execute(self._bench, task.recipe, task.item, self._workspace, task.labels)
        return [Report(task=task, outcome=outcome)]

    def close(self) -> None:
        self._begun.clear()


class Idle:
    """No slots: for a run in which people left nothing to start."""

    def free(self) -> Sequence[Slot]:
        return ()

    def slots(self) -> Sequence[Slot]:
        return ()

    def size(self) -> int:
        return 0

    def roll(self) -> Roll:
        return Roll(classes=frozenset())

    def start(self, task: Task, slot: Slot) -> None:
        raise ValueError(f"{task.key} cannot start: there is no slot {slot.worker}")

    def reports(self, timeout_s: float) -> Sequence[Report]:
        del timeout_s  # nothing runs while we wait
        return ()

    def close(self) -> None:
        """There is nothing to let go."""
