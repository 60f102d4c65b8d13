"""`rushes reject`: say which finished videos are not taken as they are, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from jobs.console import Out, many, say, tell
from jobs.instructions.rejecting import ask_pardon, ask_rejection
from jobs.output.run_file import read_run_file
from manifests.storage import absolute

ALL_SAID, SOME_NOT = 0, 1


def reject_command(
    out: Out,
    jobs: Annotated[list[str], typer.Argument(help="Ids of finished jobs.", metavar="JOB...")],
    reason: Annotated[str, typer.Option(help="Why, for whoever mends it.")] = "",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take rejections back instead.")
    ] = False,
) -> None:
    """Reject finished videos as they are: the rows count as `rejected` until made anew.

    Exit code 0: said. 1: some jobs are not finished or, to be taken back, not rejected; they are
    named and left out. 2: the call is wrong.
    """
    out = absolute(out)
    read_run_file(out)
    raise typer.Exit(pardoned(out, jobs) if withdraw else refused(out, jobs, reason))


def refused(out: str, jobs: Sequence[str], reason: str) -> int:
    """Reject the videos of these jobs; the exit code."""
    said = ask_rejection(out, jobs, reason)
    for job in said.strange:
        tell(f"{job} is not finished in {out}: there is nothing to reject")
    say(
        f"{len(said.jobs)} rejected now, {len(said.before)} before. The videos stay where they are;"
        " `rushes status` tells them now, results.parquet from the next run on."
    )
    return SOME_NOT if said.strange else ALL_SAID


def pardoned(out: str, jobs: Sequence[str]) -> int:
    """Take the rejections of these jobs back; the exit code."""
    said = ask_pardon(out, jobs)
    for job in said.strange:
        tell(f"{job} is not rejected, so nothing is taken back")
    say(f"{many(len(said.jobs), 'rejection')} taken back.")
    return SOME_NOT if said.strange else ALL_SAID
