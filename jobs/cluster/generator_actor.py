"""The actor that holds a renderer: made ready before its first chain, and leaving between two
segments."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from time import perf_counter
from types import FrameType
from typing import Any, TypeAlias

import ray

from jobs.engine.phases import Failure
from jobs.engine.worker import Outcome, ToolCache, execute, guarded
from jobs.logs.process_log import store_logs
from jobs.logs.task_labels import UNLABELLED, TaskLabels, labelled
from manifests.fingerprint import fingerprint
from pipeline.nouns import ChunkProgress, SegmentProgress
from pipeline.stage import Stage
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.worker")

LOG_WAIT_S = 2.0
"""How long a worker's last lines are waited for: they are worth less than its work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a generator says of itself when it is warm: the node it is on, the class of its device
    and the digest of what that computed, or a `failure`; and how long it took."""

    node: str
    device: str
    digest: str
    failure: Failure | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """What a call came to; `leaving` when the worker was told to end and should get no more;
    `about` is the place of what it went on from."""

    outcome: Outcome
    leaving: bool
    about: str = ""


Call: TypeAlias = tuple[Stage[Any, Any], object, Workspace, TaskLabels]
"""What a worker is asked to carry out, in one argument: Ray pickles each argument by itself, and
beginning to pickle takes the driver longer than what is pickled."""

Checkup = Callable[[], tuple[str, str]]
"""Checks a device before it is used: its class, and the digest of a fixed computation."""


def check_device() -> tuple[str, str]:
    """The device's memory is free, and this is what it computes."""
    from pipeline.devices.device_check import await_memory, fitness  # noqa: PLC0415 - torch belongs in the worker

    await_memory()
    found = fitness()
    return found.device, found.digest


@cache
def tool_cache() -> ToolCache:
    """This worker process's tools."""
    return ToolCache()


class GeneratorWorker:
    """Holds a renderer's weights and the chain it works on."""

    def __init__(self) -> None:
        self._leaving = False
        self._open: ChunkProgress | None = None
        self._labels = UNLABELLED
        signal.signal(signal.SIGTERM, self._note)  # the segment in hand is finished

    def warm(
        self,
        recipe: Stage[Any, Any] | None,
        checkup: Checkup,
        labels: TaskLabels = UNLABELLED,
    ) -> Ready:
        with labelled(labels):
            ready = self._warmed(recipe, checkup)
            told = ready.failure.message if ready.failure else ready.device
            LOGGER.info("warm after %.3f s on node %s: %s", ready.seconds, ready.node, told)
        return ready

    def _warmed(self, recipe: Stage[Any, Any] | None, checkup: Checkup) -> Ready:
        """Check the device and load the tool, so that the first chain need not wait for it.

        A tool that cannot be loaded is told by the task that needs it.
        """
        began = perf_counter()
        found, failure = guarded(checkup)
        device, digest = found or ("", "")
        if found is not None and recipe is not None:
            _, failure = guarded(lambda: tool_cache().warm(recipe))
        return Ready(
            node=ray.get_runtime_context().get_node_id(),
            device=device,
            digest=digest,
            failure=failure,
            seconds=round(perf_counter() - began, 3),
        )

    def advance(self, call: Call) -> Advanced:
        """Carry a task out."""
        recipe, item, workspace, labels = call
        self._labels = labels
        outcome = execute(tool_cache(), recipe, item, workspace, labels)
        made = outcome.result
        self._open = made.shot if isinstance(made, SegmentProgress) and opens(made) else None
        return Advanced(outcome=outcome, leaving=self._leaving, about=chain_place(item))

    def go_on(self, tools: tuple[Stage[Any, Any], Workspace]) -> Advanced | None:
        """The next segment of the chain that the call before this one left open, if it did.

        Asked for ahead of time, so that a short segment does not wait for the driver's answer.
        """
        if self._open is None or self._leaving:
            return None
        recipe, workspace = tools
        return self.advance((recipe, self._open, workspace, self._labels))

    def store_log(self) -> None:
        """Called before it is let go."""
        store_logs(LOG_WAIT_S)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._leaving = True


def opens(made: SegmentProgress) -> bool:
    """Whether the chain goes on from there."""
    return bool(made.made) and not made.shot.complete and not made.refused


def chain_place(item: object) -> str:
    """How far a chain is, and by which draws; "" of anything else."""
    if not isinstance(item, ChunkProgress):
        return ""
    return fingerprint(
        "place",
        take=item.take.fingerprint,
        chunk=[item.chunk.start, item.chunk.stop],
        seed=item.seed,
        retakes=[asdict(each) for each in item.retakes],
        rerolls=[asdict(each) for each in item.rerolls],
        tried=len(item.tried),
        done=[file.fingerprint for file in item.done],
    )


GeneratorActor: Any = ray.remote(max_restarts=0, max_task_retries=0)(GeneratorWorker)
