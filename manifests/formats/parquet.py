"""Parquet, read by row groups and written by row groups."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.errors import BadInput
from manifests.schema import JOBS, JOBS_SCHEMA, require_readable
from manifests.storage.ranged import RangedFile, open_ranged

_ROWS_PER_GROUP = 10_000
_ROWS_PER_BATCH = 512
_READ_BYTES = 1 << 20
_UNREADABLE = (pa.ArrowException, OSError)
_NO_PYTHON_VALUE = (pa.ArrowException, KeyError, OverflowError, ValueError)


@dataclass(frozen=True, slots=True)
class NoValue:
    """Stands for a cell that Python cannot hold, such as text that is not UTF-8."""

    reason: str

    def __repr__(self) -> str:
        return f"({self.reason})"


def columns(file: RangedFile) -> tuple[str, ...]:
    """Names of the columns; raises BadInput `unreadable_parquet` or one of `require_readable`."""
    names: tuple[str, ...] = tuple(_opened(file, JOBS).schema_arrow.names)
    return names


def cells(file: RangedFile, wanted: Collection[str]) -> Iterator[Mapping[str, object]]:
    """The rows' values in the columns `wanted`; those that are not there are left out."""
    parquet = _opened(file, JOBS)
    names = [name for name in parquet.schema_arrow.names if name in wanted]
    return _rows(parquet, names, file.name)


def write(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    write_table(rows, JOBS_SCHEMA, path)


def read_table(uri: str, schema: pa.Schema, version: str) -> Iterator[Mapping[str, object]]:
    """Rows of a file that we wrote with `schema`; raises Missing, or BadInput that names it."""
    file = open_ranged(uri)
    parquet = _opened(file, version)
    lacking = set(schema.names) - set(parquet.schema_arrow.names)
    if lacking:
        raise BadInput("unreadable_parquet", f"{file.name} lacks the column {min(lacking)}.")
    return _rows(parquet, schema.names, file.name)


def read_note(uri: str, key: str) -> str | None:
    """What `noted` put into the file's schema under `key`; raises as `read_table` does."""
    file = open_ranged(uri)
    with _readable(file.name):
        metadata = pq.ParquetFile(pa.PythonFile(file, mode="r")).schema_arrow.metadata or {}
    found = metadata.get(key.encode())
    return None if found is None else found.decode(errors="replace")


def noted(schema: pa.Schema, key: str, note: str) -> pa.Schema:
    """The schema with a note that its file carries."""
    return schema.with_metadata({**schema.metadata, key: note})


def _rows(
    parquet: pq.ParquetFile, names: Sequence[str], name: str
) -> Iterator[Mapping[str, object]]:
    """One batch at a time in memory."""
    with _readable(name):
        for batch in parquet.iter_batches(batch_size=_ROWS_PER_BATCH, columns=names):
            lists = [_values(column) for column in batch.columns]
            yield from (dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True))


def write_table(
    rows: Iterable[Mapping[str, object]], schema: pa.Schema, sink: Path | BinaryIO
) -> None:
    """Stream rows into a new file; a column that a row lacks is null."""
    remaining = iter(rows)
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(itertools.islice(remaining, _ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _opened(file: RangedFile, version: str) -> pq.ParquetFile:
    with _readable(file.name):
        file.seek(0)
        parquet = pq.ParquetFile(pa.PythonFile(file, mode="r"), buffer_size=_READ_BYTES)
    require_readable(parquet.schema_arrow, version, file.name)
    return parquet


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise BadInput(
            "unreadable_parquet", f"{name} is damaged or no Parquet file; write it again."
        ) from error


def _values(column: pa.Array) -> list[object]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_timestamp(column.type):
        # Python knows microseconds, and any zone is UTC underneath
        column = column.cast(pa.timestamp("us", column.type.tz and "UTC"), safe=False)
    try:
        values: list[object] = column.to_pylist(maps_as_pydicts="strict")
    except _NO_PYTHON_VALUE:
        return [_value(scalar) for scalar in column]
    return values


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py(maps_as_pydicts="strict")
    except _NO_PYTHON_VALUE as error:
        return NoValue(f"a value that cannot be read: {type(error).__name__}")
