"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from jobs.attempts import Tally
from jobs.config import RunConfig
from jobs.driver import Driver
from jobs.executor import Executor
from jobs.orders import orders_of
from jobs.outcomes import invalid_result, result_of, settled
from jobs.phases import Failed, Finished, Order, Phase
from jobs.progress import Progress
from jobs.runfile import write_run_file
from jobs.tasks import StageSettings
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.problems import Invalid
from manifests.results import Result, read_results, results_uri, write_results
from manifests.storage import storage_of
from manifests.validate import examine
from pipeline.presets import PRESETS, preset_named
from pipeline.workplace import Workplace

_RESULTS_EVERY_S = 30.0
"""How often results.parquet is brought up to date while a run goes on."""

Place = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How a run ended, in rows. `kept` rows were done by an earlier run; `left` were not
    reached."""

    done: int
    kept: int
    failed: int
    rejected: int
    invalid: int
    left: int

    @property
    def complete(self) -> bool:
        return not (self.failed or self.rejected or self.invalid or self.left)


def run(
    manifests: Sequence[str],
    out: str,
    config: RunConfig | None = None,
    *,
    executor: Callable[[Workplace], Executor] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Summary:
    """Make every row of the manifests into a video under `out`; run again to go on or to do
    nothing.

    Raises `ManifestUnusable` when a manifest cannot be read or `out` cannot be written; a bad row
    costs only itself. `stopping` is asked between segments.
    """
    config = config or RunConfig()
    preset_named(config.preset)
    place = Workplace(out=out, scratch=config.scratch, scratch_bytes=int(config.scratch_gb * 2**30))
    rows = list(examine(manifests, presets=frozenset(PRESETS)))
    run_id = uuid.uuid4().hex[:12]
    write_run_file(out, run_id, manifests, config, rows=len(rows))
    orders = list(orders_of([row for row in rows if isinstance(row, Job)], config))
    book = ResultBook(out, rows, orders)
    progress = Progress(jobs=len(rows), settled=len(rows) - len(book.open_orders))
    if book.open_orders:
        pool = executor(place) if executor else ray_pool(place, config)
        settings = StageSettings(limits=config.limits, split=config.split)
        driver = Driver(pool, Ledger(out), settings, run_id)
        try:
            with progress:
                driver.run(book.open_orders, Both(book, progress), stopping)
        finally:
            book.write()
            pool.close()
    elif book.changed:
        book.write()
    return book.summary()


def ray_pool(place: Workplace, config: RunConfig) -> Executor:
    from jobs.pool import RayPool  # noqa: PLC0415 - Ray takes a second; a run with nothing to do has none

    return RayPool(place, address=config.address, gpus=config.gpus)


def results_so_far(out: str) -> list[Result]:
    """The results that earlier runs wrote, if there were any."""
    written = storage_of(out).stat(results_uri(out)) is not None
    return list(read_results(out)) if written else []


class ResultBook:
    """The results of all rows: kept ones from before, refused rows, and those that end now."""

    def __init__(self, out: str, rows: Sequence[Job | Invalid], orders: Sequence[Order]) -> None:
        self._out = out
        before = {result.job_id: result for result in results_so_far(out)}
        kept = settled(orders, before)
        self._kept = len([r for r in kept.values() if r.status == "done"])
        self._ended = dict(kept)
        self._names = self._names_of(rows, orders)
        self._refused = {
            index: invalid_result(row) for index, row in enumerate(rows) if isinstance(row, Invalid)
        }
        self._started: dict[str, datetime] = {}
        self._written_at = monotonic()
        self.open_orders = [order for order in orders if order.asked not in kept]
        self.changed = [r.job_id for r in self.results()] != list(before)

    @staticmethod
    def _names_of(rows: Sequence[Job | Invalid], orders: Sequence[Order]) -> list[str | None]:
        """For each row the request it became, or None when it was refused."""
        asked = iter(orders)
        return [next(asked).asked if isinstance(row, Job) else None for row in rows]

    def results(self) -> list[Result]:
        """Of all rows that have one by now, in the order of the rows."""
        found = (
            self._refused[index] if name is None else self._ended.get(name)
            for index, name in enumerate(self._names)
        )
        return [result for result in found if result is not None]

    def write(self) -> None:
        write_results(self.results(), self._out)
        self._written_at = monotonic()

    def job_admitted(self, order: Order) -> None:
        self._started[order.asked] = datetime.now(UTC)

    def job_moved(self, phase: Phase) -> None:
        """Only ends are written down here."""

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        asked = phase.order.asked
        self._ended[asked] = result_of(phase, tally, self._started.pop(asked))

    def tick(self) -> None:
        if monotonic() - self._written_at > _RESULTS_EVERY_S:
            self.write()

    def summary(self) -> Summary:
        results = self.results()
        count = dict.fromkeys(("done", "failed", "rejected", "invalid"), 0)
        for result in results:
            count[result.status] += 1
        return Summary(
            done=count["done"] - self._kept,
            kept=self._kept,
            failed=count["failed"],
            rejected=count["rejected"],
            invalid=count["invalid"],
            left=len(self._names) - len(results),
        )


@dataclass(frozen=True, slots=True)
class Both:
    """Tells two observers everything."""

    first: ResultBook
    second: Progress

    def job_admitted(self, order: Order) -> None:
        self.first.job_admitted(order)
        self.second.job_admitted(order)

    def job_moved(self, phase: Phase) -> None:
        self.first.job_moved(phase)
        self.second.job_moved(phase)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        self.first.job_over(phase, tally)
        self.second.job_over(phase, tally)

    def tick(self) -> None:
        self.first.tick()
        self.second.tick()
