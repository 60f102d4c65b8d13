"""Rejections: which videos people may refuse as they are there, and the word that is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jobs.engine.steering import RejectedVideo, Rejection
from jobs.output.instruction_files import Watch, give
from jobs.output.results_writer import results_by_job
from jobs.output.reviews import is_rejected
from manifests.errors import ManifestUnusable
from manifests.results import Result

LONGEST_REASON = 500
"""Letters: a sentence or two for whoever mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedNow:
    """Whose videos were rejected now, whose for the same reason before, and who has none."""

    jobs: tuple[str, ...]
    before: tuple[str, ...]
    strange: tuple[str, ...]


def ask_rejection(out: str, jobs: Sequence[str], reason: str) -> RejectedNow:
    """Reject the videos of these jobs as they are there.

    Raises `ManifestUnusable` for a reason that is longer than anybody reads.
    """
    if len(reason) > LONGEST_REASON:
        told = f"a reason has at most {LONGEST_REASON} letters, this one {len(reason):,}"
        raise ManifestUnusable("reason_too_long", told)
    results, there = results_by_job(out), Watch(out)().rejections
    asked = tuple(dict.fromkeys(jobs))
    made = {job: results[job] for job in asked if is_done(results.get(job))}
    said = {
        job: RejectedVideo(asked=result.fingerprint or "", reason=reason)
        for job, result in made.items()
    }
    before = tuple(j for j in made if is_rejected(there.get(j), made[j]) and there[j] == said[j])
    new: dict[str, RejectedVideo | None] = {j: what for j, what in said.items() if j not in before}
    if new:
        give(out, Rejection(jobs=new, given=datetime.now(UTC)))
    strange = tuple(job for job in asked if job not in made)
    return RejectedNow(jobs=tuple(new), before=before, strange=strange)


def is_done(result: Result | None) -> bool:
    return result is not None and result.status == "done"


def ask_pardon(out: str, jobs: Sequence[str]) -> RejectedNow:
    """Take rejections of these jobs back: `jobs` in the answer are theirs, `strange` had none."""
    there = Watch(out)().rejections
    asked = tuple(dict.fromkeys(jobs))
    known = tuple(job for job in asked if job in there)
    if known:
        give(out, Rejection(jobs=dict.fromkeys(known), given=datetime.now(UTC)))
    strange = tuple(job for job in asked if job not in there)
    return RejectedNow(jobs=known, before=(), strange=strange)
