"""The pages of a Parquet file by their own headers: how much they unpack to, before one is."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from manifests.errors import BadInput
from manifests.storage.ranged import RangedFile

LARGEST_PAGES_BYTES = 256 << 20
"""Bytes that the pages of one moment may have together: one page of every column is unpacked."""

_BATCH_BYTES = 16 << 20
_MOST_ROWS = 512
_MOST_ENTRIES = 128
"""Of lists and maps, a row on average; a row that has more is refused anyway."""

_WINDOW_BYTES = 1 << 14
_LONGEST_HEADER = 1 << 20
_DELTAS = (6, 7)
"""Encodings of texts; the second may repeat the beginning of the text before."""

_UNPACKED, _PACKED, _DATA, _DICTIONARY, _DATA_V2 = 2, 3, 5, 7, 8
_BOOLS, _BYTE, _INTS, _DOUBLE, _BINARY, _LISTS, _STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12

Struct = dict[int, Any]
"""Fields of a Thrift struct by number: whole numbers and structs; others are passed over."""


@dataclass(frozen=True, slots=True)
class Page:
    """How much a page unpacks to, its values, and whether its texts are written as deltas."""

    unpacked_bytes: int
    values: int
    deltas: bool


@dataclass(frozen=True, slots=True)
class PagePlan:
    """How to read a file: `rows` are read together; `deltas` names the columns whose texts are
    stored as differences."""

    rows: int
    deltas: frozenset[str]


def plan_of(file: RangedFile, metadata: Any, wanted: Collection[str]) -> PagePlan:  # noqa: ANN401 - pyarrow
    """How the columns `wanted` are read in bounded memory.

    Raises BadInput `unreadable_parquet` for a file whose pages unpack beyond what is read.
    """
    largest: dict[str, int] = {}
    deltas: set[str] = set()
    rows = _MOST_ROWS
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        row_bytes = 0.0
        for path, pages in _chunks(file, group, wanted):
            values = sum(page.values for page in pages)
            if values > _MOST_ENTRIES * (group.num_rows + 1):
                raise _refused(file, f"the column {path} holds lists without end")
            largest[path] = max([largest.get(path, 0), *(page.unpacked_bytes for page in pages)])
            row_bytes += max(map(_value_bytes, pages), default=0.0) * values / (group.num_rows + 1)
            deltas |= {path for page in pages if page.deltas}
        rows = min(rows, int(_BATCH_BYTES / (row_bytes + 1)))
    if sum(largest.values()) > LARGEST_PAGES_BYTES:
        mib = f"{LARGEST_PAGES_BYTES >> 20} MiB"
        raise _refused(file, f"its pages unpack to more than {mib}; write smaller pages")
    # any text of these may be as long as a page
    rows = min(rows, LARGEST_PAGES_BYTES // (sum(largest[path] for path in deltas) + 1))
    return PagePlan(rows=max(1, rows), deltas=frozenset(deltas))


def _value_bytes(page: Page) -> float:
    """Of a page of data, on average."""
    return page.unpacked_bytes / page.values if page.values else 0.0


def _chunks(
    file: RangedFile,
    group: Any,  # noqa: ANN401 - pyarrow
    wanted: Collection[str],
) -> Iterator[tuple[str, Sequence[Page]]]:
    window: io.BufferedReader[Any] = io.BufferedReader(file, _WINDOW_BYTES)
    try:
        for chunk in map(group.column, range(group.num_columns)):
            path = chunk.path_in_schema
            if path.split(".")[0] in wanted:
                yield path, list(_pages(window, chunk))
    finally:
        window.detach()


def _refused(file: RangedFile, why: str) -> BadInput:
    return BadInput("unreadable_parquet", f"{file.name} is not read: {why}.")


def _pages(window: io.BufferedReader[Any], chunk: Any) -> Iterator[Page]:  # noqa: ANN401 - pyarrow
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    end = start + chunk.total_compressed_size
    while start < end:
        window.seek(start)
        header, length = _header(window)
        yield _page(header)
        start += length + max(0, header.get(_PACKED, 0))


def _page(header: Struct) -> Page:
    data = header.get(_DATA) or header.get(_DATA_V2) or {}
    encoding = data.get(2 if _DATA in header else 4, 0)
    return Page(
        unpacked_bytes=header.get(_UNPACKED, 0),
        values=data.get(1, 0),
        deltas=encoding in _DELTAS,
    )


def _header(window: io.BufferedReader[Any]) -> tuple[Struct, int]:
    """A page's header and its length; it may hold a value or two as statistics."""
    content = window.read(_WINDOW_BYTES // 4)
    while True:
        source = io.BytesIO(content)
        try:
            return _struct(source), source.tell()
        except EOFError:
            more = window.read(len(content)) if len(content) < _LONGEST_HEADER else b""
            if not more:
                raise OSError("a page without a header") from None
            content += more


def _struct(source: io.BytesIO) -> Struct:
    """Thrift's compact protocol, as far as Parquet's headers use it."""
    found: Struct = {}
    number = 0
    while head := _byte(source):
        number = number + (head >> 4) if head >> 4 else _zigzag(_varint(source))
        found[number] = _value(source, head & 15)
    return found


def _value(source: io.BytesIO, kind: int) -> Any:  # noqa: ANN401 - a whole number or a struct
    if kind in _BOOLS:
        return kind == 1
    if kind in _INTS:
        return _zigzag(_varint(source))
    if kind == _STRUCT:
        return _struct(source)
    if kind in _LISTS:
        return _list(source)
    if kind not in (_BYTE, _DOUBLE, _BINARY):
        raise OSError("no page header")
    _skip(source, {_BYTE: 1, _DOUBLE: 8}.get(kind) or _varint(source))
    return 0


def _list(source: io.BytesIO) -> int:
    head = _byte(source)
    for _ in range(head >> 4 if head >> 4 != 15 else _varint(source)):  # noqa: PLR2004 - a length follows
        _value(source, head & 15)
    return 0


def _byte(source: io.BytesIO) -> int:
    found = source.read(1)
    if not found:
        raise EOFError
    return found[0]


def _skip(source: io.BytesIO, length: int) -> None:
    if len(source.read(length)) < length:
        raise EOFError


def _varint(source: io.BytesIO) -> int:
    value = shift = 0
    while True:
        byte = _byte(source)
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:  # noqa: PLR2004 - the last one
            return value
        if shift > 63:  # noqa: PLR2004 - of 64 bits
            raise OSError("no page header")


def _zigzag(value: int) -> int:
    return value >> 1 ^ -(value & 1)
