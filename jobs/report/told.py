"""What is told of the jobs of a night, beside their results: sidecars and versions, read in
parallel, and manifests where they can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from jobs.output.work_of_jobs import sidecar_uri
from jobs.output.work_records import is_below, stays_below
from jobs.report.sidecars import SidecarTold, sidecar_breaches
from manifests.errors import RushesError
from manifests.reading.rows import read_rows
from manifests.results import Result
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.quality.versions import Version, read_versions
from pipeline.workspace.workspace import read_record

_READERS = 16
"""Files are read in parallel: on S3 each is one round trip."""

ERASED = "erased"
"""Of a result of which nothing is told any more."""

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarBrief:
    """What the table shows of a sidecar: a run holds it of all of its jobs."""

    title: str
    language: str
    speaker: str
    retakes: tuple[tuple[object, object], ...]
    chosen: int
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTold:
    """What a row said that has no video, where anything tells it."""

    title: str = ""
    language: str = ""
    speaker: str = ""
    script: str = ""


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What was read of each job by now; a sidecar is looked at once for each request."""

    briefs: dict[tuple[str, str], SidecarBrief] = field(default_factory=dict)
    rows: dict[tuple[str, str], RowTold] = field(default_factory=dict)

    def read(self, out: str, results: Iterable[Result], manifests: Sequence[str] = ()) -> None:
        """Read what is not known yet."""
        results = list(results)
        read_all(self.briefs, (r for r in results if sidecar_uri(r)), partial(_brief, out))
        others = [r for r in results if not sidecar_uri(r) and r.status != ERASED]
        others = [result for result in others if request_key(result) not in self.rows]
        if others:
            rows = dict(rows_of_manifests(manifests))
            for result in others:
                self.rows[request_key(result)] = rows.get(result.job_id, RowTold())

    def brief(self, result: Result) -> SidecarBrief | None:
        """None of an erased job, whatever was read of it before."""
        return None if result.status == ERASED else self.briefs.get(request_key(result))

    def row(self, result: Result) -> RowTold:
        """Nothing of an erased job, whatever was read of it before."""
        told = None if result.status == ERASED else self.rows.get(request_key(result))
        return told or RowTold()


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


def _brief(out: str, result: Result) -> SidecarBrief | None:
    told = sidecar_told(out, result)
    if told is None:
        return None
    return SidecarBrief(
        title=told.title or "",
        language=told.language,
        speaker=told.speaker or "",
        retakes=tuple((each.get("at"), each.get("seed")) for each in told.retakes),
        chosen=told.chosen,
        worst=max((each.share for each in sidecar_breaches(told)), default=0.0),
    )


def sidecar_told(out: str, result: Result) -> SidecarTold | None:
    """None where it is gone, damaged, of another request, or not in OUT: whoever may write there
    has nothing else of this machine read into a page."""
    uri = here(out, sidecar_uri(result))
    if not stays_below(out, uri):
        return None
    try:
        told = read_record(uri, SidecarTold)
    except RushesError:
        return None
    return told if told.fingerprints.asked in ("", result.fingerprint) else None


def rows_of_manifests(manifests: Sequence[str]) -> Iterator[tuple[str, RowTold]]:
    """By job; of manifests that can be read from here, which is no part of what is shown of a
    video."""
    for uri in manifests:
        with suppress(RushesError):
            for row in read_rows(uri):
                told = {name: row.values.get(name) for name in RowTold.__slots__}
                texts = {name: text for name, text in told.items() if isinstance(text, str)}
                yield str(row.values.get("job_id")), RowTold(**texts)


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
