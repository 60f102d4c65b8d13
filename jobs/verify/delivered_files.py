"""Are the files of a run the ones that were made: what `rushes verify` finds, and the look at the
deliverables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from jobs.output.work_records import is_below
from manifests.errors import BadInput, ManifestUnusable
from manifests.results import Deliverable, Result, read_results, results_uri
from manifests.storage import join, storage_of

BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A file that is not as the results say; `job_id` is "" when no result names it."""

    what: Literal["missing", "changed", "extra", "unreadable"]
    uri: str
    job_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What became of all delivered files: their number and bytes, and those that are not right."""

    files: int
    bytes: int
    findings: tuple[Finding, ...]


def results_of(out: str) -> Iterator[Result]:
    """The results of a run, one after the other; `ManifestUnusable` when there are none yet."""
    if storage_of(out).stat(results_uri(out)) is None:
        message = f"{results_uri(out)} is missing: let a run end first, then verify"
        raise ManifestUnusable("no_results", message)
    return read_results(out)


def look_at_files(out: str, results: Iterable[Result]) -> Files:
    """Compare every deliverable with its size and digest, and name files that nobody knows.

    Raises `ManifestUnusable` when the folder was moved: results name files where they were made.
    """
    named: set[str] = set()
    findings: list[Finding] = []
    total = 0
    for result in results:
        for file in result.deliverables:
            require_below(out, file.uri)
            named.add(file.uri)
            total += file.bytes
            finding = look_at(file, result.job_id)
            findings += [finding] if finding else []
    findings += extras(out, named)
    return Files(files=len(named), bytes=total, findings=tuple(findings))


def require_below(out: str, uri: str) -> None:
    if not is_below(out, uri):
        message = f"{uri} is not in {out}: the folder was moved; verify it where it was made"
        raise ManifestUnusable("out_moved", message)


def look_at(file: Deliverable, job_id: str) -> Finding | None:
    """What is wrong with a delivered file, if anything is."""
    try:
        stat = storage_of(file.uri).stat(file.uri)
        if stat is None:
            return Finding(what="missing", uri=file.uri, job_id=job_id)
        if stat.bytes != file.bytes:
            detail = f"{stat.bytes} bytes, not {file.bytes}"
        elif (digest := digest_of(file.uri, stat.bytes)) != file.sha256:
            detail = f"sha256 {digest}, not {file.sha256}"
        else:
            return None
    except BadInput as error:
        return Finding(what="unreadable", uri=file.uri, job_id=job_id, detail=error.message)
    return Finding(what="changed", uri=file.uri, job_id=job_id, detail=detail)


def digest_of(uri: str, size: int) -> str:
    """Hex SHA-256 of a stored file of `size` bytes, read in blocks."""
    storage, digest = storage_of(uri), hashlib.sha256()
    for start in range(0, size, BLOCK_BYTES):
        digest.update(storage.read(uri, start, min(start + BLOCK_BYTES, size)))
    return digest.hexdigest()


def extras(out: str, named: set[str]) -> Iterator[Finding]:
    """Files among the videos that no result names."""
    folder = join(out, "videos")
    for uri in storage_of(out).list(folder):
        if uri not in named:
            yield Finding(what="extra", uri=uri, detail="no result names it")
