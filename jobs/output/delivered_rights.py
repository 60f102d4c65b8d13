"""Which delivered videos are touched when a person takes a consent back, or it ends: read from
their sidecars, also of videos that no result names any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from jobs.output.work_of_jobs import sidecar_uri
from manifests.artifact import C2PA
from manifests.consent import ConsentRegister, consent_refusal
from manifests.errors import RushesError
from manifests.job import Job
from manifests.results import Result
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.sidecar import InputUsed, Names
from pipeline.workspace.workspace import read_record

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredName:
    """A file by its name among the videos."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredRights:
    """What the sidecar of a video says of whose it is, and of what it was made."""

    fingerprints: Names
    job_id: str = ""
    deliverables: tuple[DeliveredName, ...] = ()
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
    return _rights_at(sidecar_uri(result))


def _rights_at(uri: str) -> DeliveredRights | None:
    try:
        return read_record(uri, DeliveredRights)
    except RushesError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierVideo:
    """A video that lies among those delivered, of a request that its row does not have any more:
    what its sidecar says, and all its `files`, the sidecar last."""

    rights: DeliveredRights
    files: tuple[str, ...]


def earlier_videos(out: str, results: Iterable[Result]) -> Iterator[EarlierVideo]:
    """The videos of requests that were changed, refused or taken out since: no result names them.

    A name that a sidecar tells counts only where such a file lies beside it and no result has it.
    """
    folder = join(out, FOLDER, "")
    named = {file.uri for result in results for file in result.deliverables}
    free = [uri for uri in storage_of(out).list(join(out, FOLDER)) if uri not in named]
    sidecars = [uri for uri in free if uri.endswith(".json")]
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(_rights_at, sidecars)
        for uri, rights in zip(sidecars, found, strict=True):
            if rights is not None and rights.job_id:
                mine = {f"{folder}{each.name}" for each in rights.deliverables} - {uri}
                mine |= {f"{each}{C2PA}" for each in (*mine, uri)}
                yield EarlierVideo(rights=rights, files=(*(u for u in free if u in mine), uri))


def touched_videos(
    results: Iterable[Result],
    rights: Mapping[str, DeliveredRights],
    register: ConsentRegister,
    when: datetime,
) -> Iterator[TouchedVideo]:
    """The delivered videos that could not be made at that time any more, in order."""
    for result in results:
        told = rights.get(result.job_id) if result.status == "done" else None
        if told is not None:
            files = tuple(file.uri for file in result.deliverables)
            yield from _touched(replace(told, job_id=result.job_id), files, register, when)


def touched_earlier(
    videos: Iterable[EarlierVideo], register: ConsentRegister, when: datetime
) -> Iterator[TouchedVideo]:
    """The same of videos that no result names any more."""
    for video in videos:
        yield from _touched(video.rights, video.files, register, when)


def _touched(
    told: DeliveredRights, files: tuple[str, ...], register: ConsentRegister, when: datetime
) -> Iterator[TouchedVideo]:
    refused = consent_refusal(told.job(told.job_id), told.portrait, when, register)
    if refused is not None:
        consent = register.consents.get(told.consent_id or "")
        yield TouchedVideo(
            job_id=told.job_id,
            person=consent.person if consent else "",
            consent_id=told.consent_id or "",
            code=refused.code,
            message=refused.message,
            files=files,
        )
