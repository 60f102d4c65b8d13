"""`rushes approve`: say which rows of a proof may be rendered, as they are seen there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from jobs.console import say, tell
from jobs.engine.steering import Approval, ApprovedRow
from jobs.output.approvals import seen_in, stands
from jobs.output.instruction_files import Watch, give
from jobs.output.results_writer import results_by_job
from jobs.output.run_file import read_run_file
from manifests.errors import ManifestUnusable
from manifests.results import Result
from manifests.storage import absolute

ALL_APPROVED, SOME_NOT = 0, 1


def approve_command(
    proof: Annotated[str, typer.Argument(help="The output of `rushes run --proof`.")],
    jobs: Annotated[list[str] | None, typer.Argument(help="Ids of jobs.", metavar="JOB...")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every row that is finished in the proof.")
    ] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take approvals back instead.")
    ] = False,
) -> None:
    """Approve rows of a proof, so that `rushes run --approved PROOF` renders them.

    Exit code 0: said. 1: some rows are not there, not finished or, to be taken back, not approved.
    2: the call is wrong.
    """
    out = absolute(proof)
    read_run_file(out)
    if bool(jobs) == everything:
        raise ManifestUnusable("no_jobs", "name the jobs to approve, or give --all")
    asked, there = list(dict.fromkeys(jobs or ())), Watch(out)().approvals
    if withdraw:
        raise typer.Exit(withdrawn(out, asked or list(there), there))
    results = results_by_job(out)
    raise typer.Exit(approved(out, asked or done_in(results), results, there))


def done_in(results: Mapping[str, Result]) -> list[str]:
    return [name for name, result in results.items() if result.status == "done"]


def withdrawn(out: str, jobs: list[str], there: Mapping[str, ApprovedRow]) -> int:
    """Take back the approvals of these jobs; returns the exit code.

    `there` holds every approval of the folder. A job without one is told and passed over.
    """
    known = [job for job in jobs if job in there]
    for job in jobs:
        if job not in there:
            tell(f"{job} is not approved, so nothing is taken back")
    if known:
        give(out, Approval(jobs=dict.fromkeys(known), given=datetime.now(UTC)))
    say(f"{len(known)} approvals taken back; what was rendered by then stays.")
    return ALL_APPROVED if len(known) == len(jobs) else SOME_NOT


def approved(
    out: str, jobs: list[str], results: Mapping[str, Result], there: Mapping[str, ApprovedRow]
) -> int:
    """Approve what there is to approve of these jobs; the exit code."""
    found = seen_in([results[job] for job in jobs if job in results])
    for job in jobs:
        reason = found.get(job, "it is no job of this proof")
        if isinstance(reason, str):
            tell(f"{job} is not approved: {reason}")
    seen = {job: what for job, what in found.items() if isinstance(what, ApprovedRow)}
    new: dict[str, ApprovedRow | None] = {
        job: what for job, what in seen.items() if not stands(there.get(job), results[job])
    }
    if new:
        give(out, Approval(jobs=new, given=datetime.now(UTC)))
    say(f"{len(new)} approved now, {len(seen) - len(new)} before.")
    return ALL_APPROVED if len(seen) == len(jobs) else SOME_NOT
