"""Hold, release, cancel and prioritise: which jobs are known, and the word that is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.engine.steering import Instruction, What
from jobs.output.instruction_files import Watch, give
from jobs.output.results_writer import results_by_job
from jobs.output.run_file import read_run_file
from manifests.errors import RushesError
from manifests.reading.rows import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Which of the ids that were given are jobs of the run, and which of those are done.

    `unread` are manifests of the run that cannot be read from here.
    """

    jobs: frozenset[str]
    done: frozenset[str]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """The jobs that an instruction was written for, the ids that are of no job, and what the person
    should know before relying on it."""

    jobs: tuple[str, ...]
    strange: tuple[str, ...]
    warnings: tuple[str, ...]


def ask_steering(out: str, what: What, jobs: Sequence[str], priority: int | None = None) -> Steered:
    """Write the instruction for the jobs that are known.

    An id that cannot be checked, because a manifest cannot be read from here, is taken as it is.
    Raises `ManifestUnusable` when `out` is not the output of a run.
    """
    known = known_of(out, jobs)
    strange = tuple(job for job in jobs if job not in known.jobs)
    asked = tuple(dict.fromkeys(jobs if known.unread else (j for j in jobs if j in known.jobs)))
    if asked:
        now = datetime.now(UTC)
        give(out, Instruction(what=what, jobs=asked, given=now, priority=priority))
    warnings = tuple(steering_warnings(known, strange, what))
    return Steered(jobs=asked, strange=strange, warnings=warnings)


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
