"""One run on an output folder, from its open orders to a driver on a pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from functools import partial

from jobs.additions import Note, RunAdditions
from jobs.config import RunConfig
from jobs.engine.budget import Budget, budget_of
from jobs.engine.deadlines import Deadlines
from jobs.engine.driver import Driver
from jobs.engine.executor import Executor, Idle
from jobs.engine.phases import Order
from jobs.engine.steering import FREE, Steering
from jobs.engine.tasks import StageSettings
from jobs.output.lease_holder import Lease
from jobs.output.ledger_compaction import compacting
from jobs.output.results_writer import ResultsWriter
from jobs.output.run_file import write_run_file
from jobs.quote.record import cost_known, quoted_run
from jobs.reporting.events import Events
from jobs.reporting.metrics import Meter, MeteredExecutor, Sink, to_nobody
from jobs.reporting.observers import Observers
from jobs.reporting.progress import Progress
from jobs.reporting.replay_bundle import Bundles
from manifests.ledger import Ledger
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSession:
    """One run on an output folder, and all that it is told of and tells."""

    config: RunConfig
    lease: Lease
    run_id: str
    book: ResultsWriter
    steering: Callable[[], Steering]
    events: Events

    def work(
        self,
        executor: Callable[[Workspace], Executor] | None,
        stopping: Callable[[], bool],
        manifests: Sequence[str],
        bases: Sequence[Order],
    ) -> None:
        """Let a driver work on the open orders until they are over, or stopped; `bases` are all of
        the `manifests`, without retakes."""
        out, book, config = self.lease.out, self.book, self.config
        workspace = workplace(self.lease, config)
        workspace.open()
        seen = self.steering()
        idle = all(map(seen.stops, book.open_orders))  # what people stopped needs no cluster
        asked = (lambda: seen) if idle else self.steering
        new_pool = executor or partial(ray_pool, orders=book.open_orders, config=config)
        meter = self._meter(on_ray=executor is None and not idle)
        progress = Progress(jobs=book.rows, settled=book.rows - len(book.open_orders))
        intake = RunAdditions(
            book, bases, manifests, config, self.steering, self._note(meter, progress)
        )
        pool = MeteredExecutor(Idle() if idle else new_pool(workspace), meter)
        quoted, ledger = self._quoted(seen, pool), Ledger(out)
        with closing(workspace), closing(pool), progress, quoted, compacting(ledger):
            driver = Driver(
                pool,
                ledger,
                StageSettings(limits=config.limits, split=config.split),
                self.run_id,
                steering=asked,
                budget=self._budget(ledger),
                deadlines=Deadlines(cost_known(out, config)),
                class_rule=config.class_rule,
                intake=tuple if idle else intake,
            )
            bundles = Bundles(out, config, self.run_id)
            everyone = Observers((book, bundles, self.events, meter, progress))
            try:
                driver.run(book.open_orders, everyone, lambda: self.lease.lost or stopping())
            finally:
                book.write()

    def _quoted(self, seen: Steering, pool: Executor) -> AbstractContextManager[None]:
        return quoted_run(
            self.lease.out,
            [order for order in self.book.open_orders if not seen.stops(order)],
            self.config,
            self.run_id,
            slots=pool.slots(),
            left=lambda: self.book.summary(seen).left,
        )

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


def workplace(lease: Lease, config: RunConfig) -> Workspace:
    return Workspace(
        out=lease.out,
        scratch=config.scratch,
        scratch_bytes=int(config.scratch_gb * 2**30),
        epoch=lease.number,
    )


def ray_pool(workspace: Workspace, orders: Sequence[Order], config: RunConfig) -> Executor:
    from jobs.cluster.actor_pool import PoolSpec, asked_most  # noqa: PLC0415 - as above
    from jobs.cluster.ray_executor import RayExecutor  # noqa: PLC0415 - Ray takes a second; a run with nothing to do has none

    presets = asked_most(order.preset for order in orders)
    pairs = config.pairs if any(preset.lanes for preset in presets) else 0
    crew = PoolSpec(gpus=config.gpus, pairs=pairs, presets=presets, care=config.pool)
    return RayExecutor(
        workspace, address=config.address, crew=crew, metrics_port=config.metrics_port
    )


def ray_sink() -> Sink:
    from jobs.reporting.ray_metrics import RaySink  # noqa: PLC0415 - as above

    return RaySink()
