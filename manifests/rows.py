"""Rows of a manifest as a stream: one file, or a folder of Parquet files, local or in S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

from manifests.errors import BadInput, ManifestUnusable
from manifests.formats import Broken, comma_separated, json_lines, parquet
from manifests.schema import COLUMNS, REQUIRED, SPEECH_SOURCES, meant
from manifests.storage import absolute, join, redacted, storage_of
from manifests.storage.ranged import open_ranged

FORMATS: Mapping[str, ModuleType] = {
    ".parquet": parquet,
    ".csv": comma_separated,
    ".jsonl": json_lines,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Row `number` (from 1, headers and blank lines not counted) of the file `manifest`.

    `values` holds the cells of the columns we know, unchecked; `broken` says why there are none.
    """

    number: int
    manifest: str
    values: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownColumn:
    """A column that is not read, and the one it was probably meant to be."""

    name: str
    meant: str | None


def read_rows(uri: str) -> Iterator[Row]:
    """All rows in order; those of a folder file after file, sorted by name.

    Raises ManifestUnusable at once when a file cannot be opened or lacks a column, and on the way
    when one turns out to be damaged.
    """
    with _unusable():
        files = files_of(uri)
        for file in files:
            _require_columns(file)
    return (row for file in files for row in _rows(file))


def unknown_columns(uri: str) -> list[UnknownColumn]:
    """The columns of the manifest that are not ours; raises ManifestUnusable."""
    with _unusable():
        names = dict.fromkeys(name for file in files_of(uri) for name in _columns(file))
    return [UnknownColumn(name=name, meant=meant(name)) for name in names if name not in COLUMNS]


def files_of(uri: str) -> Sequence[str]:
    """The manifest itself, or the Parquet files of the folder that it is."""
    uri = absolute(uri)
    storage = storage_of(uri)
    if not uri.endswith("/") and storage.stat(uri):
        if suffix_of(uri):
            return [uri]
        raise ManifestUnusable(
            "manifest_unreadable", f"{redacted(uri)} is not named .parquet, .csv or .jsonl."
        )
    below = len(join(uri, ""))
    found = list(storage.list(uri))
    files = [file for file in found if file.endswith(".parquet") and not _is_hidden(file[below:])]
    if files:
        return files
    lack = "holds no .parquet file" if found else "does not exist or is empty"
    raise ManifestUnusable("manifest_missing", f"{redacted(uri)} {lack}; correct the path.")


def suffix_of(uri: str) -> str:
    """The suffix that names the form of `uri`, or ""."""
    return next((suffix for suffix in FORMATS if uri.lower().endswith(suffix)), "")


def _is_hidden(path: str) -> bool:
    """Other writers keep their own notes under names such as `_temporary/` and `.part.crc`."""
    return any(name.startswith(("_", ".")) for name in path.split("/"))


def _rows(uri: str) -> Iterator[Row]:
    with _unusable():
        cells = FORMATS[suffix_of(uri)].cells(open_ranged(uri), COLUMNS)
        for number, row in enumerate(cells, start=1):
            if isinstance(row, Broken):
                yield Row(number=number, manifest=uri, broken=row.reason)
            else:
                yield Row(number=number, manifest=uri, values=row)


def _columns(uri: str) -> Sequence[str]:
    names: Sequence[str] = FORMATS[suffix_of(uri)].columns(open_ranged(uri))
    return names


def _require_columns(uri: str) -> None:
    if suffix_of(uri) == ".jsonl":  # has no header: each row says what it lacks
        open_ranged(uri)
        return
    names = _columns(uri)
    lacking = [name for name in REQUIRED if name not in names]
    if not set(SPEECH_SOURCES) & set(names):
        lacking.append(" or ".join(SPEECH_SOURCES))
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if lacking:
        raise ManifestUnusable("missing_column", _lacks(uri, lacking, names))
    if twice:
        raise ManifestUnusable(
            "manifest_unreadable", f"{redacted(uri)} has the column {twice[0]} twice; drop one."
        )


def _lacks(uri: str, lacking: Sequence[str], names: Sequence[str]) -> str:
    guesses = [(name, meant(name)) for name in names if name not in COLUMNS]
    hints = [f"{name!r} was perhaps meant as {guess}" for name, guess in guesses if guess]
    advice = f" ({', '.join(hints)})" if hints else ""
    return f"{redacted(uri)} has no column {', '.join(lacking)}; add it{advice}."


@contextmanager
def _unusable() -> Iterator[None]:
    """What is wrong with a file of the manifest is wrong with the call."""
    try:
        yield
    except BadInput as error:
        raise ManifestUnusable("manifest_unreadable", error.message) from error
