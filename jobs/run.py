"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from jobs.additions import with_added
from jobs.config import RunConfig
from jobs.console import tell
from jobs.engine.executor import Executor
from jobs.engine.phases import Order
from jobs.orders import orders_of, with_retakes
from jobs.output.approvals import tell_outdated
from jobs.output.instruction_files import steering_of
from jobs.output.lease_holder import Lease, lease_held
from jobs.output.results_writer import NOTHING, ResultsWriter, Summary
from jobs.output.run_file import refuse_no_proof, refuse_other_format, write_run_file
from jobs.reporting.events import Events, event_sink
from jobs.session import RunSession
from jobs.webhooks.payload import secret_of
from jobs.webhooks.sender import couriers
from manifests.job import Job
from manifests.problems import Invalid
from manifests.storage import absolute
from manifests.validate import examine
from pipeline.presets import preset_named
from pipeline.workspace.workspace import Workspace

NAMED = 5
"""Overdue rows that are named; of more, only their number is told."""


def run(
    manifests: Sequence[str],
    out: str,
    config: RunConfig | None = None,
    *,
    executor: Callable[[Workspace], Executor] | None = None,
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
    with lease_held(out, config.lease_s, stopping) as lease:
        if lease is None:
            return replace(NOTHING, left=len(rows))
        return run_holding_lease(rows, manifests, config, lease, executor, stopping)


def run_holding_lease(
    rows: Sequence[Job | Invalid],
    manifests: Sequence[str],
    config: RunConfig,
    lease: Lease,
    executor: Callable[[Workspace], Executor] | None,
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
    book = ResultsWriter(out, rows, orders, lease.number)
    tell_overdue(book.open_orders, datetime.now(UTC))
    secret = secret_of(config.notify, config.notify_secret_env)
    with event_sink(config.events) as sink, couriers(config.notify, secret) as post:
        events = Events(sink, run_id, post)
        events.tell("run_began", out=out, manifests=list(manifests), rows=len(rows))
        sitting = RunSession(
            config=config, lease=lease, run_id=run_id, book=book, steering=steering, events=events
        )
        if book.open_orders:
            sitting.work(executor, stopping, manifests, bases)
        elif book.changed or not rows:
            book.write()
        summary = replace(book.summary(steering()), taken_over=lease.lost)
        events.tell("run_ended", **asdict(summary))
    return summary


def tell_overdue(orders: Iterable[Order], now: datetime) -> None:
    """Say which rows were due before the run began; they are made all the same."""
    names = [o.job.job_id for o in orders if o.job.due is not None and o.job.due < now]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        tell(
            f"{', '.join(names[:NAMED])}{more}: due before this run began; they are made after "
            "what can be in time and before what is due never"
        )
