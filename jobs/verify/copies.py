"""What a single file says of itself: a delivered one, or any copy of it, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import BadInput
from manifests.results import Deliverable, Result
from pipeline.media.read_back import HeaderFacts, header_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredAs:
    """The job and the profile that a file was delivered for."""

    job_id: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFound:
    """What was found of a file. `holds` tells in words what a sound or a video is; `delivered` as
    what the output that was named has these very bytes, None where it has not."""

    file: str
    bytes: int
    sha256: str
    holds: str
    delivered: DeliveredAs | None = None

    @property
    def vouched(self) -> bool:
        """Whether something proves that its bytes are those that were delivered."""
        return self.delivered is not None


Delivered = Mapping[str, DeliveredAs]
"""By SHA-256."""


def delivered_by_digest(results: Iterable[Result]) -> Delivered:
    """All that an output delivered."""
    files = ((result, file) for result in results for file in result.deliverables)
    return {file.sha256: _as(result, file) for result, file in files}


def _as(result: Result, file: Deliverable) -> DeliveredAs:
    return DeliveredAs(job_id=result.job_id, profile=file.profile)


def copy_found(name: str, path: Path, delivered: Delivered) -> CopyFound:
    """Look at the file `path`, which people call `name`."""
    digest = sha256_of(path)
    return CopyFound(
        file=name,
        bytes=path.stat().st_size,
        sha256=digest,
        holds=_held(path),
        delivered=delivered.get(digest),
    )


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
    if found.delivered is not None:
        yield f"  delivered: {found.delivered.profile} of {found.delivered.job_id}, to the byte"
