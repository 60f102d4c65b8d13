"""Are the files of a run the ones that were made: what `rushes verify` finds, and the look at the
deliverables."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import xxhash

from jobs.output.reviews import as_made
from jobs.output.work_of_jobs import sidecar_uri
from jobs.output.work_records import is_below
from jobs.verify.file_lists import (
    FileLists,
    ReadDigests,
    list_breaches,
    lists_of,
    unknown_names,
)
from jobs.verify.said import SaidOfRow, said_of_row
from manifests.artifact import C2PA
from manifests.errors import BadInput, ManifestUnusable
from manifests.results import Deliverable, Result, read_results, results_uri
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.delivery.inspection.file_checks import (
    CHECKS,
    CheckName,
    DeliveredCopy,
    FileCheck,
    told_of,
)
from pipeline.delivery.package.mhl import is_of_package
from pipeline.delivery.watermark.payload import PUBLIC_KEY
from pipeline.workspace.copies import is_local

BLOCK_BYTES = 8 * 2**20

Kind = Literal["missing", "changed", "extra", "unreadable", "history"] | CheckName
"""Of a finding: of the file as such, or the check of what it holds that told it."""

LOOK_BACK = "restore it, or delete it and run again with the same manifests: it is delivered anew"
REMEDIES: dict[str, str] = {
    "missing": "run again with the same manifests: it is delivered anew",
    "changed": LOOK_BACK,
    "extra": "move it away, if nobody needs it there",
    "history": "move videos/ascmhl and videos/SHA256SUMS away: the next run writes both anew",
    "unreadable": "mend what the message says, then verify again",
    **{check.name: check.remedy for check in CHECKS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A file that is not as the results say; `job_id` is "" when no result names it."""

    what: Kind
    uri: str
    job_id: str = ""
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What became of all delivered files: their number and bytes, those that are not right, and of
    how many files each check read what they hold."""

    files: int
    bytes: int
    findings: tuple[Finding, ...]
    checked: dict[str, int] = field(default_factory=dict)


def _in_place(uri: str) -> AbstractContextManager[Path | None]:
    """A file of this machine as it lies there; None of any other."""
    return nullcontext(Path(uri) if is_local(uri) else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToLook:
    """`decoded` are the files that are decoded too, by URI; None: all. `brought` gives a file's
    copy on this machine. `trusted` holds root certificates in PEM, `key` is that of
    watermarks, `lists` holds what stands beside the files of them all."""

    decoded: Collection[str] | None = ()
    brought: Callable[[str], AbstractContextManager[Path | None]] = _in_place
    trusted: bytes = b""
    key: bytes = field(default=PUBLIC_KEY, repr=False)
    lists: FileLists = field(default_factory=FileLists)

    def asks(self, check: FileCheck, file: Deliverable, copy: DeliveredCopy) -> bool:
        """Whether the check is made of the file."""
        costly = check.decodes and self.decoded is not None and file.uri not in self.decoded
        return check.applies(copy) and not costly


def results_of(out: str) -> Iterator[Result]:
    """The results of a run, one after the other; `ManifestUnusable` when there are none yet."""
    if storage_of(out).stat(results_uri(out)) is None:
        message = f"{results_uri(out)} is missing: let a run end first, then verify"
        raise ManifestUnusable("no_results", message)
    return map(as_made, read_results(out))


def look_at_files(out: str, results: Iterable[Result], how: HowToLook = HowToLook()) -> Files:
    """Compare every deliverable with its size and digest, read back what it holds, and name files
    that nobody knows.

    Raises `ManifestUnusable` when the folder was moved: results name files where they were made.
    """
    named: set[str] = set()
    findings: list[Finding] = []
    checked: Counter[str] = Counter({check.name: 0 for check in CHECKS})
    total = 0
    how = replace(how, lists=lists_of(out))
    for result in results:
        said = said_of_row(result, sidecar_uri(result))
        for file in result.deliverables:
            require_below(out, file.uri)
            named.add(file.uri)
            total += file.bytes
            findings += look_at_one(file, result.job_id, said, how, checked)
        if said.fault and not any(found.uri == sidecar_uri(result) for found in findings):
            detail = f"what it says of the files cannot be read: {said.fault}"
            findings.append(_found("unreadable", sidecar_uri(result), result.job_id, detail))
    findings += extras(out, named)
    findings += _told_of_lists(out, named, how.lists)
    return Files(files=len(named), bytes=total, findings=tuple(findings), checked=dict(checked))


def look_at_one(
    file: Deliverable, job_id: str, said: SaidOfRow, how: HowToLook, checked: Counter[str]
) -> Iterator[Finding]:
    """All that is wrong with a delivered file, of which its row's sidecar `said` what it holds."""
    holds, signed = said.files.get(file.profile), file.profile in said.signed
    with ExitStack() as copies:
        path = copies.enter_context(how.brought(file.uri)) if holds or signed else None
        looked = list(look_at(file, job_id, path, how.lists))
        yield from looked
        if path is None or any(finding.what in {"missing", "unreadable"} for finding in looked):
            return
        copy = DeliveredCopy(
            job_id=job_id,
            path=path,
            name=file.uri.rpartition("/")[2],
            said=holds,
            signed=signed,
            beside=_beside(file.uri, how, copies) if signed else None,
            trusted=how.trusted,
            key=how.key,
            recorded=not looked,
        )
        for check in CHECKS:
            if how.asks(check, file, copy):
                checked[check.name] += 1
                told = told_of(check, copy)
                yield from (_found(check.name, file.uri, job_id, each) for each in told)


