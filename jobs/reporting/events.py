"""What happens in a run: one JSON object a line for programs that watch (docs/events.md), and
sentences about jobs in its log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import (
    Admitted,
    Failed,
    Finished,
    Mastered,
    Order,
    Phase,
    Prepared,
    Shooting,
    Stitched,
    segments_done,
)
from jobs.logs.fields import fields_bound
from jobs.logs.terminal import one_line
from jobs.output.result_rows import STATUS_OF
from manifests.errors import ManifestUnusable

LOGGER = logging.getLogger("rushes.events")
DRIVER_LOG = logging.getLogger("rushes.driver")

STATES: Mapping[type[Phase], str] = {
    Admitted: "admitted",
    Prepared: "prepared",
    Shooting: "shooting",
    Stitched: "stitched",
    Mastered: "mastered",
}
"""What `phase` says in an event `job_moved`: these words are public (docs/events.md). A job that is
over has an event of its own."""


@dataclass(slots=True)
class Events(Observer):
    """Writes each event at once, and hands it to `post`; a sink that fails is told once and left
    alone: no night stops for those who watch it."""

    sink: IO[str] | None
    run_id: str
    post: Callable[[Mapping[str, object]], None] = lambda line: None  # noqa: ARG005 - to nobody
    _moved: dict[str, tuple[str, int, int, float]] = field(default_factory=dict, init=False)

    def tell(self, event: str, **facts: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"event": event, "time": now, "run_id": self.run_id} | facts
        self.post(line)
        if self.sink is None:
            return
        try:
            self.sink.write(one_line(json.dumps(line, ensure_ascii=False)) + "\n")
            self.sink.flush()
        except (OSError, ValueError) as error:  # ValueError: it was closed
            self.sink = None
            LOGGER.warning("events are no longer written: %s", error)

    def job_admitted(self, order: Order) -> None:
        job = order.job
        where = {"row": job.row, "manifest": job.manifest, "preset": order.preset.name}
        self.tell("job_admitted", job_id=job.job_id, **where)

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        """Told when something changed, not at every report."""
        if isinstance(phase, Finished | Failed):
            return
        job_id = phase.order.job.job_id
        done, total = segments_done(phase)
        now = (STATES[type(phase)], done, total, tally.attempts)
        if self._moved.get(job_id) != now:
            self._moved[job_id] = now
            facts = {"phase": now[0], "segments": done, "segments_known": total}
            self.tell("job_moved", job_id=job_id, attempts=tally.attempts, **facts)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        self._moved.pop(phase.order.job.job_id, None)
        facts: dict[str, object] = {"status": "done", "error_code": None, "error_message": None}
        if isinstance(phase, Failed):
            failure = phase.failure
            facts["status"] = STATUS_OF.get(failure.kind, "failed")
            facts |= {"error_code": failure.code, "error_message": failure.message}
        else:
            facts["video_uri"] = phase.published.video.uri
        spent = {"attempts": tally.attempts, "segments_made": tally.segments_made}
        seconds = {name: round(value, 3) for name, value in tally.seconds.items()}
        facts |= spent | {"seconds": seconds, "made_again": list(tally.dropped)}
        self.tell("job_over", job_id=phase.order.job.job_id, **facts)


@contextmanager
def event_sink(to: str | None) -> Iterator[IO[str] | None]:
    """Where events go: a file or a pipe that is added to, or nowhere.

    Raises `ManifestUnusable` when the file cannot be opened.
    """
    if to is None:
        yield None
        return
    try:
        file = open(to, "a", encoding="utf-8")  # noqa: PTH123, SIM115 - closed below
    except OSError as error:
        message = f"the events file {to} cannot be written: {error.strerror}; name another"
        raise ManifestUnusable("events_unwritable", message) from error
    try:
        yield file
    finally:
        with suppress(OSError):
            file.close()


class LogLines(Observer):
    """An observer that logs when a job begins and how it ends; its stages are logged by who
    carries them out."""

    def job_admitted(self, order: Order) -> None:
        job = order.job
        with fields_bound(job=job.job_id):
            DRIVER_LOG.info("begins: row %d of %s as %s", job.row, job.manifest, order.preset.name)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        with fields_bound(job=phase.order.job.job_id):
            if isinstance(phase, Failed):
                failure = phase.failure
                told = (failure.kind, failure.code, failure.message)
                DRIVER_LOG.warning("is over: %s [%s]: %s", *told)
                return
            uri, made = phase.published.video.uri, tally.segments_made
            DRIVER_LOG.info("is done: %s, %d segments rendered", uri, made)
