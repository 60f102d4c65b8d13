"""The results of all rows of a run: kept from before, refused at once, or ended now."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from time import monotonic

from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished, Order
from jobs.engine.steering import RejectedVideo, Steering
from jobs.output.result_rows import invalid_result, result_of, settled, to_be_signed
from jobs.output.result_spool import ResultSpool
from jobs.output.reviews import as_made, reviewed
from manifests.errors import BadInput, Preempted, Transient
from manifests.job import Job
from manifests.lease import UNFENCED
from manifests.problems import Invalid
from manifests.results import (
    Result,
    read_results,
    results_uri,
    results_version,
    write_results,
)
from manifests.storage import storage_of

LOGGER = logging.getLogger("rushes.results")

_EVERY_S = 30.0
"""How often results.parquet is brought up to date while a run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a run ended, in rows. `kept` rows were done by an earlier run; people `cancelled` or
    `held` some; `left` were not reached."""

    done: int
    kept: int
    failed: int
    rejected: int
    invalid: int
    left: int
    cancelled: int = 0
    held: int = 0
    unapproved: int = 0
    """Nobody approved them in the proof that the run was given, as they are now."""

    erased: int = 0
    """All that was made of them was erased; they are not made again."""

    taken_over: bool = False
    """Another run has the output folder now; it goes on with what is left."""

    @property
    def complete(self) -> bool:
        stopped = self.cancelled or self.held or self.unapproved or self.taken_over or self.erased
        return not (self.failed or self.rejected or self.invalid or stopped or self.left)


NOTHING = Summary(done=0, kept=0, failed=0, rejected=0, invalid=0, left=0)
"""Of a run without rows."""


def results_so_far(out: str) -> list[Result]:
    """The results that earlier runs wrote, if there were any, as the runs made them, whatever
    people said of them; none, and a word, where they are damaged: the next run makes them anew."""
    return list(map(as_made, results_as_told(out)))


def results_as_told(out: str) -> list[Result]:
    """The same with what people said of the videos until they were written."""
    if storage_of(out).stat(results_uri(out)) is None:
        return []
    try:
        return list(read_results(out))
    except BadInput as error:
        if error.code != "results_damaged":
            raise
        LOGGER.warning("%s", error.message)
        return []


def results_by_job(out: str) -> dict[str, Result]:
    """The results of earlier runs; of rows with the same job id the first one counts, the others
    were refused for it."""
    found: dict[str, Result] = {}
    for result in results_so_far(out):
        found.setdefault(result.job_id, result)
    return found


class ResultsWriter(Observer):
    """Knows which orders are still open, and keeps results.parquet true.

    `rejections` tells which videos people did not take: the file says so, and nothing else changes.
    Rows of earlier runs that are not in these manifests stay in the results, behind the others.
    """

    def __init__(
        self,
        out: str,
        rows: Sequence[Job | Invalid],
        orders: Sequence[Order],
        epoch: int = UNFENCED,
        *,
        signs: bool = False,
        rejections: Callable[[], Mapping[str, RejectedVideo]] = dict,
    ) -> None:
        self._out = out
        self._rejections = rejections
        self._signs = signs
        self._epoch = epoch
        self._version = results_version(out)
        self._told = results_as_told(out)
        self._before = list(map(as_made, self._told))
        self._kept: set[str] = set()
        self._ended = ResultSpool(())
        self._rows = 0
        self._refused: dict[int, Result] = {}
        self._mine: set[str] = set()
        self._ids: set[str] = set()
        self._others = list(self._before)
        self._was_done = {r.job_id: r for r in self._before if r.status == "done"}
        self._started: dict[str, datetime] = {}
        self._written_at = monotonic()
        self.open_orders: list[Order] = []
        self.add(rows, orders, self.settled(orders))

    def settled(self, orders: Sequence[Order]) -> dict[str, Result]:
        """What earlier runs left that still answers these orders; looks at the files."""
        before = {r.fingerprint: r for r in self._before if r.fingerprint}
        again = to_be_signed(self._out, self._before) if self._signs else frozenset()
        return settled(orders, before, again)

    def add(
        self,
        rows: Sequence[Job | Invalid],
        orders: Sequence[Order],
        kept: Mapping[str, Result],
    ) -> list[Order]:
        """Add rows behind the present ones, and return the orders among them that are still open.

        `kept` holds the results of rows that an earlier run finished.
        """
        each_order = iter(orders)
        self._ended.extend(
            [next(each_order).request_id if isinstance(r, Job) else None for r in rows]
        )
        for name, result in kept.items():
            self._ended.put(name, result)
        self._kept |= {name for name, result in kept.items() if result.status == "done"}
        for index, row in enumerate(rows, self._rows):
            if isinstance(row, Invalid):
                self._refused[index] = invalid_result(row)
        self._rows += len(rows)
        self._mine |= {row.job_id for row in rows}
        self._ids |= {row.job_id.lower() for row in rows}
        self._others = self._of_others(self._others)
        new = [order for order in orders if order.request_id not in kept]
        self.open_orders += new
        return new

    def knows(self, job_id: str) -> bool:
        """Whether a row has this id; upper and lower case count as the same."""
        return job_id.lower() in self._ids

    def over(self, order: Order) -> bool:
        return order.request_id in self._ended

    def renew(self, old: Order, new: Order) -> str:
        """A row whose result is there is asked for otherwise; what it was: `kept` or a status."""
        was = "kept" if old.request_id in self._kept else self._ended[old.request_id].status
        self._ended.rename(old.request_id, new.request_id)
        self._kept.discard(old.request_id)
        self.open_orders = [each for each in self.open_orders if each.request_id != old.request_id]
        self.open_orders.append(new)
        return was

    @property
    def rows(self) -> int:
        """Of the run, whatever becomes of them."""
        return self._rows

    @property
    def rows_of_others(self) -> int:
        """Of earlier runs, which are not in the manifests of this one."""
        return len(self._others)

    @property
    def changed(self) -> bool:
        """Whether results.parquet would say something else than it does."""
        return list(map(_timeless, self._all())) != list(map(_timeless, self._told))

    def results(self) -> Iterator[Result]:
        """Of all rows that have one by now, in the order of the rows."""
        return self._ended.rows(self._refused)

    def write(self) -> None:
        """Write the results; those of a run that was taken over are the other run's to write.

        A run that was taken over may have added rows of another manifest before it knew: they stay.
        """
        with suppress(Preempted):
            while not write_results(
                self._all(), self._out, expected=self._version, epoch=self._epoch
            ):
                self._version = results_version(self._out)
                self._others = self._of_others(results_so_far(self._out))
            self._version = results_version(self._out)
        self._written_at = monotonic()

    def job_admitted(self, order: Order) -> None:
        self._started[order.request_id] = datetime.now(UTC)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        request_id = phase.order.request_id
        result = result_of(phase, tally, self._started.pop(request_id))
        stale = self._was_done.get(result.job_id)
        if isinstance(phase, Failed) and stale is not None:
            message = f"{result.error_message} {stale.video_uri} is of an earlier request."
            result = replace(result, error_message=message)
        self._ended.put(request_id, result)

    def tick(self) -> None:
        if monotonic() - self._written_at > _EVERY_S:
            self._written_at = monotonic()
            try:
                self.write()
            except Transient:  # storage is in trouble: the next tick or the end will do
                return

    def summary(self, steering: Steering) -> Summary:
        """How the run ended when this is what people want."""
        count, kept = Counter[str](), 0
        for result in self.results():
            status = reviewed(result, steering.rejections).status
            count[status] += 1
            kept += status == "done" and result.fingerprint in self._kept
        unended = [order for order in self.open_orders if order.request_id not in self._ended]
        asleep = [order for order in unended if steering.holds(order)]
        held = sum(order.job.job_id in steering.held for order in asleep)
        return Summary(
            done=count["done"] - kept,
            kept=kept,
            failed=count["failed"],
            rejected=count["rejected"],
            invalid=count["invalid"],
            left=self._rows - count.total() - len(asleep),
            cancelled=count["cancelled"],
            erased=count["erased"],
            held=held,
            unapproved=len(asleep) - held,
        )

    def _of_others(self, results: Iterable[Result]) -> list[Result]:
        return [r for r in results if r.job_id not in self._mine and r.fingerprint]

    def _all(self) -> Iterator[Result]:
        rejections = self._rejections()
        return (reviewed(result, rejections) for result in chain(self.results(), self._others))


def _timeless(result: Result) -> Result:
    return replace(result, started=None, finished=None)
