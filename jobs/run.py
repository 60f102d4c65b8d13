"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from jobs.attempts import Tally
from jobs.book import NOTHING, ResultBook, Summary
from jobs.budget import budget_of
from jobs.bundles import Bundles
from jobs.config import RunConfig
from jobs.driver import Driver, Observer
from jobs.executor import Executor, Idle
from jobs.instructions import Watch
from jobs.lease import Lease, held
from jobs.orders import orders_of
from jobs.phases import Failed, Finished, Order, Phase
from jobs.progress import Progress
from jobs.quote.keeping import quoted_run
from jobs.runfile import refuse_other_format, write_run_file
from jobs.steering import Steering
from jobs.tasks import StageSettings
from jobs.tidying import tidied
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.problems import Invalid
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

    Waits while another run works on `out`, and takes over when that one is gone. Raises
    `ManifestUnusable` when a manifest cannot be read or `out` or the scratch folder cannot be
    written; a bad row costs only itself. `stopping` is asked between segments.
    """
    config = config or RunConfig()
    preset_named(config.preset, config.presets)
    manifests, out = [absolute(uri) for uri in manifests], absolute(out)
    rows = list(examine(manifests, presets=frozenset(config.presets)))
    refuse_other_format(out)
    with held(out, config.lease_s, stopping) as lease:
        if lease is None:
            return replace(NOTHING, left=len(rows))
        pool = executor or partial(ray_pool, config=config)
        return held_run(rows, manifests, config, lease, pool, stopping)


def held_run(
    rows: Sequence[Job | Invalid],
    manifests: Sequence[str],
    config: RunConfig,
    lease: Lease,
    new_pool: Callable[[Workplace], Executor],
    stopping: Callable[[], bool],
) -> Summary:
    """The run, under its lease; when that is lost, what is in hand ends and nothing is named."""
    out, place, run_id = lease.out, workplace(lease, config), uuid.uuid4().hex[:12]
    write_run_file(out, run_id, manifests, config, rows=len(rows))
    orders = list(orders_of([row for row in rows if isinstance(row, Job)], config))
    book = ResultBook(out, rows, orders, lease.number)
    steering = Watch(out)
    if book.open_orders:
        place.open()
        progress = Progress(jobs=len(rows), settled=len(rows) - len(book.open_orders))
        settings = StageSettings(limits=config.limits, split=config.split)
        seen = steering()
        idle = all(map(seen.stops, book.open_orders))  # what people stopped needs no cluster
        pool = Idle() if idle else new_pool(place)
        quoted = quoted_run(
            out,
            [order for order in book.open_orders if not seen.stops(order)],
            config,
            run_id,
            slots=pool.free(),
            left=lambda: book.summary(seen.held).left,
        )
        with closing(pool), progress, quoted, tidied(Ledger(out)) as ledger:
            asked: Callable[[], Steering] = (lambda: seen) if idle else steering
            budget = budget_of(
                config.budget_gpu_hours, config.budget_usd, config.usd_per_gpu_hour, ledger.read()
            )
            observer = Both(book, Both(Bundles(out, config, run_id), progress))
            driver = Driver(pool, ledger, settings, run_id, asked, budget)
            try:
                driver.run(book.open_orders, observer, lambda: lease.lost or stopping())
            finally:
                book.write()
    elif book.changed or not rows:
        book.write()
    return replace(book.summary(steering().held), taken_over=lease.lost)


def workplace(lease: Lease, config: RunConfig) -> Workplace:
    return Workplace(
        out=lease.out,
        scratch=config.scratch,
        scratch_bytes=int(config.scratch_gb * 2**30),
        epoch=lease.number,
    )


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
