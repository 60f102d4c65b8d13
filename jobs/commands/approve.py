"""`rushes approve`: say which rows of a proof may be rendered, as they are seen there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from jobs.console import many, say, tell
from jobs.instructions.approving import ask_approval, ask_withdrawal
from jobs.output.run_file import read_run_file
from manifests.errors import ManifestUnusable
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
    raise typer.Exit(withdrawn(out, jobs or ()) if withdraw else approved(out, jobs or ()))


def withdrawn(out: str, jobs: Sequence[str]) -> int:
    """Take back the approvals of these jobs, of all without any; returns the exit code."""
    said = ask_withdrawal(out, jobs)
    for job in said.strange:
        tell(f"{job} is not approved, so nothing is taken back")
    say(f"{many(len(said.jobs), 'approval')} taken back; what was rendered by then stays.")
    return SOME_NOT if said.strange else ALL_APPROVED


def approved(out: str, jobs: Sequence[str]) -> int:
    """Approve what there is to approve of these jobs, of all without any; the exit code."""
    said = ask_approval(out, jobs)
    for job, reason in said.refused.items():
        tell(f"{job} is not approved: {reason}")
    say(f"{said.now} approved now, {said.before} before.")
    return SOME_NOT if said.refused else ALL_APPROVED
