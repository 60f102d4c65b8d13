"""What a single file says of itself: a delivered one, or any copy of it, wherever it lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jobs.verify.said import said_of_row
from manifests.artifact import sha256_of
from manifests.errors import BadInput
from manifests.results import Deliverable, Result
from pipeline.delivery.profiles import SIDECAR
from pipeline.delivery.provenance.c2pa_files import SignedPath
from pipeline.delivery.provenance.check import CredentialFindings
from pipeline.delivery.provenance.check_apart import check_apart
from pipeline.delivery.watermark.read import read_mark
from pipeline.media.read_back import HeaderFacts, header_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredAs:
    """The job and the profile that a file was delivered for."""

    job_id: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFound:
    """What was found of a file.

    `holds` tells in words what a sound or a video is, `credentials` what it carries in it or beside
    it; `delivered` as what the output that was named has these very bytes, None where it has not.
    `watermark` is the payload in its pictures, "" where none was read, and `marked_job` the job of
    that output which has it.
    """

    file: str
    bytes: int
    sha256: str
    holds: str
    credentials: CredentialFindings
    delivered: DeliveredAs | None = None
    watermark: str = ""
    marked_job: str = ""

    @property
    def vouched(self) -> bool:
        """Whether something proves that its bytes are those that were delivered: an output that
        holds them, or a signature whose root is trusted here; anybody can sign by another."""
        return self.delivered is not None or self.credentials.state == "trusted"


Delivered = Mapping[str, DeliveredAs]
"""By SHA-256."""


def delivered_by_digest(results: Iterable[Result]) -> Delivered:
    """All that an output delivered."""
    files = ((result, file) for result in results for file in result.deliverables)
    return {file.sha256: _as(result, file) for result, file in files}


def _as(result: Result, file: Deliverable) -> DeliveredAs:
    return DeliveredAs(job_id=result.job_id, profile=file.profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedWith:
    """What a file is compared with: all that an output delivered, the job of each watermark there,
    root certificates in PEM that are `trusted`, and the key of watermarks."""

    delivered: Delivered
    marks: Callable[[], Mapping[str, str]]
    trusted: bytes
    key: bytes = field(repr=False)


def jobs_by_mark(results: Iterable[Result]) -> Mapping[str, str]:
    """The job of each payload, as the sidecars of an output say."""
    found = {}
    for result in results:
        sidecars = [file.uri for file in result.deliverables if file.profile == SIDECAR]
        for file in said_of_row(result, sidecars[0]).files.values() if sidecars else ():
            if file.watermark:
                found[file.watermark] = result.job_id
    return found


def copy_found(name: str, signed: SignedPath, known: ComparedWith) -> CopyFound:
    """Look at a file, which people call `name`."""
    digest, mark = sha256_of(signed.path), _mark(signed.path, known.key)
    return CopyFound(
        file=name,
        bytes=signed.path.stat().st_size,
        sha256=digest,
        holds=_held(signed.path),
        credentials=check_apart(signed, known.trusted),
        delivered=known.delivered.get(digest),
        watermark=mark,
        marked_job=known.marks().get(mark, "") if mark else "",
    )


def _mark(path: Path, key: bytes) -> str:
    """The payload; "" of what has none, or no pictures."""
    try:
        found = read_mark(path, key, cut=True)
    except BadInput:
        return ""
    return found.payload if found else ""


def _held(path: Path) -> str:
    try:
        return told_of_header(header_of(path))
    except BadInput:
        return "no sound or video"


def told_of_header(found: HeaderFacts) -> str:
    """For people."""
    parts = [f"{found.container} {found.codec}"]
    if found.width:
        rate = f"{float(found.rate):.3f}".rstrip("0").rstrip(".")
        parts.append(f"{found.width}x{found.height}, {found.frames} frames at {rate}/s")
    if found.sound_rate:
        parts.append(f"{found.sound_s:.2f} s of sound")
    return ", ".join(parts)


def copy_lines(found: CopyFound) -> Iterable[str]:
    """For people: a file by its name, then what was found of it."""
    yield found.file
    yield f"  holds: {found.holds}, {found.bytes} bytes, sha256 {found.sha256}"
    yield f"  credentials: {found.credentials.sentence}"
    if found.credentials.untouched and found.credentials.facts:
        yield f"  says: {', '.join(_facts(found.credentials.facts))}"
    if found.credentials.untouched and found.credentials.ingredients:
        yield f"  made of: {', '.join(found.credentials.ingredients)}"
    yield mark_line(found)
    if found.delivered is not None:
        yield f"  delivered: {found.delivered.profile} of {found.delivered.job_id}, to the byte"


def mark_line(found: CopyFound) -> str:
    """Of the watermark, for people."""
    if not found.watermark:
        return "  watermark: none was read"
    whose = f", of {found.marked_job}" if found.marked_job else ""
    return f"  watermark: {found.watermark}{whose}"


def _facts(facts: Mapping[str, object]) -> Iterator[str]:
    """Those of credentials in a few words; inputs are told as what the file was made of."""
    for name, value in sorted(facts.items()):
        told = value.get("name") if isinstance(value, Mapping) else value
        if isinstance(told, str | int):
            yield f"{name.removeprefix('rushes.')} {told}"
