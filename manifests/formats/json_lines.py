"""JSON lines: one object a line, UTF-8; times are ISO 8601 text."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from manifests.formats import Broken, Cells
from manifests.formats.comma_separated import read_time
from manifests.schema import COLUMNS
from manifests.storage.ranged import RangedFile

_BLOCK_BYTES = 8 << 20
_LONGEST_LINE = 4 << 20


def columns(file: RangedFile) -> tuple[str, ...]:
    """Keys of all objects, in order of their first appearance; reads the whole file."""
    objects = (_object(line) for line in _lines(file))
    return tuple(dict.fromkeys(key for item in objects if isinstance(item, dict) for key in item))


def cells(file: RangedFile, wanted: Collection[str]) -> Iterator[Cells]:
    """The rows; blank lines are none."""
    return (_row(_object(line), wanted) for line in _lines(file))


def write(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            given = {name: value for name, value in row.items() if value is not None}
            file.write(json.dumps(given, ensure_ascii=False, default=datetime.isoformat) + "\n")


def _lines(file: RangedFile) -> Iterator[bytes]:
    """Lines that are not blank, each cut where it is longer than any row may be."""
    file.seek(0)
    blocks = io.BufferedReader(file, _BLOCK_BYTES)
    while line := blocks.readline(_LONGEST_LINE):
        rest = line
        while not rest.endswith(b"\n") and (rest := blocks.readline(_LONGEST_LINE)):
            pass
        if line.strip():
            yield line


def _object(line: bytes) -> Mapping[str, object] | Broken:
    if len(line) >= _LONGEST_LINE:
        return Broken(f"the line has more than {_LONGEST_LINE:,} bytes; shorten it")
    try:
        item = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Broken("the line is not JSON in UTF-8; correct it")
    if isinstance(item, dict):
        return item
    return Broken("the line is not a JSON object; write {...} with the columns as keys")


def _row(item: Cells, wanted: Collection[str]) -> Cells:
    if isinstance(item, Broken):
        return item
    return {name: _cell(name, value) for name, value in item.items() if name in wanted}


def _cell(name: str, value: object) -> object:
    if COLUMNS[name].kind == "timestamp" and isinstance(value, str):
        return read_time(value)
    return value
