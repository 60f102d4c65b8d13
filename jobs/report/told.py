"""What is told of the jobs of a night, beside their results: sidecars, versions and replay bundles,
read in parallel and once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from jobs.output.work_of_jobs import sidecar_uri
from jobs.output.work_records import bundle_uri, is_below
from jobs.reporting.replay_bundle import read_bundle
from manifests.errors import RushesError
from manifests.results import Result
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.nouns import Join
from pipeline.quality.gates import Gate
from pipeline.quality.versions import Version, read_versions
from pipeline.sidecar import DrawnSegment, InputUsed, Names, PresetUsed
from pipeline.workspace.workspace import read_record

_READERS = 16
"""Files are read in parallel: on S3 each is one round trip."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarTold:
    """What the report shows of a sidecar; what older ones do not say is empty."""

    preset: PresetUsed
    seed: int
    fingerprints: Names
    cuts_s: tuple[float, ...] = ()
    segments: tuple[str, ...] = ()
    title: str | None = None
    language: str = ""
    speaker: str | None = None
    consent_id: str | None = None
    script: str | None = None
    transcript: str | None = None
    prompt: str | None = None
    voices: tuple[str, ...] = ()
    inputs: tuple[InputUsed, ...] = ()
    joins: tuple[Join, ...] = ()
    drawn: tuple[DrawnSegment, ...] = ()
    restarts: tuple[int, ...] = ()
    retakes: tuple[Mapping[str, Any], ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    chosen: int = 0
    timings_s: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTold:
    """What a row said that has no video, where anything tells it."""

    title: str = ""
    language: str = ""
    speaker: str = ""
    script: str = ""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What was read of each job by now; a sidecar is read once for each request it answers."""

    sidecars: dict[tuple[str, str], SidecarTold] = field(default_factory=dict)
    rows: dict[tuple[str, str], RowTold] = field(default_factory=dict)

    def read(self, out: str, results: Iterable[Result]) -> None:
        """Read what is not known yet."""
        results = list(results)
        read_all(self.sidecars, (r for r in results if sidecar_uri(r)), partial(_sidecar, out))
        others = (r for r in results if r.status in ("failed", "rejected") and not sidecar_uri(r))
        read_all(self.rows, others, partial(_row, out))

    def sidecar(self, result: Result) -> SidecarTold | None:
        return self.sidecars.get(request_key(result))

    def row(self, result: Result) -> RowTold:
        return self.rows.get(request_key(result), RowTold())


def request_key(result: Result) -> tuple[str, str]:
    return result.job_id, result.fingerprint or ""


def read_all(
    known: dict[tuple[str, str], Value],
    results: Iterable[Result],
    read: Callable[[Result], Value | None],
) -> None:
    """Add what `read` finds of the results that are not known."""
    wanted = [result for result in results if request_key(result) not in known]
    with ThreadPoolExecutor(_READERS) as readers:
        for result, found in zip(wanted, readers.map(read, wanted), strict=True):
            if found is not None:
                known[request_key(result)] = found


def _sidecar(out: str, result: Result) -> SidecarTold | None:
    """None where it is gone, damaged, or of another request."""
    try:
        told = read_record(here(out, sidecar_uri(result)), SidecarTold)
    except RushesError:
        return None
    return told if told.fingerprints.asked in ("", result.fingerprint) else None


def _row(out: str, result: Result) -> RowTold | None:
    uri = bundle_uri(out, result.job_id)
    try:
        if storage_of(uri).stat(uri) is None:
            return None
        job = read_bundle(uri).job
    except RushesError:
        return None
    return RowTold(
        title=job.title or "",
        language=job.language,
        speaker=job.speaker or "",
        script=job.script or "",
    )


def versions_of_jobs(out: str, jobs: Iterable[str]) -> dict[str, tuple[Version, ...]]:
    """The versions of those jobs of which any are written down."""
    folder = join(out, "_run", "versions", "")
    names = {uri.removeprefix(folder) for uri in storage_of(out).list(folder)}
    there = [job for job in jobs if f"{job}.json" in names]
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(lambda job: read_versions(out, job).versions, there)
        return dict(zip(there, found, strict=True))


def here(out: str, uri: str) -> str:
    """Where a delivered file is now: the output may have been moved since it was named."""
    folder = join(out, "")
    if uri.startswith(folder):
        return uri
    before, videos, name = uri.rpartition(f"/{FOLDER}/")
    return join(out, FOLDER, name) if videos and before else uri


@dataclass(frozen=True, slots=True)
class Hrefs:
    """How the page names files: relative to OUT, or as `sign` makes of their URIs."""

    out: str
    sign: Callable[[str], str] | None = None

    def of(self, uri: str) -> str:
        """ "" for what is not below OUT."""
        place, folder = here(self.out, uri), join(self.out, "")
        if not is_below(self.out, place):
            return ""
        return self.sign(place) if self.sign else quote(place.removeprefix(folder))
