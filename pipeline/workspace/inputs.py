"""The files that a row names, on this machine, with the digests of their bytes: not larger than is
taken, and from no place but those that rows may name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import BadInput, Missing, TooLarge
from manifests.job import Job
from manifests.storage import redacted, storage_of
from manifests.storage.lookalikes import as_stored
from manifests.storage.uri import S3

COLUMNS = {
    "portrait_uri": "portrait",
    "audio_uri": "narration",
    "bed_uri": "bed",
    "lexicon_uri": "lexicon",
    "script_uri": "script",
    "source_script_uri": "source_script",
}
"""Columns that name files, in the order in which they are fetched, and what each is called here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSizes:
    """The most bytes that are taken of each file of a row; what is larger is not copied."""

    portrait_bytes: int = 200_000_000
    narration_bytes: int = 4_000_000_000
    bed_bytes: int = 4_000_000_000
    lexicon_bytes: int = 1 << 20
    script_bytes: int = 8 << 20
    source_script_bytes: int = 8 << 20

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise ValueError("all sizes must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What a row may hand over: files up to these sizes, below these roots (folders and `s3://`
    prefixes).

    Without roots, a manifest on this machine may name anything, as its caller may; one in a bucket
    names only what is in that bucket (docs/decisions/0432).
    """

    sizes: FileSizes = field(default_factory=FileSizes)
    roots: tuple[str, ...] = ()

    def largest(self, column: str) -> int:
        """In bytes, for a file of the column."""
        return int(getattr(self.sizes, f"{COLUMNS[column]}_bytes"))

    def roots_for(self, job: Job) -> tuple[str, ...]:
        """Those of the row; none: it may name anything."""
        if self.roots or not job.manifest.startswith(S3):
            return self.roots
        bucket, _, _ = job.manifest.removeprefix(S3).partition("/")
        return (S3 + bucket,)


def named_files(job: Job) -> Iterator[tuple[str, str]]:
    """The columns of a row that name files, and the URIs in them."""
    for column in COLUMNS:
        uri = getattr(job, column)
        if uri is not None:
            yield column, uri


def input_uris(job: Job) -> tuple[str, ...]:
    """The files that a row names: the portrait, and all others that it has."""
    return tuple(uri for _, uri in named_files(job))


def nameless(warnings: tuple[str, ...], job: Job) -> tuple[str, ...]:
    """Warnings without the row's URIs: rows with the same bytes under other names share a take."""
    return tuple(
        warning.replace(job.portrait_uri, "the portrait")
        .replace(job.audio_uri or "\0", "the audio")
        .replace(job.bed_uri or "\0", "the bed")
        .replace(job.script_uri or "\0", "the script")
        for warning in warnings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Local files of a row, and the SHA-256 of each in the order of `input_uris`; `columns` name
    them."""

    portrait: Path
    narration: Path | None
    bed: Path | None
    lexicon: Path | None
    digests: tuple[str, ...]
    columns: tuple[str, ...] = ()
    script: Path | None = None
    source_script: Path | None = None

    @property
    def script_digests(self) -> tuple[str, ...]:
        """Of the script's file and of the one that it translates; none without a script's file."""
        named = ("script_uri", "source_script_uri")
        return tuple(self.digest(column) for column in named) if self.script else ()

    def digest(self, column: str) -> str:
        """The SHA-256 of the column's file; "" without one."""
        return dict(zip(self.columns, self.digests, strict=True)).get(column, "")


def fetch_inputs(job: Job, folder: Path, admission: Admission) -> Inputs:
    """Bring the row's files to `folder`; raises as `fetch_column`."""
    found = {column: fetch_column(job, column, folder, admission) for column, _ in named_files(job)}
    return Inputs(
        portrait=found["portrait_uri"],
        narration=found.get("audio_uri"),
        bed=found.get("bed_uri"),
        lexicon=found.get("lexicon_uri"),
        digests=tuple(map(sha256_of, found.values())),
        columns=tuple(found),
        script=found.get("script_uri"),
        source_script=found.get("source_script_uri"),
    )


def fetched_as(column: str, folder: Path) -> Path:
    """Where the file of a column lies once it is fetched."""
    return folder / f"{COLUMNS[column]}.in"


def fetch_column(job: Job, column: str, folder: Path, admission: Admission) -> Path:
    """Bring the file of a column to `folder`.

    Raises `BadInput` that names it: `missing_file`, `forbidden`, `bad_uri`, `input_forbidden`,
    `file_too_large`.
    """
    uri, roots = str(getattr(job, column)), admission.roots_for(job)
    at_most, path = admission.largest(column), fetched_as(column, folder)
    try:
        try:
            return fetch_input(admitted(uri, roots), path, at_most=at_most)
        except Missing:
            return fetch_input(admitted(as_stored(uri), roots), path, at_most=at_most)
    except TooLarge as error:
        raise BadInput(
            "file_too_large",
            f"{redacted(uri)} has more than the {at_most / 1e6:,.0f} MB that are taken; hand over "
            f"a smaller one, or raise {COLUMNS[column]}_bytes below [sizes] in the settings.",
        ) from error


def fetch_input(uri: str, path: Path, *, at_most: int | None = None) -> Path:
    """Download one input, as it is: a local file is copied too, so that it cannot change under our
    hands."""
    storage_of(uri).download(uri, path, at_most=at_most)
    return path


def admitted(uri: str, roots: tuple[str, ...]) -> str:
    """The file's own name, links resolved, if it is below one of the roots; any is without roots.

    Raises `BadInput("input_forbidden")`.
    """
    if not roots:
        return uri
    own = uri if uri.startswith(S3) else os.path.realpath(uri)
    if any(_is_below(own, root) for root in roots):
        return own
    raise BadInput(
        "input_forbidden",
        f"{redacted(uri)} is not below {' or '.join(roots)}, where rows of this manifest may name "
        "files; move it there, or add its folder to `inputs` in the settings.",
    )


def _is_below(own: str, root: str) -> bool:
    folder = root if root.startswith(S3) else os.path.realpath(root)
    return own.startswith(f"{folder.rstrip('/')}/")
