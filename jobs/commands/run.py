"""`rushes run`: every row of the manifests into a finished video."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jobs.config import RunConfig
from jobs.console import (
    ALL_DONE,
    SOME_NOT_DONE,
    Consents,
    GracefulStop,
    Manifests,
    RequireConsent,
    say,
    warn_of_columns,
)
from jobs.output.results_writer import NOTHING, Summary
from jobs.run import run
from jobs.settings_file import load_config
from manifests.storage import absolute

# The flags

OutPrefix = Annotated[str, typer.Option(help="Folder or s3:// prefix for all that is made.")]
DefaultPreset = Annotated[str | None, typer.Option(help="For rows that name none.")]
Proof = Annotated[
    bool | None, typer.Option("--proof", help="Make all rows as animatics, to be approved.")
]
Approved = Annotated[
    str | None, typer.Option(help="Output of a proof: make only the rows approved there.")
]
Gpus = Annotated[
    int | None, typer.Option(help="Generators on GPUs; default all, 0 for CPUs.", min=0)
]
Address = Annotated[str | None, typer.Option(help="Ray cluster; default: one of our own.")]
BudgetHours = Annotated[
    float | None, typer.Option(help="Begin no row that would take the run beyond it.")
]
BudgetUsd = Annotated[
    float | None, typer.Option(help="The same in money; needs usd_per_gpu_hour in the settings.")
]
Events = Annotated[
    str | None, typer.Option(help="File or pipe that gets a line of JSON for each event.")
]
Notify = Annotated[
    list[str] | None,
    typer.Option(help="Webhook that is told of the run; may be given several times."),
]
MetricsPort = Annotated[
    int | None, typer.Option(help="Port of this machine where Prometheus reads how the run goes.")
]
RequireSigning = Annotated[
    bool | None,
    typer.Option("--require-signing", help=r"Refuse to run without a key in \[signing]."),
]
LeastLevel = Annotated[
    str | None,
    typer.Option(help="Least level of what is told and logged: debug, info, warning, error."),
]
GateFiles = Annotated[
    list[Path] | None,
    typer.Option(
        help="File of thresholds, before the carried ones; what fails them is drawn again "
        r"within \[rerolls] of the settings (docs/quality.md)."
    ),
]
SettingsFile = Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")]


def run_command(  # noqa: PLR0913, PLR0917  the flags
    manifests: Manifests,
    out: OutPrefix,
    preset: DefaultPreset = None,
    proof: Proof = None,
    approved: Approved = None,
    gpus: Gpus = None,
    address: Address = None,
    budget_gpu_hours: BudgetHours = None,
    budget_usd: BudgetUsd = None,
    events: Events = None,
    notify: Notify = None,
    metrics_port: MetricsPort = None,
    require_signing: RequireSigning = None,
    log_level: LeastLevel = None,
    gates: GateFiles = None,
    consents: Consents = None,
    require_consent: RequireConsent = None,
    config: SettingsFile = None,
) -> None:
    """Make every row of the manifests into a finished video.

    Run the same command again to go on after an interruption; what is finished is not done again.
    Exit code 0: every row is done. 1: some rows are not. 2: a manifest or the call is wrong.
    """
    settings = load_config(
        config,
        preset=preset,
        proof=proof,
        approved=approved,
        gpus=gpus,
        address=address,
        budget_gpu_hours=budget_gpu_hours,
        budget_usd=budget_usd,
        events=events,
        metrics_port=metrics_port,
        require_signing=require_signing,
        log_level=log_level,
        gates=tuple(gates or ()) or None,
        consents=consents,
        require_consent=require_consent,
        notify=tuple(notify or ()) or None,
    )
    made_with([absolute(uri) for uri in manifests], absolute(out), settings)


def made_with(manifests: list[str], out: str, settings: RunConfig) -> NoReturn:
    """Run, say how it ended, and exit with what that means."""
    warn_of_columns(manifests)
    stop = GracefulStop("stopping: segments in hand are finished first; once more to stop at once")
    stop.listen()
    summary = run(manifests, out, settings, stopping=stop)
    say(sentence(summary, out))
    for text in next_steps(summary, out, settings, stopped=stop.asked):
        say(text)
    raise typer.Exit(ALL_DONE if summary.complete else SOME_NOT_DONE)


def next_steps(summary: Summary, out: str, settings: RunConfig, *, stopped: bool) -> Iterator[str]:
    """Why rows are left, and what lets them be made."""
    if summary.taken_over:
        yield f"Another run took over {out} and goes on with it; this one stopped."
    elif stopped and summary.left:
        yield "Interrupted. Run the same command again to go on."
    elif summary.left and (settings.budget_gpu_hours or settings.budget_usd):
        yield "The budget is used. To go on, run the same command again with a larger one."
    if summary.failed or summary.rejected or summary.invalid:
        yield f"Why, and who must act: rushes status {out}"
    if summary.done and not settings.signing.signs:
        yield "Nothing is signed: the settings name no key in [signing] (docs/provenance.md)."
    if summary.unapproved:
        proof = settings.approved
        yield f"What waits: rushes status {proof}. To let a row be made: rushes approve."


def sentence(summary: Summary, out: str) -> str:
    """How a run ended, in words."""
    if summary == NOTHING:
        return f"The manifest has no rows. Results: {out}/results.parquet"
    if summary.complete and not summary.done:
        return f"Nothing to do: all {summary.kept} rows were finished before. Results: {out}"
    parts = [f"{summary.done} done"]
    more = {
        "finished before": summary.kept,
        "failed": summary.failed,
        "rejected": summary.rejected,
        "invalid": summary.invalid,
        "cancelled": summary.cancelled,
        "erased": summary.erased,
        "held": summary.held,
        "not approved": summary.unapproved,
        "not reached": summary.left,
    }
    parts += [f"{count} {name}" for name, count in more.items() if count]
    return f"{', '.join(parts)}. Results: {out}/results.parquet"
