"""Rows of a manifest as a stream: one file, or a folder of Parquet files, local or in S3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import unquote

from manifests.errors import BadInput, ManifestUnusable
from manifests.formats import Broken, Cells, Unread, comma_separated, json_lines, parquet
from manifests.formats.text import refuse_other_content
from manifests.problems import Fault, shown
from manifests.reading.values import value_of
from manifests.schema import COLUMNS, REQUIRED, SPEECH_SOURCES, meant
from manifests.storage import absolute, join, parent, redacted, storage_of
from manifests.storage.ranged import open_ranged

NOTHING = "__HIVE_DEFAULT_PARTITION__"


def partition_of(uri: str) -> Mapping[str, str | None]:
    """The values of our columns that the folders above a file name; those nearer to it win."""
    found: dict[str, str | None] = {}
    for folder in uri.split("/")[:-1]:
        name, equals, value = folder.partition("=")
        if equals and unquote(name) in COLUMNS:
            found[unquote(name)] = None if value == NOTHING else unquote(value)
    return found


def in_partition(cells: Cells, partition: Mapping[str, str | None]) -> Cells:
    """The row with what its folders say of it; where the file says otherwise, the cell cannot be
    read."""
    if not partition or not isinstance(cells, Mapping):
        return cells
    told = {name: _agreed(name, cells.get(name), text) for name, text in partition.items()}
    return {**cells, **told}


def _agreed(name: str, cell: object, text: str | None) -> object:
    column = COLUMNS[name]
    inside = value_of(column, cell)
    if inside is None:
        return text
    if isinstance(inside, Fault) or inside == value_of(column, text):
        return cell
    folder = f"{name}={text or NOTHING}"
    return Unread(
        f"the file says {shown(inside)} and its folder {shown(folder)}; make them say the same",
        of_column=True,
    )


FORMATS: Mapping[str, ModuleType] = {
    ".parquet": parquet,
    ".csv": comma_separated,
    ".jsonl": json_lines,
}

_READ_TOO: Mapping[str, ModuleType] = {
    ".tsv": comma_separated,
    ".txt": comma_separated,
    ".ndjson": json_lines,
}
"""Other names for the same forms: "Unicode Text" of Excel, and what DuckDB and Polars write."""

_INDEX = re.compile(r"(__index_level_[0-9]+__|Unnamed: [0-9]+)?")
"""Columns that pandas and spreadsheets add by themselves."""


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
    return [
        UnknownColumn(name=name, meant=meant(name))
        for name in names
        if name not in COLUMNS and not _INDEX.fullmatch(name)
    ]


def zoneless_columns(uri: str) -> list[str]:
    """The columns whose times are read as UTC though nothing says so; raises ManifestUnusable."""
    with _unusable():
        files = [file for file in files_of(uri) if suffix_of(file) == ".parquet"]
        found = (name for file in files for name in parquet.zoneless(open_ranged(file), COLUMNS))
        return list(dict.fromkeys(found))


def name_below(file: str, manifests: Sequence[str]) -> str:
    """A file of one of the manifests by its path below the folder that was given."""
    folders = (join(uri, "") for uri in manifests)
    folder = next((folder for folder in folders if file.startswith(folder)), f"{parent(file)}/")
    return redacted(file.removeprefix(folder))


def files_of(uri: str) -> Sequence[str]:
    """The manifest itself, or the Parquet files of the folder that it is."""
    uri = absolute(uri)
    storage = storage_of(uri)
    if not uri.endswith("/") and storage.stat(uri):
        refuse_other_content(open_ranged(uri), suffix_of(uri))
        if suffix_of(uri):
            return [uri]
        raise ManifestUnusable(
            "manifest_unreadable", f"{redacted(uri)} is not named .parquet, .csv or .jsonl."
        )
    below = len(join(uri, ""))
    found = list(storage.list(uri))
    _refuse_logged(uri, [file[below:] for file in found])
    files = [file for file in found if file.endswith(".parquet") and not _is_hidden(file[below:])]
    if files:
        return files
    raise _no_parquet(uri, [file for file in found if not _is_hidden(file[below:])])


def _no_parquet(uri: str, others: Sequence[str]) -> ManifestUnusable:
    """Athena, Trino and Hive give their files no suffix."""
    lack, remedy = "does not exist or is empty", "correct the path"
    if others:
        lack = "holds no .parquet file"
        named = any(suffix_of(file) for file in others)
        remedy = "name its files one by one" if named else "if its files are Parquet, name them so"
    return ManifestUnusable("manifest_missing", f"{redacted(uri)} {lack}; {remedy}.")


def _refuse_logged(uri: str, below: Sequence[str]) -> None:
    """Files of such a table also hold rows that were deleted or replaced; its log tells which."""
    for maker, mark in _LOGS.items():
        if any(mark.search(path) for path in below):
            raise ManifestUnusable(
                "manifest_unreadable",
                f"{redacted(uri)} is a table of {maker}, and only its log says which rows still"
                " count; write them to a folder of plain Parquet and name that.",
            )


def suffix_of(uri: str) -> str:
    """The suffix that names the form of `uri`, or ""."""
    suffixes = [*FORMATS, *_READ_TOO]
    return next((suffix for suffix in suffixes if uri.lower().endswith(suffix)), "")


def form_of(uri: str) -> ModuleType:
    """The module that reads and writes what `uri` is named as."""
    suffix = suffix_of(uri)
    return FORMATS.get(suffix) or _READ_TOO[suffix]


_LOGS = {
    "Delta Lake": re.compile(r"(^|/)_delta_log/"),
    "Iceberg": re.compile(r"(^|/)metadata/[^/]*\.metadata\.json$"),
    "Hudi": re.compile(r"(^|/)\.hoodie/"),
}


def _is_hidden(path: str) -> bool:
    """Other writers keep their own notes under names such as `_temporary/` and `.part.crc`."""
    return any(name.startswith(("_", ".")) for name in path.split("/"))


def _rows(uri: str) -> Iterator[Row]:
    partition = partition_of(uri)
    with _unusable():
        cells = form_of(uri).cells(open_ranged(uri), COLUMNS)
        for number, found in enumerate(cells, start=1):
            row = in_partition(found, partition)
            if isinstance(row, Broken):
                yield Row(number=number, manifest=uri, broken=row.reason)
            else:
                yield Row(number=number, manifest=uri, values=row)


def _columns(uri: str) -> Sequence[str]:
    names: Sequence[str] = form_of(uri).columns(open_ranged(uri))
    return names


def _require_columns(uri: str) -> None:
    if form_of(uri) is json_lines:  # has no header: each row says what it lacks
        open_ranged(uri)
        return
    names = [*_columns(uri)]
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    names += partition_of(uri)
    lacking = [name for name in REQUIRED if name not in names]
    if not set(SPEECH_SOURCES) & set(names):
        lacking.append(" or ".join(SPEECH_SOURCES))
    if lacking:
        raise ManifestUnusable("missing_column", _lacks(uri, lacking, names))
    if twice:
        raise ManifestUnusable(
            "manifest_unreadable", f"{redacted(uri)} has the column {twice[0]} twice; drop one."
        )


def _lacks(uri: str, lacking: Sequence[str], names: Sequence[str]) -> str:
    guesses = [(name, meant(name)) for name in names if name not in COLUMNS]
    hints = [f"{shown(name)} was perhaps meant as {guess}" for name, guess in guesses if guess]
    advice = f" ({', '.join(hints[:8])})" if hints else ""
    return f"{redacted(uri)} has no column {', '.join(lacking)}; add it{advice}."


@contextmanager
def _unusable() -> Iterator[None]:
    """What is wrong with a file of the manifest is wrong with the call."""
    try:
        yield
    except BadInput as error:
        raise ManifestUnusable("manifest_unreadable", error.message) from error
