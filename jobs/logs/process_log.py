"""Where the processes of a run log: each into files of its own, under `OUT/_run/logs`."""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from jobs.logs.fields import fields_bound
from jobs.logs.log_file import LogFile
from jobs.logs.log_upload import LogUpload
from jobs.logs.redaction import Redaction, redaction_here
from jobs.logs.terminal import LogLevel, attached
from manifests.errors import RushesError
from manifests.storage import join, storage_of
from manifests.storage.uri import S3
from pipeline.workspace.scratch import new_desk, require_own, sweep

DRIVER = "driver"
"""The process that says what is done next."""

RUNS_KEPT = 20
"""Runs on an output folder whose logs are kept: the last ones."""

_LAST_S = 10.0
"""How long the end of a run waits until the last lines are stored."""

_SPOOL = "log-"
"""Folders in scratch, one for each process that logs to S3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlan:
    """What all processes of a run know of its log: the run under `out`, when it `began` (as names
    of files tell times), from which level on lines are written, and which environment `variables`
    hold secrets."""

    out: str
    scratch: Path
    run: str
    began: str
    level: LogLevel = "info"
    variables: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        return logs_folder(self.out)

    @property
    def written_in_place(self) -> bool:
        """Whether lines can be appended where they belong; else they are stored now and then."""
        return not self.folder.startswith(S3)

    def stem(self, process: str) -> str:
        """Of the names of a process's files; sorted, they are in the order of the runs."""
        return f"{self.began}-{self.run}-{process}"


class ProcessLog:
    """What this process writes of a run."""

    def __init__(self, plan: LogPlan, process: str, hide: Redaction) -> None:
        self._open = ExitStack()
        here = plan.written_in_place
        folder = Path(plan.folder) if here else self._spool(plan.scratch)
        level = logging.getLevelNamesMapping()[plan.level.upper()]
        file = LogFile(folder, plan.stem(process), plan.run, level, hide)
        self._open.callback(file.close)
        self._open.enter_context(attached(file))
        self._upload = None if here else LogUpload(file, folder, plan.folder)

    def store(self, wait_s: float) -> None:
        """Bring what was written where it belongs; on a file system it is there already."""
        if self._upload is not None:
            self._upload.store(wait_s)

    def close(self) -> None:
        if self._upload is not None:
            self._upload.close(_LAST_S)
        self._open.close()

    def _spool(self, scratch: Path) -> Path:
        require_own(scratch)
        sweep(scratch, _SPOOL)
        return self._open.enter_context(new_desk(scratch, _SPOOL))


_PLAN: ContextVar[LogPlan | None] = ContextVar("rushes_log_plan", default=None)

_HERE: dict[str, ProcessLog | None] = {}
"""The logs of this process by run; None for one that could not be opened."""


def logs_folder(out: str) -> str:
    return join(out, "_run", "logs")


def logs_of(out: str, run: str) -> str:
    """The files of a run's logs as a pattern; "" where there are none."""
    names = (uri.rpartition("/")[2] for uri in storage_of(out).list(logs_folder(out)))
    return join(logs_folder(out), f"*-{run}-*.jsonl") if any(f"-{run}-" in n for n in names) else ""


def plan_now() -> LogPlan | None:
    """The plan of the run that this thread drives."""
    return _PLAN.get()


@contextmanager
def run_logged(plan: LogPlan, urls: tuple[str, ...] = ()) -> Iterator[None]:
    """The driver's log, as long as its run goes; the `urls` of its webhooks are secrets."""
    _remove_old(plan.folder)
    log = _opened(plan, DRIVER, redaction_here(plan.variables, urls))
    _HERE[plan.run] = log
    token = _PLAN.set(plan)
    try:
        with fields_bound(run=plan.run, worker=DRIVER):
            yield
    finally:
        _PLAN.reset(token)
        del _HERE[plan.run]
        if log is not None:
            log.close()


def log_here(plan: LogPlan) -> ProcessLog | None:
    """This process's log of the run, opened when it is first asked for."""
    if plan.run not in _HERE:
        for run in list(_HERE):  # a worker that another run took over
            if (log := _HERE.pop(run)) is not None:
                log.close()
        host = re.sub(r"[^\w.-]", "_", socket.gethostname())
        process = f"{host}-{os.getpid()}-{secrets.token_hex(2)}"  # containers share names and ids
        _HERE[plan.run] = _opened(plan, process, redaction_here(plan.variables))
    return _HERE[plan.run]


def store_logs(wait_s: float) -> None:
    """Store what this process has written so far; waits so long for it."""
    for log in _HERE.values():
        if log is not None:
            log.store(wait_s)


def _opened(plan: LogPlan, process: str, hide: Redaction) -> ProcessLog | None:
    try:
        return ProcessLog(plan, process, hide)
    except (RushesError, OSError):  # no room or right to log: no reason not to work
        return None


def _remove_old(folder: str) -> None:
    """Remove the logs of all but the last runs."""
    with suppress(RushesError, OSError):
        storage = storage_of(folder)
        uris = list(storage.list(folder))
        runs = sorted({_run_in(uri) for uri in uris})
        old = set(runs[: max(0, len(runs) - RUNS_KEPT + 1)])
        for uri in uris:
            if _run_in(uri) in old:
                storage.delete(uri)


def _run_in(uri: str) -> tuple[str, ...]:
    """When a run began, and its id."""
    return tuple(uri.rpartition("/")[2].split("-")[:2])
