"""Content credentials that a row's own files carry: read where nothing can come to harm, and kept
in what is made of them."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import BadInput
from manifests.job import Job
from pipeline.delivery.provenance.claim import ClaimInput
from pipeline.delivery.provenance.development import development_certificate
from pipeline.media.process import ProgramFailed, run_program
from pipeline.workspace.inputs import COLUMNS, Admission, FileSizes, fetch_column

PROGRAM = Path(__file__).with_name("ingredient_program.py")

LOOKED_INTO = ("portrait", "narration", "bed")
"""Inputs that may carry credentials, in the words of `COLUMNS`; texts carry none."""

MARK = b"jumb"
"""The type of the box that credentials stand in, in every kind of file."""

LARGEST_BYTES = 1 << 30
"""Of an input that is searched for credentials."""

LARGEST_KEPT_BYTES = 8 << 20
"""Of credentials that are kept: every file that is made of the input carries them."""

TIMEOUT_S = 60.0
MEMORY_BYTES = 4 << 30

NOT_KEPT = "input_credentials_not_kept"

_HEADS: Mapping[bytes, str] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
}
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/avi"}
_BRANDS = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"avif": "image/avif",
    b"heic": "image/heic",
    b"mif1": "image/heif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A file of the row; `archive` holds the credentials that it carries, b"" for none."""

    role: str
    sha256: str
    archive: bytes = b""

    @property
    def described(self) -> dict[str, object]:
        """For the manifest, where nothing is kept of the file but its digest."""
        return {
            "title": self.role,
            "label": self.role,
            "instance_id": f"sha256:{self.sha256}",
            "description": f"SHA-256 {self.sha256}",
            "relationship": "inputTo",
        }


def ingredients_of(
    job: Job, inputs: Sequence[ClaimInput], admission: Admission, folder: Path
) -> tuple[tuple[Ingredient, ...], tuple[str, ...]]:
    """The files of a row with the credentials that they carry, and warnings of those that could not
    be kept: a row does not fail for what its inputs carry."""
    found: list[Ingredient] = []
    warnings: list[str] = []
    for given in inputs:
        archive = b""
        if given.role in LOOKED_INTO:
            try:
                archive = _archive_of_input(job, given, admission, folder)
            except NotKept as why:
                warnings.append(f"{NOT_KEPT}: {given.role}: {why}; its digest alone is named")
        found.append(Ingredient(role=given.role, sha256=given.sha256, archive=archive))
    return tuple(found), tuple(warnings)


class NotKept(Exception):
    """Why credentials of an input are left out."""


def _archive_of_input(job: Job, given: ClaimInput, admission: Admission, folder: Path) -> bytes:
    column = next(column for column, role in COLUMNS.items() if role == given.role)
    try:
        path = fetch_column(job, column, folder, _bounded(admission))
    except BadInput as error:
        too_large = error.code == "file_too_large"
        told = f"it has more than {LARGEST_BYTES >> 20} MB and is not searched for credentials"
        why = told if too_large else f"it could not be read again ({error.code})"
        raise NotKept(why) from error
    try:
        if sha256_of(path) != given.sha256:
            raise NotKept("it was changed while the video was made")
        return archive_of(path, given.role, folder)
    finally:
        path.unlink(missing_ok=True)


def _bounded(admission: Admission) -> Admission:
    """With no file larger than those that are searched."""
    sizes = {name: min(size, LARGEST_BYTES) for name, size in asdict(admission.sizes).items()}
    return replace(admission, sizes=FileSizes(**sizes))


def archive_of(path: Path, role: str, folder: Path) -> bytes:
    """The credentials that a file carries, b"" for none; `NotKept` for those that are broken, too
    large, or too much for the reader."""
    if not carries(path):
        return b""
    kind = format_of(path)
    key, chain, archive = (folder / f"{role}.{name}" for name in ("key", "chain", "archive"))
    now = datetime.now(UTC)
    pem, certificates, _ = development_certificate(now - timedelta(hours=1), days=1)
    key.write_bytes(pem)  # of the trial that the program makes: it signs nothing else
    chain.write_bytes(certificates)
    words = (str(path), kind, role, str(key), str(chain), str(archive))
    try:
        command = [sys.executable, "-P", str(PROGRAM), *words]
        run_program(command, timeout_s=TIMEOUT_S, memory_bytes=MEMORY_BYTES)
    except ProgramFailed as failure:
        raise NotKept(_reason(failure)) from failure
    if archive.stat().st_size > LARGEST_KEPT_BYTES:
        raise NotKept(f"its credentials have more than {LARGEST_KEPT_BYTES >> 20} MB")
    return archive.read_bytes()


def _reason(failure: ProgramFailed) -> str:
    if failure.timed_out:
        return f"its credentials could not be read within {TIMEOUT_S:.0f} s"
    return "its credentials are damaged, or of a kind that cannot be kept"


def carries(path: Path) -> bool:
    """Whether a file may hold credentials."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(MARK) >= 0


def format_of(path: Path) -> str:
    """The kind of a picture, sound or video, by its first bytes; the plainest for what is not
    known."""
    with path.open("rb") as file:
        head = file.read(16)
    for start, kind in _HEADS.items():
        if head.startswith(start):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], "application/octet-stream")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return "application/octet-stream"
