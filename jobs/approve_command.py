"""`rushes approve`: say which rows of a proof may be rendered, as they are seen there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from jobs.approving import seen_in, stands
from jobs.book import results_so_far
from jobs.instructions import Watch, give
from jobs.runfile import read_run_file
from jobs.saying import say
from jobs.steering import Approval, Seen
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

    Exit code 0: said. 1: some rows are not there or not finished. 2: the call is wrong.
    """
    out = absolute(proof)
    read_run_file(out)
    if bool(jobs) == everything:
        raise ManifestUnusable("no_jobs", "name the jobs to approve, or give --all")
    results = {result.job_id: result for result in results_so_far(out)}
    asked = list(dict.fromkeys(jobs or ())) or done_in(results)
    raise typer.Exit(withdrawn(out, asked) if withdraw else approved(out, asked, results))


def done_in(results: Mapping[str, Result]) -> list[str]:
    return [name for name, result in results.items() if result.status == "done"]


def withdrawn(out: str, jobs: list[str]) -> int:
    """Take the approvals of these jobs back; the exit code."""
    there = Watch(out)().approvals
    known = [job for job in jobs if job in there]
    if known:
        give(out, Approval(jobs=dict.fromkeys(known), given=datetime.now(UTC)))
    say(f"{len(known)} approvals taken back; what was rendered by then stays.")
    return ALL_APPROVED


def approved(out: str, jobs: list[str], results: Mapping[str, Result]) -> int:
    """Approve what there is to approve of these jobs; the exit code."""
    there = Watch(out)().approvals
    found = seen_in([results[job] for job in jobs if job in results])
    for job in jobs:
        reason = found.get(job, "it is no job of this proof")
        if isinstance(reason, str):
            typer.echo(f"{job} is not approved: {reason}", err=True)
    seen = {job: what for job, what in found.items() if isinstance(what, Seen)}
    new: dict[str, Seen | None] = {
        job: what for job, what in seen.items() if not stands(there.get(job), results[job])
    }
    if new:
        give(out, Approval(jobs=new, given=datetime.now(UTC)))
    say(f"{len(new)} approved now, {len(seen) - len(new)} before.")
    return ALL_APPROVED if len(seen) == len(jobs) else SOME_NOT
