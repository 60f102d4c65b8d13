"""The worker's boundary: carries a task out, and turns whatever happens into an outcome."""

from __future__ import annotations

import errno
import gc
import logging
import os
import socket
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, TypeVar

from jobs.engine.phases import Failure
from jobs.logs.task_labels import UNLABELLED, TaskLabels, labelled
from manifests.errors import FailureKind, RushesError, memory_failure
from pipeline.guests.guest import guest_package
from pipeline.stage import Stage
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.worker")

T = TypeVar("T")
Tool = Callable[[Any, Workspace], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one call: the noun that is its `result`, or a `failure`.

    `reused`: the noun was found finished, nothing had to be made. `dropped`: finished files that
    were not as they had been stored.
    """

    result: object | None
    failure: Failure | None
    seconds: float
    worker: str
    host: str
    reused: bool = False
    dropped: tuple[str, ...] = ()


class ToolCache:
    """The tools that a worker has loaded: the one of the recipe it last saw for each stage."""

    def __init__(self) -> None:
        self._tools: dict[str, tuple[Stage[Any, Any], Tool]] = {}

    def tool(self, recipe: Stage[Any, Any]) -> Tool:
        """The recipe's tool; another recipe of the same stage (another preset) takes its place."""
        if recipe.name not in self._tools or self._tools[recipe.name][0] != recipe:
            if self._tools.pop(recipe.name, None) is not None:
                gc.collect()  # let go before the next weights come
            self._tools[recipe.name] = (recipe, recipe.load())
        return self._tools[recipe.name][1]

    def clear(self) -> None:
        """Let go of everything, so that its memory is free."""
        self._tools.clear()
        gc.collect()

    def warm(self, recipe: Stage[Any, Any]) -> None:
        """Load the recipe's tool now; what keeps it from loading is told by its first task."""
        with suppress(RushesError):
            self.tool(recipe)


def execute(
    tools: ToolCache,
    recipe: Stage[Any, Any],
    item: object,
    workspace: Workspace,
    labels: TaskLabels = UNLABELLED,
) -> Outcome:
    """Run one task; whatever happens to it is in the outcome, and in the log of its run."""
    with labelled(labels):
        LOGGER.info("%s begins", recipe.name)
        outcome = _carried_out(tools, recipe, item, workspace)
        _log_end(recipe.name, outcome)
    return outcome


def _carried_out(
    tools: ToolCache, recipe: Stage[Any, Any], item: object, workspace: Workspace
) -> Outcome:
    began = perf_counter()
    workspace = replace(workspace, found=[], dropped=[])
    result, failure = guarded(lambda: tools.tool(recipe)(item, workspace))
    if failure is not None and failure.kind == FailureKind.OUT_OF_MEMORY:
        tools.clear()
    return Outcome(
        result=result,
        failure=failure,
        seconds=round(perf_counter() - began, 3),
        worker=f"{socket.gethostname()}:{os.getpid()}",
        host=socket.gethostname(),
        reused=type(result).__name__ in workspace.found,
        dropped=tuple(workspace.dropped),
    )


def _log_end(stage: str, outcome: Outcome) -> None:
    if (failure := outcome.failure) is not None:
        told = (stage, outcome.seconds, failure.message, failure.code)
        LOGGER.warning("%s failed after %.3f s: %s [%s]", *told)
        return
    how = "found finished" if outcome.reused else "ended"
    LOGGER.info("%s %s after %.3f s", stage, how, outcome.seconds)
    for uri in outcome.dropped:
        LOGGER.warning("%s was not as it had been stored and is made again", uri)


def guarded(call: Callable[[], T]) -> tuple[T | None, Failure | None]:
    """What the call gave, or why it failed; the only place in the program that catches
    everything, but for what other packages bring: the import of a renderer
    (pipeline/guests/guest.py) and the calls of a finisher (brought_finishers.py)."""
    try:
        return call(), None
    except Exception as error:  # noqa: BLE001 - the worker's boundary: a bad row or device must not stop the night
        return None, failure_of(error)


def failure_of(error: Exception) -> Failure:
    """The kind of a failure is the class that says who must act."""
    if not isinstance(error, RushesError):  # ours quote names and scripts, which may say anything
        error = memory_failure(error) or error
    if isinstance(error, RushesError):
        return Failure(kind=_kind(error), code=error.code, message=error.message)
    if isinstance(error, OSError):
        return _of_the_machine(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}"  # noqa: PTH119 - a name, no path
    whose = guest_package(frame.filename for frame in frames) or "the program"
    message = f"{type(error).__name__} at {where}: {error}; this is a fault of {whose}"
    LOGGER.error("a fault of %s at %s", whose, where, exc_info=error)
    return Failure(kind=FailureKind.UNEXPECTED, code="internal_error", message=message)


def _of_the_machine(error: OSError) -> Failure:
    if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return Failure(kind=FailureKind.TRANSIENT, code="machine_error", message=f"{error}")
    message = (
        f"the disk of {socket.gethostname()} is full ({error.filename or 'its scratch folder'}); "
        "free some or name another `scratch`, then run again"
    )
    return Failure(kind=FailureKind.TRANSIENT, code="disk_full", message=message)


def _kind(error: RushesError) -> FailureKind:
    """The class directly below RushesError: `Missing` and `Forbidden` count as `BadInput`."""
    lineage = type(error).__mro__
    name = lineage[lineage.index(RushesError) - 1].__name__
    return FailureKind(name) if name in set(FailureKind) else FailureKind.UNEXPECTED
