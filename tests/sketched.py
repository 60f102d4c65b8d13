"""An executor for tests of the engine: real driver, book, ledger and records; recipes without
pictures. What is rendered, encoded or spoken is tested elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from benchmarks.nights.chaos_stages import Simulated
from benchmarks.nights.chaos_world import PEACE, World
from jobs.engine.executor import InProcess, Report
from jobs.engine.worker import execute
from pipeline.workspace.workspace import Workspace

ALL = frozenset({"prepare", "split", "generate", "stitch", "master"})


class Sketched(InProcess):
    """One slot of each kind; the stages named make a few bytes in place of pictures, and each of
    their calls counts as one second."""

    sketched: ClassVar[frozenset[str]] = ALL

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._world = World(seed=0, odds=PEACE)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        if not self._begun or self._begun[0].step.stage not in self.sketched:
            return super().reports(timeout_s)
        task = self._begun.pop(0)
        recipe = Simulated(task.step.stage, self._world)
        outcome = execute(self._bench, recipe, task.item, self._workspace, task.labels)
        return [Report(task=task, outcome=replace(outcome, seconds=1.0))]


class DrawsNothing(Sketched):
    """Sound, words and cuts are real; no frame is drawn or encoded."""

    sketched: ClassVar[frozenset[str]] = frozenset({"generate", "stitch", "master"})