def _told_of_lists(out: str, named: set[str], lists: FileLists) -> Iterator[Finding]:
    """What is wrong with the lists of all files."""
    folder = join(out, FOLDER, "")
    for uri, fault in lists.faults.items():
        yield _found("history", uri, detail=fault)
    for name, told in unknown_names({uri.removeprefix(folder) for uri in named}, lists):
        yield _found("history", folder + name, detail=told)


def _beside(uri: str, how: HowToLook, copies: ExitStack) -> Path | None:
    """The credentials beside a file, on this machine; None where there are none."""
    if storage_of(uri).stat(uri + C2PA) is None:
        return None
    return copies.enter_context(how.brought(uri + C2PA))


def _found(what: Kind, uri: str, job_id: str = "", detail: str = "") -> Finding:
    return Finding(what=what, uri=uri, job_id=job_id, detail=detail, remedy=REMEDIES[what])


def require_below(out: str, uri: str) -> None:
    if not is_below(out, uri):
        message = f"{uri} is not in {out}: the folder was moved; verify it where it was made"
        raise ManifestUnusable("out_moved", message)


def look_at(
    file: Deliverable, job_id: str, copy: Path | None, lists: FileLists
) -> Iterator[Finding]:
    """What is wrong with the bytes of a delivered file, by the results; and with what the `lists`
    say of a file that is right. They are read from the `copy` where there is one."""
    try:
        stat = storage_of(file.uri).stat(file.uri)
        if stat is None:
            yield _found("missing", file.uri, job_id)
            return
        found = digests_of(str(copy or file.uri), stat.bytes)
    except BadInput as error:
        yield _found("unreadable", file.uri, job_id, error.message)
        return
    if stat.bytes != file.bytes:
        yield _found("changed", file.uri, job_id, f"{stat.bytes} bytes, not {file.bytes}")
    elif found.sha256 != file.sha256:
        detail = f"sha256 {found.sha256}, not {file.sha256}"
        yield _found("changed", file.uri, job_id, detail)
    else:
        told = list_breaches(file.uri.rpartition(f"/{FOLDER}/")[2], found, lists)
        yield from (_found("history", file.uri, job_id, each) for each in told)


def digests_of(uri: str, size: int) -> ReadDigests:
    """Of a stored file of `size` bytes, read once and in blocks."""
    storage, sha256, xxh128 = storage_of(uri), hashlib.sha256(), xxhash.xxh3_128()
    for start in range(0, size, BLOCK_BYTES):
        block = storage.read(uri, start, min(start + BLOCK_BYTES, size))
        sha256.update(block)
        xxh128.update(block)
    return ReadDigests(sha256=sha256.hexdigest(), xxh128=xxh128.hexdigest())


def extras(out: str, named: set[str]) -> Iterator[Finding]:
    """Files among the videos that no result names."""
    folder = join(out, "videos")
    for uri in storage_of(out).list(folder):
        if uri not in named and not is_of_package(out, uri):
            yield _found("extra", uri, detail="no result names it")
