"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial

from jobs.approving import tell_outdated
from jobs.book import NOTHING, ResultBook, Summary
from jobs.budget import Budget, budget_of
from jobs.bundles import Bundles
from jobs.config import RunConfig
from jobs.courier import couriers
from jobs.deadlines import Deadlines
from jobs.driver import Driver
from jobs.events import Events, event_sink
from jobs.everyone import Everyone
from jobs.executor import Executor, Idle
from jobs.instructions import steering_of
from jobs.intake import Intake, Note, with_added
from jobs.lease import Lease, held
from jobs.measured import Measured
from jobs.metrics import Meter, Sink, to_nobody
from jobs.notices import secret_of
from jobs.orders import orders_of, with_retakes
from jobs.overdue import tell_overdue
from jobs.phases import Order
from jobs.progress import Progress
from jobs.quote.keeping import cost_known, quoted_run
from jobs.runfile import refuse_no_proof, refuse_other_format, write_run_file
from jobs.steering import FREE, Steering
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
    secret_of(config.notify, config.notify_secret_env)
    out = absolute(out)
    manifests = with_added(out, [absolute(uri) for uri in manifests])
    rows = list(examine(manifests, presets=frozenset(config.presets)))
    refuse_other_format(out)
    refuse_no_proof(config.approved, out)
    with held(out, config.lease_s, stopping) as lease:
        if lease is None:
            return replace(NOTHING, left=len(rows))
        return held_run(rows, manifests, config, lease, executor, stopping)


def held_run(
    rows: Sequence[Job | Invalid],
    manifests: Sequence[str],
    config: RunConfig,
    lease: Lease,
    executor: Callable[[Workplace], Executor] | None,
    stopping: Callable[[], bool],
) -> Summary:
    """The run, under its lease; when that is lost, what is in hand ends and nothing is named."""
    out, run_id = lease.out, uuid.uuid4().hex[:12]
    write_run_file(out, run_id, manifests, config, rows=len(rows))
    steering = steering_of(out, config.approved)
    jobs = [row for row in rows if isinstance(row, Job)]
    bases = list(orders_of(jobs, config))
    orders = [with_retakes(b, steering().retakes.get(b.job.job_id, ())) for b in bases]
    tell_outdated(orders, steering())
    book = ResultBook(out, rows, orders, lease.number)
    tell_overdue(book.open_orders, datetime.now(UTC))
    secret = secret_of(config.notify, config.notify_secret_env)
    with event_sink(config.events) as sink, couriers(config.notify, secret) as post:
        events = Events(sink, run_id, post)
        events.tell("run_began", out=out, manifests=list(manifests), rows=len(rows))
        sitting = Sitting(
            config=config, lease=lease, run_id=run_id, book=book, steering=steering, events=events
        )
        if book.open_orders:
            sitting.work(executor, stopping, manifests, bases)
        elif book.changed or not rows:
            book.write()
        summary = replace(book.summary(steering()), taken_over=lease.lost)
        events.tell("run_ended", **asdict(summary))
    return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One run on an output folder, and all that it is told of and tells."""

    config: RunConfig
    lease: Lease
    run_id: str
    book: ResultBook
    steering: Callable[[], Steering]
    events: Events

    def work(
        self,
        executor: Callable[[Workplace], Executor] | None,
        stopping: Callable[[], bool],
        manifests: Sequence[str],
        bases: Sequence[Order],
    ) -> None:
        """Let a driver work on the open orders until they are over, or stopped; `bases` are all of
        the `manifests`, without retakes."""
        out, book, config = self.lease.out, self.book, self.config
        place = workplace(self.lease, config)
        place.open()
        seen = self.steering()
        idle = all(map(seen.stops, book.open_orders))  # what people stopped needs no cluster
        asked = (lambda: seen) if idle else self.steering
        new_pool = executor or partial(ray_pool, orders=book.open_orders, config=config)
        meter = self._meter(on_ray=executor is None and not idle)
        progress = Progress(jobs=book.rows, settled=book.rows - len(book.open_orders))
        intake = Intake(book, bases, manifests, config, self.steering, self._note(meter, progress))
        pool = Measured(Idle() if idle else new_pool(place), meter)
        quoted = quoted_run(
            out,
            [order for order in book.open_orders if not seen.stops(order)],
            config,
            self.run_id,
            slots=pool.slots(),
            left=lambda: book.summary(seen).left,
        )
        with closing(pool), progress, quoted, tidied(Ledger(out)) as ledger:
            driver = Driver(
                pool,
                ledger,
                StageSettings(limits=config.limits, split=config.split),
                self.run_id,
                steering=asked,
                budget=self._budget(ledger),
                deadlines=Deadlines(cost_known(out, config)),
                intake=tuple if idle else intake,
            )
            everyone = Everyone(
                (book, Bundles(out, config, self.run_id), self.events, meter, progress)
            )
            try:
                driver.run(book.open_orders, everyone, lambda: self.lease.lost or stopping())
            finally:
                book.write()

    def _note(self, meter: Meter, progress: Progress) -> Note:
        def note(manifests: Sequence[str], grown: Mapping[str, int]) -> None:
            meter.more(grown)
            progress.more(grown)
            write_run_file(self.lease.out, self.run_id, manifests, self.config, rows=self.book.rows)

        return note

    def _meter(self, *, on_ray: bool) -> Meter:
        before = self.book.summary(FREE)
        seen = {"kept": before.kept, "invalid": before.invalid}
        return Meter(ray_sink() if on_ray else to_nobody, len(self.book.open_orders), seen)

    def _budget(self, ledger: Ledger) -> Budget:
        limits = self.config
        return budget_of(
            limits.budget_gpu_hours, limits.budget_usd, limits.usd_per_gpu_hour, ledger.read()
        )


def workplace(lease: Lease, config: RunConfig) -> Workplace:
    return Workplace(
        out=lease.out,
        scratch=config.scratch,
        scratch_bytes=int(config.scratch_gb * 2**30),
        epoch=lease.number,
    )


def ray_pool(place: Workplace, orders: Sequence[Order], config: RunConfig) -> Executor:
    from jobs.pool import RayPool  # noqa: PLC0415 - Ray takes a second; a run with nothing to do has none
    from jobs.staff import Crew, asked_most  # noqa: PLC0415 - as above

    presets = asked_most(order.preset for order in orders)
    pairs = config.pairs if any(preset.lanes for preset in presets) else 0
    crew = Crew(gpus=config.gpus, pairs=pairs, presets=presets, care=config.pool)
    return RayPool(place, address=config.address, crew=crew, metrics_port=config.metrics_port)


def ray_sink() -> Sink:
    from jobs.ray_metrics import RaySink  # noqa: PLC0415 - as above

    return RaySink()
