"""`rushes add`: rows of further manifests for a run, also while it goes on."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from jobs.instructions import EVERY_S, Watch, give
from jobs.runfile import read_run_file
from jobs.saying import Manifests, Out, say
from jobs.steer_commands import known_of
from jobs.steering import Addition
from manifests.storage import absolute
from manifests.validate import examine

ALL_NEW, SOME_TAKEN = 0, 1


def add_command(out: Out, manifests: Manifests) -> None:
    """Add the rows of manifests to a run; every later run into OUT has them too.

    Exit code 0: said. 1: some job ids are taken; those rows will be refused. 2: a manifest cannot
    be read, or OUT is not the output of a run.
    """
    out = absolute(out)
    ran = read_run_file(out).get("manifests")
    there = {*(ran if isinstance(ran, list) else ()), *Watch(out)().added}
    new = tuple(uri for uri in map(absolute, manifests) if uri not in there)
    ids = [row.job_id for row in examine(new)]
    taken = sorted(known_of(out, ids).jobs)
    for job in taken:
        typer.echo(f"{job} is a job of this run already; the row added is refused", err=True)
    if new:
        give(out, Addition(manifests=new, given=datetime.now(UTC)))
    say(
        f"{len(ids)} rows added. A run that goes on takes them in within {2 * EVERY_S:.0f} s, "
        "else the next one does."
    )
    raise typer.Exit(SOME_TAKEN if taken else ALL_NEW)
