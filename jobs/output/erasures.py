"""What was erased for a person's sake, and is not made again: small records under
`OUT/_run/erased`.

A record names consents and jobs, times and counts; no person, no file of theirs and no digest.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from jobs.engine.phases import Order
from manifests.errors import ManifestUnusable, Transient
from manifests.storage import join, overwrite, storage_of

Whose = Literal["consent", "job"]

NAME_TIME = "%Y%m%dT%H%M%S.%fZ"
"""Begins the name of a record, so that names sort as they were written."""

_READERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What one call erased: all of a consent, or of a job; `jobs` are those it came to.

    It is written down before anything goes, and again when all is gone: `ended` is None for one
    that was stopped on the way. A `lifted` one lets the jobs be made again.
    """

    format: Literal[1] = 1
    whose: Whose
    id: str
    begun: datetime
    ended: datetime | None = None
    jobs: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0
    lifted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is erased now, each with the flag that lifts it: `consents`, `jobs` that were named, and
    `jobs_of_consents`, which are those of a consent as long as they name no other one."""

    consents: Mapping[str, str]
    jobs: Mapping[str, str]
    jobs_of_consents: Mapping[str, str]

    def flag_of(self, order: Order) -> str:
        """How `rushes erase --lift` is told of the erasure that the order falls under; "" where it
        falls under none."""
        job = order.job
        if job.consent_id is None and job.job_id in self.jobs_of_consents:
            return self.jobs_of_consents[job.job_id]
        return self.consents.get(job.consent_id or "") or self.jobs.get(job.job_id, "")


_ADAPTER = TypeAdapter(Erasure)


def erasures_folder(out: str) -> str:
    return join(out, "_run", "erased")


def erased_from(records: Iterable[Erasure]) -> Erased:
    """What all records come to, in their order: for each consent and job the last word."""
    standing: dict[tuple[str, str], Erasure] = {}
    for record in records:
        standing[record.whose, record.id] = record
    valid = [record for record in standing.values() if not record.lifted]
    flags = [(record, f"--{record.whose} {record.id}") for record in valid]
    consents = [(record, flag) for record, flag in flags if record.whose == "consent"]
    return Erased(
        consents={record.id: flag for record, flag in consents},
        jobs={record.id: flag for record, flag in flags if record.whose == "job"},
        jobs_of_consents={job: flag for record, flag in consents for job in record.jobs},
    )


def read_erasures(out: str) -> Mapping[str, Erasure]:
    """The records under `out` by URI, in their order.

    Raises `ManifestUnusable` for one that cannot be read: what was erased must not be made again by
    accident.
    """
    uris = [uri for uri in storage_of(out).list(erasures_folder(out)) if uri.endswith(".json")]
    with ThreadPoolExecutor(_READERS) as readers:
        return dict(zip(uris, readers.map(_read, uris), strict=True))


def erased_now(out: str) -> Erased:
    return erased_from(read_erasures(out).values())


def remember_erasure(out: str, record: Erasure) -> str:
    """Write a record down as new; its URI."""
    name = f"{record.begun:{NAME_TIME}}-{secrets.token_hex(4)}.json"
    uri = join(erasures_folder(out), name)
    if not storage_of(out).create(uri, _ADAPTER.dump_json(record, indent=1)):
        raise Transient("storage_contended", f"{uri} was taken; give the command again")
    return uri


def end_erasure(uri: str, record: Erasure) -> Erasure:
    """Say in its own record that all is gone."""
    ended = replace(record, ended=datetime.now(UTC))
    overwrite(uri, _ADAPTER.dump_json(ended, indent=1))
    return ended


def _read(uri: str) -> Erasure:
    try:
        return _ADAPTER.validate_json(storage_of(uri).read(uri))
    except ValidationError as error:
        message = f"{uri} says what was erased, and is damaged; mend it, or remove it to lift it"
        raise ManifestUnusable("erasure_damaged", message) from error
