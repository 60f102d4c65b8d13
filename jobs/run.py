"""The main job: from manifests to videos and their results, as often as it takes."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from jobs.additions import with_added
from jobs.config import RunConfig
from jobs.engine.executor import Executor
from jobs.engine.phases import Order
from jobs.logs.process_log import LogPlan, run_logged
from jobs.logs.terminal import told_on_terminal
from jobs.output.consent_gate import Clock, utc_now
from jobs.output.lease_holder import lease_held
from jobs.output.results_writer import NOTHING, Summary
from jobs.output.run_file import refuse_no_proof, refuse_other_format
from jobs.session import RunRequest, RunSession
from jobs.webhooks.payload import secret_of
from manifests.storage import absolute
from manifests.validate import examine
from pipeline.delivery.provenance.signed_files import refuse_signing
from pipeline.delivery.watermark.payload import watermark_key
from pipeline.guests.guest import refused_guests
from pipeline.preset_warnings import licence_warning
from pipeline.presets import CARRIED, preset_named
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.overdue")

NAMED = 5
"""Overdue rows that are named; of more, only their number is told."""


def run(
    manifests: Sequence[str],
    out: str,
    config: RunConfig | None = None,
    *,
    executor: Callable[[Workspace], Executor] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    clock: Clock = utc_now,
) -> Summary:
    """Make every row of the manifests into a video under `out`; run again to go on.

    Waits while another run works on `out`, and takes over when that one is gone. Raises
    `ManifestUnusable` when a manifest cannot be read or `out` or the scratch folder cannot be
    written; a bad row costs only itself. `stopping` is asked between segments, and `clock` whether
    consents hold.
    """
    config, out = config or RunConfig(), absolute(out)
    with told_on_terminal(config.log_level):
        refuse_settings(config)
        manifests = with_added(out, [absolute(uri) for uri in manifests])
        rows = list(examine(manifests, config.known_names))
        refuse_other_format(out)
        refuse_no_proof(config.approved, out)
        request = RunRequest(
            rows=rows,
            manifests=manifests,
            config=config,
            executor=executor,
            stopping=stopping,
            clock=clock,
        )
        return _run(request, out)


def refuse_settings(config: RunConfig) -> None:
    """Raises `ManifestUnusable` for a preset, a webhook's secret or a register of consents that is
    not there or is none, and for what cannot sign."""
    preset_named(config.preset, config.presets)
    config.consent_rules.read()
    secret_of(config.notify, config.notify_secret_env)
    watermark_key(config.watermark_key_env)
    refuse_signing(config.signing, datetime.now(UTC), required=config.require_signing)


def _run(request: RunRequest, out: str) -> Summary:
    """Under the lease of the output folder."""
    config = request.config
    with lease_held(out, config.lease_s, request.stopping) as lease:
        if lease is None:
            return replace(NOTHING, left=len(request.rows))
        plan = log_plan(out, config)
        with run_logged(plan, config.notify):
            session = RunSession.begun(request, lease, plan.run)
            tell_overdue(session.results.open_orders, datetime.now(UTC))
            tell_licences(session.results.open_orders)
            tell_refused_guests()
            return session.run()


def log_plan(out: str, config: RunConfig) -> LogPlan:
    """Of a run that begins now."""
    return LogPlan(
        out=out,
        scratch=config.scratch,
        run=uuid.uuid4().hex[:12],
        began=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        level=config.log_level,
        variables=(config.notify_secret_env, config.watermark_key_env, *config.signing.variables),
    )


def tell_refused_guests() -> None:
    """Renderers of other packages whose names nobody can ask for."""
    for sentence in refused_guests(CARRIED):
        LOGGER.warning("%s", sentence)


def tell_licences(orders: Iterable[Order]) -> None:
    """Say once of which weights nobody told the licence; each row says it too."""
    told = {order.preset.name: licence_warning(order.preset) for order in orders}
    for text in (text for texts in told.values() for text in texts):
        logging.getLogger("rushes.licences").warning("%s", text.partition(": ")[2])


def tell_overdue(orders: Iterable[Order], now: datetime) -> None:
    """Say which rows were due before the run began; they are made all the same."""
    names = [o.job.job_id for o in orders if o.job.due is not None and o.job.due < now]
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        LOGGER.warning(
            "%s%s: due before this run began; they are made after what can be in time and before "
            "what is due never",
            ", ".join(names[:NAMED]),
            more,
        )
