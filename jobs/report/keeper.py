"""Keeps the report true while a run goes on, on a thread of its own, and at its end."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

from jobs.engine.observer import Observer
from jobs.report.write import ReportWriter

LOGGER = logging.getLogger("rushes.report")

EVERY_S = 60.0

SHARE = 20
"""It is written at most for one part in so many of a run's time: that of a large night takes
seconds, which the driver's other threads wait for."""

PICTURES_S = 20.0
"""In which pictures and curves are made each time: the driver's machine has other work."""

LAST_PICTURES_S = 120.0
"""The same at the end; `rushes report` makes the others."""


class ReportKeeper(Observer):
    """Writes the report of a run; whatever goes wrong with that is told, and costs no row."""

    def __init__(self, writer: ReportWriter, every_s: float = EVERY_S) -> None:
        self._writer = writer
        self._every_s = every_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._future: Future[None] | None = None
        self._asked_at = monotonic()
        self._took_s = 0.0

    def tick(self) -> None:
        if monotonic() - self._asked_at < max(self._every_s, SHARE * self._took_s):
            return
        if self._future is None or self._future.done():
            self._ask(PICTURES_S)

    def finish(self) -> None:
        """Write it for the last time, and wait for it."""
        with self._thread:
            self._ask(LAST_PICTURES_S)
            if self._future is not None:
                self._future.exception()

    def _ask(self, pictures_s: float) -> None:
        self._asked_at = monotonic()
        self._future = self._thread.submit(self._write, pictures_s)
        self._future.add_done_callback(tell_trouble)

    def _write(self, pictures_s: float) -> None:
        begun = monotonic()
        self._writer.write(lambda: monotonic() > begun + pictures_s)
        self._took_s = monotonic() - begun


def tell_trouble(future: Future[None]) -> None:
    error = future.exception()
    if error is not None:
        LOGGER.warning("the report was not written: %s: %s", type(error).__name__, error)
