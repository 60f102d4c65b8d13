"""`rushes hold | release | cancel | prioritise`: say what is wanted of jobs, in the run's output
folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from jobs.console import say, tell
from jobs.engine.steering import FIRST, What
from jobs.instructions.standing import ask_steering
from jobs.output.instruction_files import EVERY_S
from manifests.storage import absolute

Out = Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")]
Jobs = Annotated[list[str], typer.Argument(help="Ids of jobs.", metavar="JOB...")]

ALL_KNOWN, SOME_UNKNOWN = 0, 1


def hold_command(out: Out, jobs: Jobs) -> None:
    """Start nothing new for these jobs; what is in hand is finished first.

    Works while a run goes on and between runs. Exit code 0: said. 1: some ids are not known.
    """
    raise typer.Exit(steer(out, "hold", jobs))


def release_command(out: Out, jobs: Jobs) -> None:
    """Let jobs go on that were held or cancelled.

    Exit code 0: said. 1: some ids are not known.
    """
    raise typer.Exit(steer(out, "release", jobs))


def cancel_command(out: Out, jobs: Jobs) -> None:
    """End jobs with the status `cancelled`; the segments in hand are finished and kept.

    Exit code 0: said. 1: some ids are not known.
    """
    raise typer.Exit(steer(out, "cancel", jobs))


def prioritise_command(
    out: Out,
    jobs: Jobs,
    priority: Annotated[
        int,
        typer.Option(help="As in the manifest; default: before all.", min=-FIRST - 1, max=FIRST),
    ] = FIRST,
) -> None:
    """Give jobs another priority than their rows have.

    Exit code 0: said. 1: some ids are not known.
    """
    raise typer.Exit(steer(out, "prioritise", jobs, priority))


def steer(out: str, what: What, jobs: Sequence[str], priority: int | None = None) -> int:
    """Write the instruction for the jobs that are known; the exit code."""
    said = ask_steering(absolute(out), what, jobs, priority)
    for line in said.warnings:
        tell(line)
    if said.jobs:
        say(
            f"{what}: {', '.join(said.jobs)}. A run that goes on follows within "
            f"{2 * EVERY_S:.0f} s, else the next one does."
        )
    return SOME_UNKNOWN if said.strange else ALL_KNOWN
