"""One run on an output folder, from its rows to its summary."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Self

from jobs.additions import RunAdditions
from jobs.config import RunConfig
from jobs.engine.budget import Budget, budget_of
from jobs.engine.driver import Driver
from jobs.engine.executor import Executor, Idle
from jobs.engine.observer import Observers
from jobs.engine.phases import Order
from jobs.engine.steering import FREE, Steering
from jobs.engine.tasks import StageSettings
from jobs.keeping.clean import cleaned, log_cleaning
from jobs.orders import as_wanted, orders_of
from jobs.output.approvals import tell_outdated
from jobs.output.consent_gate import Clock, ConsentGate, utc_now
from jobs.output.erasures import erased_now
from jobs.output.instruction_files import steering_of
from jobs.output.lease_holder import Lease
from jobs.output.own_names import apart_from, names_in_output, with_own_names
from jobs.output.package_records import write_package
from jobs.output.refused_versions import RefusedVersions
from jobs.output.results_writer import ResultsWriter, Summary
from jobs.output.run_file import write_run_file
from jobs.output.titles import write_titles
from jobs.quote.finish_history import paces_of
from jobs.quote.record import cost_known, quoted_run
from jobs.report.keeper import ReportKeeper
from jobs.report.write import ReportWriter
from jobs.reporting.events import Events, LogLines, event_sink
from jobs.reporting.metrics import Meter, MeteredExecutor, Sink, to_nobody
from jobs.reporting.progress import Progress
from jobs.reporting.replay_bundle import Bundles
from jobs.webhooks.payload import secret_of
from jobs.webhooks.sender import webhook_senders
from manifests.errors import RushesError
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.problems import Invalid
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.run")

COMPACTED_EVERY_S = 120.0
"""So that the ledger of a long night stays in few files."""

AT_THE_END = 32
"""Loose files from which on the ledger is compacted when a run ends."""

NewExecutor = Callable[[Workspace], Executor]
"""Makes what carries out the tasks of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run is asked for: all rows of the manifests, made with these settings.

    `executor` None: on Ray. `stopping` is asked between segments, `clock` whether consents hold.
    """

    rows: Sequence[Job | Invalid]
    manifests: Sequence[str]
    config: RunConfig
    executor: NewExecutor | None
    stopping: Callable[[], bool]
    clock: Clock = utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSession:
    """One run on an output folder, under its lease; when that is lost, what is in hand ends and
    nothing is named any more. `bases` are the orders of all valid rows, without retakes."""

    request: RunRequest
    lease: Lease
    run_id: str
    bases: Sequence[Order]
    results: ResultsWriter
    steering: Callable[[], Steering]
    report: ReportKeeper

    @classmethod
    def begun(cls, request: RunRequest, lease: Lease, run_id: str) -> Self:
        """Writes down what runs before anything else, then finds what is still open."""
        out, config = lease.out, request.config
        write_run_file(out, run_id, request.manifests, config, rows=len(request.rows))
        taken = partial(names_in_output, out, {row.job_id for row in request.rows})
        rows = apart_from(with_own_names(request.rows, config), taken, config)
        steering = steering_of(out, config.approved)
        bases = list(orders_of([row for row in rows if isinstance(row, Job)], config))
        orders = [as_wanted(base, steering()) for base in bases]
        tell_outdated(orders, steering())
        return cls(
            request=request,
            lease=lease,
            run_id=run_id,
            bases=bases,
            results=ResultsWriter(
                out,
                rows,
                orders,
                lease.number,
                signs=config.signing.signs,
                rejections=lambda: steering().rejections,
            ),
            steering=steering,
            report=ReportKeeper(ReportWriter(out, lease.number)),
        )

    @property
    def config(self) -> RunConfig:
        return self.request.config

    def run(self) -> Summary:
        """Work on what is open until it is over, or stopped."""
        rows, manifests = self.results.rows, self.request.manifests
        self._write_down(manifests)
        with self._events() as events:
            events.tell("run_began", out=self.lease.out, manifests=list(manifests), rows=rows)
            LOGGER.info("begins: %d rows, %d of them open", rows, len(self.results.open_orders))
            if self.results.open_orders:
                self._work(events)
            elif self.results.changed or not rows:
                self.results.write()
            if self.config.report:
                self.report.finish()
            self._tidy()
            summary = replace(self.results.summary(self.steering()), taken_over=self.lease.lost)
            write_package(self.lease.out, self.lease.number, self.config.signing)
            write_titles(self.lease.out, self.lease.number, self.config.signing)
            events.tell("run_ended", **asdict(summary))
            LOGGER.info("ends: %s", summary)
        return summary

    def _work(self, events: Events) -> None:
        """Let a driver work on the open orders."""
        out, results, config = self.lease.out, self.results, self.config
        workspace = self._workspace()
        workspace.open()
        seen, rights = self.steering(), self._rights()
        idle = all(  # what people stopped, or may not be made, needs no cluster
            seen.stops(order) or rights.refusal(order, None) for order in results.open_orders
        )
        on_ray = self.request.executor is None and not idle
        meter, progress = self._meter(on_ray=on_ray), self._progress()
        additions = self._additions(meter, progress)
        pool = MeteredExecutor(Idle() if idle else self._executor(workspace), meter)
        ledger = Ledger(out)
        quoted = quoted_run(
            out,
            [order for order in results.open_orders if not seen.stops(order)],
            config,
            self.run_id,
            slots=pool.slots(),
            left=lambda: results.summary(seen).left,
        )
        with closing(workspace), closing(pool), progress, quoted as quote, compacting(ledger):
            driver = Driver(
                pool,
                ledger,
                StageSettings(
                    limits=config.limits,
                    split=config.split,
                    delivery=config.delivery,
                    consents=config.consent_rules,
                    acceptance=config.acceptance,
                    backbones=config.brought,
                    paces=paces_of((out, *config.history)),
                ),
                self.run_id,
                steering=(lambda: seen) if idle else self.steering,
                budget=self._budget(ledger),
                cost_of=cost_known(out, config),
                class_rule=config.class_rule,
                additions=tuple if idle else additions,
                rights=rights,
            )
            bundles = Bundles(out, config, self.run_id)
            versions = RefusedVersions(out, config.acceptance.gates, self.lease.number)
            told = (LogLines(), results, bundles, versions, events, meter, progress, quote)
            observers = Observers((*told, self.report) if config.report else told)
            try:
                driver.run(results.open_orders, observers, self._stopping)
            finally:
                results.write()

    def _write_down(self, manifests: Sequence[str]) -> None:
        rows, others = self.results.rows, self.results.rows_of_others
        out, config = self.lease.out, self.config
        write_run_file(out, self.run_id, manifests, config, rows=rows, rows_of_others=others)

    def _rights(self) -> ConsentGate:
        erased = erased_now(self.lease.out).flag_of
        return ConsentGate(self.config.consent_rules, self.request.clock, erased)

    def _tidy(self) -> None:
        """Let finished work go where the settings say how long it is kept; the default is for
        `rushes clean` alone. Trouble with it costs no row."""
        if "keep_work" not in self.config.model_fields_set or self._stopping():
            return
        try:
            log_cleaning(cleaned(self.lease.out, self.config.keep_work, self.lease))
        except RushesError as error:
            LOGGER.warning("finished work is not let go of: %s", error.message)

    def _stopping(self) -> bool:
        return self.lease.lost or self.request.stopping()

    @contextmanager
    def _events(self) -> Iterator[Events]:
        config = self.config
        secret = secret_of(config.notify, config.notify_secret_env)
        with event_sink(config.events) as sink, webhook_senders(config.notify, secret) as post:
            yield Events(sink, self.run_id, post)

    def _workspace(self) -> Workspace:
        return Workspace(
            out=self.lease.out,
            scratch=self.config.scratch,
            scratch_bytes=int(self.config.scratch_gb * 2**30),
            epoch=self.lease.number,
        )

    def _executor(self, workspace: Workspace) -> Executor:
        new = self.request.executor or partial(
            ray_executor, orders=self.results.open_orders, config=self.config
        )
        return new(workspace)

    def _progress(self) -> Progress:
        rows = self.results.rows
        return Progress(jobs=rows, settled=rows - len(self.results.open_orders))

    def _meter(self, *, on_ray: bool) -> Meter:
        before = self.results.summary(FREE)
        counts = {"kept": before.kept, "invalid": before.invalid}
        return Meter(ray_sink() if on_ray else to_nobody, len(self.results.open_orders), counts)

    def _additions(self, meter: Meter, progress: Progress) -> RunAdditions:
        def note(manifests: Sequence[str], grown: Mapping[str, int]) -> None:
            meter.more(grown)
            progress.more(grown)
            self._write_down(manifests)

        return RunAdditions(
            self.results, self.bases, self.request.manifests, self.config, self.steering, note
        )

    def _budget(self, ledger: Ledger) -> Budget:
        config, used = self.config, ledger.read()
        return budget_of(config.budget_gpu_hours, config.budget_usd, config.usd_per_gpu_hour, used)


@contextmanager
def compacting(ledger: Ledger) -> Iterator[Ledger]:
    """The ledger, compacted every `COMPACTED_EVERY_S` on a thread; trouble with it stops no
    night."""
    over = threading.Event()
    thread = threading.Thread(target=_compact_now_and_then, args=(ledger, over), daemon=True)
    thread.start()
    try:
        yield ledger
    finally:
        over.set()
        thread.join()
        with suppress(RushesError):
            ledger.compact(AT_THE_END)


def _compact_now_and_then(ledger: Ledger, over: threading.Event) -> None:
    while not over.wait(COMPACTED_EVERY_S):
        with suppress(RushesError):
            ledger.compact()


def ray_executor(workspace: Workspace, orders: Sequence[Order], config: RunConfig) -> Executor:
    """Ray takes a second to load; a run with nothing to do needs none."""
    from jobs.cluster.actor_pool import PoolSpec, asked_most  # noqa: PLC0415 - loads Ray
    from jobs.cluster.ray_executor import RayExecutor  # noqa: PLC0415 - loads Ray

    presets = asked_most(order.preset for order in orders)
    pairs = config.pairs if any(preset.lanes for preset in presets) else 0
    spec = PoolSpec(gpus=config.gpus, pairs=pairs, presets=presets, health=config.pool)
    address, port = config.address, config.metrics_port
    return RayExecutor(workspace, address=address, spec=spec, metrics_port=port)


def ray_sink() -> Sink:
    from jobs.reporting.ray_metrics import RaySink  # noqa: PLC0415 - loads Ray

    return RaySink()
