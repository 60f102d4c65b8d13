"""Approvals: which videos may be approved as they are there, and the word that is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.engine.steering import Approval, ApprovedRow
from jobs.output.approvals import seen_in, stands
from jobs.output.instruction_files import Watch, give
from jobs.output.results_writer import results_by_job
from manifests.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """How many jobs were approved now and how many before, and why others were not."""

    now: int
    before: int
    refused: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Whose approvals were taken back, and who had none."""

    jobs: tuple[str, ...]
    strange: tuple[str, ...]


def ask_withdrawal(out: str, jobs: Sequence[str]) -> Withdrawn:
    """Take back the approvals of these jobs; of all without any."""
    there = Watch(out)().approvals
    asked = dict.fromkeys(jobs or there)
    known = tuple(job for job in asked if job in there)
    if known:
        give(out, Approval(jobs=dict.fromkeys(known), given=datetime.now(UTC)))
    return Withdrawn(jobs=known, strange=tuple(job for job in asked if job not in there))


def ask_approval(out: str, jobs: Sequence[str]) -> Approved:
    """Approve what there is to approve of these jobs; of all that are done without any."""
    results, there = results_by_job(out), Watch(out)().approvals
    asked = tuple(dict.fromkeys(jobs or done_in(results)))
    found = seen_in([results[job] for job in asked if job in results])
    told = {job: found.get(job, "it is no job of this proof") for job in asked}
    seen = {job: what for job, what in told.items() if isinstance(what, ApprovedRow)}
    new: dict[str, ApprovedRow | None] = {
        job: what for job, what in seen.items() if not stands(there.get(job), results[job])
    }
    if new:
        give(out, Approval(jobs=new, given=datetime.now(UTC)))
    refused = {job: why for job, why in told.items() if isinstance(why, str)}
    return Approved(now=len(new), before=len(seen) - len(new), refused=refused)


def done_in(results: Mapping[str, Result]) -> list[str]:
    return [name for name, result in results.items() if result.status == "done"]
