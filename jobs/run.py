"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from jobs.attempts import Tally
from jobs.book import ResultBook, Summary
from jobs.config import RunConfig
from jobs.driver import Driver, Observer
from jobs.executor import Executor, Idle
from jobs.instructions import Watch
from jobs.orders import orders_of
from jobs.phases import Failed, Finished, Order, Phase
from jobs.progress import Progress
from jobs.quote.keeping import quoted_run
from jobs.runfile import write_run_file
from jobs.steering import Steering
from jobs.tasks import StageSettings
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.storage import absolute
from manifests.validate import examine
from pipeline.presets import preset_named
from pipeline.workplace import Workplace


def run(
    manifests: Sequence[str],
    out: str,
    config: RunConfig | None = None,
    *,
    executor: Callable[[Workplace], Executor] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Summary:
    """Make every row of the manifests into a video under `out`; run again to go on.

    Raises `ManifestUnusable` when a manifest cannot be read or `out` or the scratch folder cannot
    be written; a bad row costs only itself. `stopping` is asked between segments.
    """
    config = config or RunConfig()
    presets = config.presets
    preset_named(config.preset, presets)
    manifests, out = [absolute(uri) for uri in manifests], absolute(out)
    place = workplace(out, config)
    rows = list(examine(manifests, presets=frozenset(presets)))
    run_id = uuid.uuid4().hex[:12]
    write_run_file(out, run_id, manifests, config, rows=len(rows))
    orders = list(orders_of([row for row in rows if isinstance(row, Job)], config))
    book = ResultBook(out, rows, orders)
    steering = Watch(out)
    if book.open_orders:
        place.open()
        progress = Progress(jobs=len(rows), settled=len(rows) - len(book.open_orders))
        settings = StageSettings(limits=config.limits, split=config.split)
        seen = steering()
        idle = all(map(seen.stops, book.open_orders))  # what people stopped needs no cluster
        pool = Idle() if idle else executor(place) if executor else ray_pool(place, config)
        quoted = quoted_run(
            out,
            [order for order in book.open_orders if not seen.stops(order)],
            config,
            run_id,
            slots=pool.free(),
            left=lambda: book.summary(seen.held).left,
        )
        with closing(pool), progress, quoted:
            asked: Callable[[], Steering] = (lambda: seen) if idle else steering
            driver = Driver(pool, Ledger(out), settings, run_id, asked)
            try:
                driver.run(book.open_orders, Both(book, progress), stopping)
            finally:
                book.write()
    elif book.changed or not rows:
        book.write()
    return book.summary(steering().held)


def workplace(out: str, config: RunConfig) -> Workplace:
    scratch_bytes = int(config.scratch_gb * 2**30)
    return Workplace(out=out, scratch=config.scratch, scratch_bytes=scratch_bytes)


def ray_pool(place: Workplace, config: RunConfig) -> Executor:
    from jobs.pool import RayPool  # noqa: PLC0415 - Ray takes a second; a run with nothing to do has none

    return RayPool(place, address=config.address, gpus=config.gpus)


@dataclass(frozen=True, slots=True)
class Both:
    """Tells two observers everything."""

    first: Observer
    second: Observer

    def job_admitted(self, order: Order) -> None:
        self.first.job_admitted(order)
        self.second.job_admitted(order)

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        self.first.job_moved(phase, tally)
        self.second.job_moved(phase, tally)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        self.first.job_over(phase, tally)
        self.second.job_over(phase, tally)

    def tick(self) -> None:
        self.first.tick()
        self.second.tick()
