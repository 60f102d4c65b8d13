"""CSV with one header line, as programs and spreadsheets write it; lists and maps are JSON."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

from manifests.errors import BadInput
from manifests.formats import Broken, Cells
from manifests.formats.text import lines
from manifests.schema import COLUMNS, Column
from manifests.storage.ranged import RangedFile

_LONGEST_LINE = 4 << 20
_LONGEST_CELL = 1 << 20
_DELIMITERS = ",;\t|"
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+\s*")
_NUMBERS = {"int32", "int64", "float64"}
_NOT_UTF8 = re.compile("[\ud800-\udfff]")

# the module's own limit, 131,072 characters, is below that of a script; there is one for all
csv.field_size_limit(_LONGEST_CELL)


class _TooLong(csv.Error):
    pass


class _Source:
    """Physical lines for csv.reader; `taken` are those of the record under way."""

    def __init__(self, physical: Iterable[str]) -> None:
        self._lines = iter(physical)
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.taken.append(line)
        if len(line) > _LONGEST_LINE:
            raise _TooLong(f"it has more than {_LONGEST_LINE:,} characters")
        return line

    def give_back(self, unread: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(unread))


@dataclass(frozen=True, slots=True)
class _Table:
    """A file behind its header."""

    source: _Source
    names: tuple[str, ...]
    delimiter: str


def columns(file: RangedFile, known: Collection[str] = COLUMNS) -> tuple[str, ...]:
    """Names in the header, of which some are `known`; raises BadInput `no_header`."""
    return _opened(file, known).names


def cells(file: RangedFile, wanted: Mapping[str, Column]) -> Iterator[Cells]:
    """The rows below the header; lines of nothing but delimiters are none."""
    table = _opened(file, wanted)
    return (_row(line, table, wanted) for line in _records(table))


def write(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)


def _opened(file: RangedFile, known: Collection[str]) -> _Table:
    physical = lines(file, _LONGEST_LINE)
    first = next((line for line in physical if not _is_blank(line)), "")
    named = _NAMED_DELIMITER.fullmatch(first)
    if named:
        first = next(physical, "")
    second = next(physical, "")
    _refuse_title(file.name, first, second, known)
    delimiter = named[1] if named else _delimiter_of(first, known)
    source = _Source(chain(filter(None, (first, second)), physical))
    try:
        header = next(csv.reader(source, strict=True, delimiter=delimiter), [])
    except csv.Error:
        header = []
    names = tuple(name.strip().strip("\ufeff") for name in header)
    if not any(names):
        message = f"{file.name} does not begin with a line of column names; add one."
        raise BadInput("no_header", message)
    return _Table(source, names, delimiter)


def _refuse_title(name: str, first: str, second: str, known: Collection[str]) -> None:
    """Apple's Numbers writes the table's name above it, reports their title."""
    if not _known_in(first, known) and _known_in(second, known) > 1:
        message = f"{name} has a line above that of the column names; delete it."
        raise BadInput("no_header", message)


def _known_in(line: str, known: Collection[str]) -> int:
    """How many names are `known`, parted by whichever delimiter."""
    return max(_known(line, delimiter, known) for delimiter in _DELIMITERS)


def _known(line: str, delimiter: str, known: Collection[str]) -> int:
    return sum(name.strip('" \r\n') in known for name in line.split(delimiter))


def _is_blank(line: str) -> bool:
    return not line.strip(f"{_DELIMITERS}\ufeff \r\n")


def _delimiter_of(header: str, known: Collection[str]) -> str:
    """The one that parts the most names that are `known`; else the comma."""
    return max(_DELIMITERS, key=lambda delimiter: _known(header, delimiter, known))


def _records(table: _Table) -> Iterator[list[str] | Broken]:
    """One item per record that is not blank; goes on behind one that cannot be taken apart."""
    reader = csv.reader(table.source, strict=True, delimiter=table.delimiter)
    while True:
        table.source.taken.clear()
        try:
            record = next(reader)
        except csv.Error as error:
            yield _broken(str(error), table)
        except StopIteration:
            return
        else:
            if any(cell.strip() for cell in record):
                yield _of_width(record, table)


def _broken(why: str, table: _Table) -> Broken:
    taken = table.source.taken
    if len(taken) > 1:
        return _open_quote(table)
    return Broken(f"the line is not CSV ({why}); correct its quotes")


def _open_quote(table: _Table) -> Broken:
    """A quote was opened and closed nowhere, or in another row: go on at the next line that is a
    row."""
    taken = list(table.source.taken)
    later = range(1, len(taken))
    row = next((n for n in later if _is_row(taken[n], table)), len(taken))
    table.source.give_back(taken[row:])
    went = {1: "", 2: " and the line below went with it"}
    lost = went.get(row, f" and {row - 1:,} lines below went with it")
    return Broken(f"a quote is opened in the line and not closed{lost}; correct its quotes")


def _is_row(line: str, table: _Table) -> bool:
    try:
        cells = next(csv.reader([line], strict=True, delimiter=table.delimiter), [])
    except csv.Error:
        return False
    return len(cells) == len(table.names)


def _of_width(record: list[str], table: _Table) -> list[str] | Broken:
    """The record with as many cells as there are names; blank ones more do not count."""
    width = len(table.names)
    if len(record) == width or (len(record) > width and not "".join(record[width:]).strip()):
        return record[:width]
    taken = table.source.taken
    if len(taken) > 1 and any(_is_row(line, table) for line in taken[1:]):
        return _open_quote(table)
    mark = "tabs" if table.delimiter == "\t" else f"{table.delimiter!r}"
    advice = f"quote cells with {mark} or line breaks in them"
    return Broken(f"the line has {len(record)} cells for {width} columns; {advice}")


def _row(line: list[str] | Broken, table: _Table, wanted: Mapping[str, Column]) -> Cells:
    if isinstance(line, Broken):
        return line
    if any(_NOT_UTF8.search(cell) for cell in line):
        return Broken("the line is not UTF-8; save the file as UTF-8")
    return {
        name: _cell(cell, wanted[name], table.delimiter)
        for name, cell in zip(table.names, line, strict=True)
        if name in wanted
    }


def _cell(cell: str, column: Column, delimiter: str) -> str | None:
    """Where the comma parts no cells, it parts the decimals."""
    if not cell.strip():
        return None
    if delimiter != "," and column.kind in _NUMBERS and _DECIMAL_COMMA.fullmatch(cell):
        return cell.replace(",", ".")
    return cell


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
