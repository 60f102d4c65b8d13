"""`rushes hold | release | cancel | prioritise`: say what is wanted of jobs, in the run's output
folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from jobs.console import say, tell
from jobs.engine.steering import FIRST, Instruction, What
from jobs.output.instruction_files import EVERY_S, Watch, give
from jobs.output.results_writer import results_by_job
from jobs.output.run_file import read_run_file
from manifests.errors import RushesError
from manifests.reading.rows import read_rows
from manifests.storage import absolute

Out = Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")]
Jobs = Annotated[list[str], typer.Argument(help="Ids of jobs.", metavar="JOB...")]

ALL_KNOWN, SOME_UNKNOWN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which of the ids that were given are jobs of the run, and which of those are done.

    `unread` are manifests of the run that cannot be read from here.
    """

    jobs: frozenset[str]
    done: frozenset[str]
    unread: tuple[str, ...]


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
    """Write the instruction for the jobs that are known; the exit code.

    An id that cannot be checked, because a manifest cannot be read from here, is taken as it is.
    """
    out = absolute(out)
    known = known_of(out, jobs)
    strange = [job for job in jobs if job not in known.jobs]
    asked = tuple(dict.fromkeys(jobs if known.unread else (j for j in jobs if j in known.jobs)))
    for line in steering_warnings(known, strange, what):
        tell(line)
    if asked:
        now = datetime.now(UTC)
        give(out, Instruction(what=what, jobs=asked, given=now, priority=priority))
        say(
            f"{what}: {', '.join(asked)}. A run that goes on follows within {2 * EVERY_S:.0f} s, "
            "else the next one does."
        )
    return SOME_UNKNOWN if strange else ALL_KNOWN


def steering_warnings(known: Known, strange: Sequence[str], what: What) -> Iterator[str]:
    """What the person should know before relying on the instruction."""
    for uri in known.unread:
        yield f"{uri} cannot be read from here, so ids of its rows are taken as they are"
    for job in strange:
        yield f"{job} is no job of this run{'' if known.unread else '; it is left out'}"
    if what in ("hold", "cancel"):
        for job in sorted(known.done):
            yield f"{job} is done already; this counts when its row changes"


def known_of(out: str, jobs: Sequence[str]) -> Known:
    """Look for the jobs in the results and in the manifests of the last run, also those added.

    Raises `ManifestUnusable` when `out` is not the output of a run.
    """
    ran = read_run_file(out).get("manifests")
    manifests = dict.fromkeys([*(ran if isinstance(ran, list) else ()), *Watch(out)().added])
    wanted = set(jobs)
    results = results_by_job(out)
    found, unread = wanted & set(results), []
    for uri in manifests:
        try:
            rows = (row.values.get("job_id") for row in read_rows(uri))
            found |= {job for job in rows if isinstance(job, str) and job in wanted}
        except RushesError:
            unread.append(uri)
    done = frozenset(job for job in found if job in results and results[job].status == "done")
    return Known(jobs=frozenset(found), done=done, unread=tuple(unread))
