"""`rushes add`: rows of further manifests for a run, also while it goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import typer

from jobs.config import RunConfig
from jobs.console import Manifests, Out, many, say, tell, warn_of_columns
from jobs.engine.steering import Addition
from jobs.instructions.standing import known_of
from jobs.output.instruction_files import EVERY_S, Watch, give
from jobs.output.run_file import read_run_file
from manifests.problems import Invalid
from manifests.storage import absolute
from manifests.validate import examine
from pipeline.presets import known_presets

ALL_TAKEN_IN, SOME_REFUSED = 0, 1


def add_command(out: Out, manifests: Manifests) -> None:
    """Add the rows of manifests to a run; every later run into OUT has them too.

    Exit code 0: said. 1: some rows will be refused: they have problems, or their job ids are
    taken. 2: a manifest cannot be read, or OUT is not the output of a run.
    """
    out = absolute(out)
    uris = list(dict.fromkeys(map(absolute, manifests)))
    ran = read_run_file(out).get("manifests")
    there = {*(ran if isinstance(ran, list) else ()), *Watch(out)().added}
    new = tuple(uri for uri in uris if uri not in there)
    rows = list(examine(new, known_presets(RunConfig().presets)))
    taken = sorted(known_of(out, [row.job_id for row in rows]).jobs)
    wrong = sum(isinstance(row, Invalid) for row in rows)
    for line in addition_warnings(taken, wrong, [uri for uri in uris if uri in there]):
        tell(line)
    warn_of_columns(list(new))
    if new:
        give(out, Addition(manifests=new, given=datetime.now(UTC)))
    follows = (
        f" A run that goes on takes them in within {2 * EVERY_S:.0f} s, else the next one does."
    )
    say(f"{many(len(rows), 'row')} added.{follows if rows else ''}")
    raise typer.Exit(SOME_REFUSED if taken or wrong else ALL_TAKEN_IN)


def addition_warnings(taken: Sequence[str], wrong: int, there: Sequence[str]) -> Iterator[str]:
    """What the person should know of ids that are taken, of rows with something wrong, and of
    manifests that were there before."""
    for job in taken:
        yield f"{job} is a job of this run already; the row added is refused"
    if wrong:
        yield f"{wrong} of the rows have problems and are refused; `rushes check` tells them"
    for uri in there:
        yield f"{uri} is a manifest of this run already; what it got since counts in the next run"
