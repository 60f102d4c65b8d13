"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from jobs.additions import with_added
from jobs.config import RunConfig
from jobs.console import tell
from jobs.engine.executor import Executor
from jobs.engine.phases import Order
from jobs.output.lease_holder import lease_held
from jobs.output.results_writer import NOTHING, Summary
from jobs.output.run_file import refuse_no_proof, refuse_other_format
from jobs.session import RunRequest, RunSession
from jobs.webhooks.payload import secret_of
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
        request = RunRequest(
            rows=rows, manifests=manifests, config=config, executor=executor, stopping=stopping
        )
        session = RunSession.begun(request, lease)
        tell_overdue(session.book.open_orders, datetime.now(UTC))
        return session.run()


def tell_overdue(orders: Iterable[Order], now: datetime) -> None:
    """Say which rows were due before the run began; they are made all the same."""
    names = [o.job.job_id for o in orders if o.job.due is not None and o.job.due < now]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        tell(
            f"{', '.join(names[:NAMED])}{more}: due before this run began; they are made after "
            "what can be in time and before what is due never"
        )
