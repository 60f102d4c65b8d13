"""Which delivered videos are touched when a person takes a consent back, or it ends: read from
their sidecars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from jobs.output.work_of_jobs import sidecar_uri
from manifests.consent import ConsentRegister, consent_refusal
from manifests.errors import RushesError
from manifests.job import Job
from manifests.results import Result
from pipeline.sidecar import InputUsed, Names
from pipeline.workspace.workspace import read_record

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredRights:
    """What the sidecar of a video says of whose it is, and of what it was made."""

    fingerprints: Names
    language: str = "en"
    consent_id: str | None = None
    consent_expires: datetime | None = None
    territories: tuple[str, ...] = ()
    inputs: tuple[InputUsed, ...] = ()
    voices: tuple[str, ...] = ()
    script: str | None = None

    @property
    def portrait(self) -> str | None:
        """The digest of the portrait's file."""
        return self.inputs[0].sha256 if self.inputs else None

    def job(self, job_id: str) -> Job:
        """The row as far as consents go."""
        return Job(
            job_id=job_id,
            portrait_uri=self.inputs[0].uri if self.inputs else "",
            language=self.language,
            consent_id=self.consent_id,
            consent_expires=self.consent_expires,
            territories=self.territories,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedVideo:
    """A delivered video whose consent does not hold any more, with its files and why."""

    job_id: str
    person: str
    consent_id: str
    code: str
    message: str
    files: tuple[str, ...]


def delivered_rights(results: Iterable[Result]) -> Mapping[str, DeliveredRights]:
    """Of all finished rows whose sidecars can be read, by job."""
    done = [result for result in results if result.status == "done" and sidecar_uri(result)]
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(_rights_of, done)
        pairs = zip(done, found, strict=True)
        return {result.job_id: rights for result, rights in pairs if rights is not None}


def _rights_of(result: Result) -> DeliveredRights | None:
    try:
        return read_record(sidecar_uri(result), DeliveredRights)
    except RushesError:
        return None


def touched_videos(
    results: Iterable[Result],
    rights: Mapping[str, DeliveredRights],
    register: ConsentRegister,
    when: datetime,
) -> Iterator[TouchedVideo]:
    """The delivered videos that could not be made at that time any more, in order."""
    for result in results:
        told = rights.get(result.job_id) if result.status == "done" else None
        refused = told and consent_refusal(told.job(result.job_id), told.portrait, when, register)
        if told is None or not refused:
            continue
        consent = register.consents.get(told.consent_id or "")
        yield TouchedVideo(
            job_id=result.job_id,
            person=consent.person if consent else "",
            consent_id=told.consent_id or "",
            code=refused.code,
            message=refused.message,
            files=tuple(file.uri for file in result.deliverables),
        )
