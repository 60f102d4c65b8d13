"""CSV, UTF-8, with one header line; lists and maps are cells of JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from manifests.errors import BadInput
from manifests.formats import Broken, Cells
from manifests.schema import COLUMNS, Kind
from manifests.storage.ranged import RangedFile

_BLOCK_BYTES = 8 << 20
_LONGEST_CELL = 1 << 20
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,25}\s*")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")

# the module's own limit, 131,072 characters, is below that of a script; there is one for all
csv.field_size_limit(_LONGEST_CELL)


def columns(file: RangedFile) -> tuple[str, ...]:
    """Names in the header; raises BadInput `no_header`."""
    return _header(_lines(file), file.name)


def cells(file: RangedFile, wanted: Collection[str]) -> Iterator[Cells]:
    """The rows below the header; blank lines are no rows."""
    lines = _lines(file)
    names = _header(lines, file.name)
    return (_row(line, names, wanted) for line in _records(lines) if line != [])


def write(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)


def read_time(text: str) -> object:
    """A time from ISO 8601, or the text itself."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return text


def _lines(file: RangedFile) -> TextIO:
    file.seek(0)
    blocks = io.BufferedReader(file, _BLOCK_BYTES)
    return io.TextIOWrapper(blocks, "utf-8-sig", errors="surrogateescape", newline="")


def _header(lines: TextIO, uri: str) -> tuple[str, ...]:
    header = next(_records(lines), [])
    if isinstance(header, Broken) or not header:
        raise BadInput("no_header", f"{uri} does not begin with a line of column names; add one.")
    return tuple(name.strip() for name in header)


def _records(lines: TextIO) -> Iterator[list[str] | Broken]:
    """One item per record; the reader goes on behind a record that it cannot take apart."""
    reader = csv.reader(lines, strict=True)
    while True:
        try:
            yield next(reader)
        except csv.Error as error:
            yield Broken(f"the line is not CSV ({error}); correct its quotes")
        except StopIteration:
            return


def _row(line: list[str] | Broken, names: tuple[str, ...], wanted: Collection[str]) -> Cells:
    if isinstance(line, Broken):
        return line
    if len(line) != len(names):
        return Broken(
            f"the line has {len(line)} cells for {len(names)} columns; quote cells with commas"
        )
    if any(_NOT_UTF8.search(cell) for cell in line):
        return Broken("the line is not UTF-8; save the file as UTF-8")
    return {
        name: _READERS.get(COLUMNS[name].kind, str)(cell) if cell.strip() else None
        for name, cell in zip(names, line, strict=True)
        if name in wanted
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _read_whole(text: str) -> object:
    return int(text) if _WHOLE.fullmatch(text) else text


def _read_number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


_READERS: Mapping[Kind, Callable[[str], object]] = {
    "int32": _read_whole,
    "int64": _read_whole,
    "float64": _read_number,
    "timestamp": read_time,
    "list<text>": _read_json,
    "map<text,text>": _read_json,
}
