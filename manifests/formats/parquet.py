"""Parquet, read by row groups and written by row groups."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.errors import BadInput
from manifests.formats import Unread
from manifests.formats.arrow import is_zoneless, python_values, values_of
from manifests.formats.pages import plan_of
from manifests.schema import JOBS, JOBS_SCHEMA, Column, require_readable
from manifests.storage.ranged import RangedFile, open_ranged

_ROWS_PER_GROUP = 10_000
_ROWS_PER_BATCH = 512
_READ_BYTES = 1 << 20
_UNREADABLE = (pa.ArrowException, OSError)
Values = Callable[[pa.Array], list[object]]


def columns(file: RangedFile) -> tuple[str, ...]:
    """Names of the columns; raises BadInput `unreadable_parquet` or one of `require_readable`."""
    names: tuple[str, ...] = tuple(_opened(file, JOBS).schema_arrow.names)
    return names


def zoneless(file: RangedFile, wanted: Mapping[str, Column]) -> tuple[str, ...]:
    """Columns of times or days that say no zone; INT96, which Spark writes, is always UTC."""
    parquet = _opened(file, JOBS)
    leaves = [parquet.schema.column(n) for n in range(len(parquet.schema.names))]
    in_utc = {leaf.path for leaf in leaves if leaf.physical_type == "INT96"}
    return tuple(
        field.name
        for field in parquet.schema_arrow
        if field.name in wanted
        and wanted[field.name].kind == "timestamp"
        and is_zoneless(field.type)
        and field.name not in in_utc
    )


def cells(file: RangedFile, wanted: Mapping[str, Column]) -> Iterator[Mapping[str, object]]:
    """The rows' values in the columns `wanted`; those that are not there are left out."""
    with _readable(file.name):
        metadata = pq.read_metadata(pa.PythonFile(file, mode="r"))
        plan = plan_of(file, metadata, wanted)
    parquet = _opened(file, JOBS, _shared_texts(metadata.schema, wanted, plan.deltas))
    readers: dict[str, Values] = {
        name: partial(values_of, column=wanted[name])
        for name in parquet.schema_arrow.names
        if name in wanted
    }
    return _rows(parquet, readers, file.name, plan.rows)


def plain_rows(file: RangedFile) -> Iterator[Mapping[str, object]]:
    """The rows with all their columns, each cell as Python has it."""
    parquet = _opened(file, JOBS)
    return _rows(parquet, dict.fromkeys(parquet.schema_arrow.names, python_values), file.name)


def _shared_texts(
    schema: pq.ParquetSchema, wanted: Collection[str], deltas: Collection[str]
) -> list[str]:
    """Columns whose texts are kept once however many rows have them: a few bytes may say that a
    million do. Arrow does so but for those that are written as deltas."""
    leaves = [schema.column(number) for number in range(len(schema.names))]
    texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    return [path for path in texts if path.split(".")[0] in wanted and path not in deltas]


def write(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    write_table(rows, JOBS_SCHEMA, path)


def read_table(uri: str, schema: pa.Schema, version: str) -> Iterator[Mapping[str, object]]:
    """Rows of a file that we wrote with `schema`; raises Missing, or BadInput that names it."""
    file = open_ranged(uri)
    parquet = _opened(file, version)
    lacking = set(schema.names) - set(parquet.schema_arrow.names)
    if lacking:
        raise BadInput("unreadable_parquet", f"{file.name} lacks the column {min(lacking)}.")
    return map(
        partial(_whole, name=file.name),
        _rows(parquet, dict.fromkeys(schema.names, python_values), file.name),
    )


def _whole(row: Mapping[str, object], name: str) -> Mapping[str, object]:
    """What we wrote can be read, or something else was written over it."""
    if any(isinstance(value, Unread) for value in row.values()):
        raise BadInput("unreadable_parquet", f"{name} is damaged.")
    return row


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
    parquet: pq.ParquetFile,
    readers: Mapping[str, Values],
    name: str,
    at_once: int = _ROWS_PER_BATCH,
) -> Iterator[Mapping[str, object]]:
    """One batch at a time in memory."""
    names = list(readers)
    with _readable(name):
        for batch in parquet.iter_batches(batch_size=at_once, columns=names):
            lists = [readers[n](column) for n, column in zip(names, batch.columns, strict=True)]
            yield from (dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True))


def write_table(
    rows: Iterable[Mapping[str, object]], schema: pa.Schema, sink: Path | BinaryIO
) -> None:
    """Stream rows into a new file; a column that a row lacks is null."""
    remaining = iter(rows)
    with pq.ParquetWriter(sink, schema, compression="zstd", write_page_checksum=True) as writer:
        while group := list(itertools.islice(remaining, _ROWS_PER_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _opened(file: RangedFile, version: str, texts: Sequence[str] = ()) -> pq.ParquetFile:
    with _readable(file.name):
        file.seek(0)
        parquet = pq.ParquetFile(
            pa.PythonFile(file, mode="r"),
            buffer_size=_READ_BYTES,
            read_dictionary=list(texts),
            page_checksum_verification=True,
            coerce_int96_timestamp_unit="us",  # in nanoseconds the year 2300 is another one
        )
    require_readable(parquet.schema_arrow, version, file.name)
    return parquet


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        what = "damaged or no Parquet file; write it again"
        if "deeply nested" in str(error):
            what = "of columns that nest lists or maps too deeply; write flat columns, or leave out"
            what += " those that are not read"
        raise BadInput("unreadable_parquet", f"{name} is {what}.") from error
