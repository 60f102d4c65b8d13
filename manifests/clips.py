"""Real clips to train from: a Parquet manifest of videos of one speaking person each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manifests.errors import BadInput, ManifestUnusable
from manifests.formats import parquet
from manifests.problems import Fault, Problem, shown
from manifests.reading.rows import files_of
from manifests.reading.values import value_of
from manifests.schema import Column
from manifests.storage.ranged import open_ranged
from manifests.storage.uri import redacted, resolve

COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(name="clip_id"),
        Column(name="video_uri", kind="uri"),
        Column(name="caption"),
        Column(name="audio_uri", kind="uri"),
    )
}
REQUIRED = ("clip_id", "video_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClip:
    """A valid row: a video of a speaking person, URIs made absolute.

    Its sound is that of `audio_uri`, else the video's own. `row` is the 1-based row number in the
    file `manifest`.
    """

    clip_id: str
    video_uri: str
    caption: str = ""
    audio_uri: str | None = None
    row: int = 0
    manifest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidClip:
    """A row that cannot become a clip, with everything that is wrong with it.

    The problems' `job_id` is the clip's id.
    """

    row: int
    manifest: str
    clip_id: str
    problems: tuple[Problem, ...]


def read_clips(uri: str) -> Iterator[RecordedClip | InvalidClip]:
    """The rows of a Parquet file or of a folder of them, in order.

    Raises ManifestUnusable before the first row when a file cannot be read or lacks a column, and
    on the way when one turns out to be damaged.
    """
    try:
        files = files_of(uri)
        for file in files:
            _require_columns(file)
    except BadInput as error:
        raise ManifestUnusable("manifest_unreadable", error.message) from error
    return _examined(files)


def _examined(files: Sequence[str]) -> Iterator[RecordedClip | InvalidClip]:
    used: dict[str, str] = {}
    for file in files:
        try:
            for number, cells in enumerate(parquet.cells(open_ranged(file), COLUMNS), start=1):
                yield examined(cells, number, file, used)
        except BadInput as error:
            raise ManifestUnusable("manifest_unreadable", error.message) from error


def _require_columns(uri: str) -> None:
    if not uri.lower().endswith(".parquet"):
        raise ManifestUnusable(
            "manifest_unreadable",
            f"{redacted(uri)} is not named .parquet; write the clips as Parquet.",
        )
    names = parquet.columns(open_ranged(uri))
    lacking = [name for name in REQUIRED if name not in names]
    if lacking:
        raise ManifestUnusable(
            "missing_column", f"{redacted(uri)} has no column {', '.join(lacking)}; add it."
        )


def examined(
    cells: Mapping[str, object], number: int, manifest: str, used: dict[str, str]
) -> RecordedClip | InvalidClip:
    """The row as a clip, or all that is wrong with it; its id is taken in `used`."""
    values: dict[str, Any] = {}
    faults: list[tuple[str, Fault]] = []
    for name, cell in cells.items():
        value = _value(COLUMNS[name], cell, manifest)
        if isinstance(value, Fault):
            faults.append((name, value))
        elif value is not None:
            values[name] = value
    given = {*values, *(name for name, _ in faults)}
    lack = Fault(code="missing_value", detail="there is no value; every row needs one")
    faults += [(name, lack) for name in REQUIRED if name not in given]
    clip_id = str(values.get("clip_id", ""))
    if clip_id in used:
        detail = f"{shown(clip_id)} is taken by {used[clip_id]}; choose another"
        faults.append(("clip_id", Fault(code="duplicate_clip_id", detail=detail)))
    elif clip_id:
        used[clip_id] = f"row {number} of {redacted(manifest)}"
    if faults:
        return _invalid(number, manifest, clip_id, faults)
    return RecordedClip(**values, row=number, manifest=manifest)


def _value(column: Column, cell: object, manifest: str) -> object:
    """The value, None where there is none, or what is wrong with it."""
    value = None if cell is None else value_of(column, cell)
    if isinstance(value, Fault) or value is None or column.kind != "uri":
        return value
    try:
        return resolve(str(value), manifest)
    except BadInput:
        places = "an absolute path, one relative to the manifest, file:// or s3://BUCKET/KEY"
        detail = f"{shown(value)} is no place for files; write {places}"
        return Fault(code="bad_uri", detail=detail)


def _invalid(
    number: int, manifest: str, clip_id: str, faults: Sequence[tuple[str, Fault]]
) -> InvalidClip:
    problems = tuple(
        Problem(
            row=number,
            job_id=clip_id,
            column=column,
            code=fault.code,
            message=f"Row {number}, column {column}: {fault.detail}.",
        )
        for column, fault in faults
    )
    return InvalidClip(row=number, manifest=manifest, clip_id=clip_id, problems=problems)
