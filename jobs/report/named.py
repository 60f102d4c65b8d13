"""Which files of the report are named by its page, and who must be in none of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from contextlib import suppress

from jobs.output.erasures import Erasure, erasures_folder, read_erasures
from jobs.output.work_records import report_files
from manifests.errors import ManifestUnusable, RushesError
from manifests.ledger import Attempt, without_sentence
from manifests.storage import storage_of

LOGGER = logging.getLogger("rushes.report")

MADE = ("jobs/", "looks/")
"""Folders below the report's in which all files are of jobs."""


def erasure_uris(out: str) -> frozenset[str]:
    """The records of erasures: a new one is written before anything of the person goes."""
    return frozenset(storage_of(out).list(erasures_folder(out)))


def _erasures(out: str) -> dict[str, Erasure]:
    """By URI; none where one is damaged: no run begins then, and says so."""
    with suppress(ManifestUnusable):
        return dict(read_erasures(out))
    return {}


def jobs_being_erased(out: str) -> frozenset[str]:
    """The jobs of erasures that were begun and did not end, which results do not tell yet."""
    open_ones = [e for e in _erasures(out).values() if e.ended is None and not e.lifted]
    return frozenset(job for erasure in open_ones for job in erasure.jobs)


def without_sentences(attempt: Attempt, jobs: Collection[str]) -> Attempt:
    """The attempt, of these jobs without what its error said."""
    return without_sentence(attempt) if attempt.job_id in jobs else attempt


def forget_erased(out: str, known: Collection[str]) -> None:
    """Remove from the report all jobs of erasures that were not `known` when it was read."""
    new = [erasure for uri, erasure in _erasures(out).items() if uri not in known]
    jobs = {job for erasure in new for job in erasure.jobs}
    storage_of(out).delete_all(list(report_files(out, jobs)))


def remove_old(out: str, uris: Sequence[str]) -> None:
    """Remove these files of the report; where that cannot be, they stay, and that is told."""
    try:
        storage_of(out).delete_all(list(uris))
    except RushesError as error:
        LOGGER.warning("%d old files of the report stay: %s", len(uris), error)


def unnamed(
    listed: Collection[str], named: Collection[str], open_keys: Collection[str]
) -> set[str]:
    """Of the files below the report's folder those of jobs that are named no more: pictures of
    earlier requests, and whatever a killed writer left of an erased row.

    `named` are keys of jobs and names of looks; files of jobs with `open_keys` stay until those
    have ended.
    """
    return {name for name in listed if name.startswith(MADE) and not _is_of(name, named, open_keys)}


def _is_of(name: str, named: Collection[str], open_keys: Collection[str]) -> bool:
    stem = name.split("/")[1].removesuffix(".js")
    return stem in named or re.split("[.-]", stem)[0] in open_keys
