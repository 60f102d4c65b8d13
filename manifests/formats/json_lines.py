"""JSON lines: one object a line; times are ISO 8601 text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from manifests.formats import Broken, Cells
from manifests.formats.text import lines
from manifests.storage.ranged import RangedFile

_LONGEST_LINE = 4 << 20
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


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


def _lines(file: RangedFile) -> Iterator[str]:
    return (line for line in lines(file, _LONGEST_LINE, newline="\n") if line.strip())


def _object(line: str) -> Mapping[str, object] | Broken:
    if len(line) > _LONGEST_LINE:
        return Broken(f"the line has more than {_LONGEST_LINE:,} characters; shorten it")
    if _NOT_UTF8.search(line):
        return Broken("the line is not JSON in UTF-8; save the file as UTF-8")
    try:
        item = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return Broken(f"the line is not JSON in UTF-8; {_remedy(line)}")
    if isinstance(item, dict):
        return item
    return Broken(
        "the line is not a JSON object; write {...} with the columns as keys, one a line "
        "(pandas: orient='records', lines=True)"
    )


def _remedy(line: str) -> str:
    if line.strip() in {"[", "{"}:
        return "write each object in one line, without brackets around all"
    return "correct it"


def _row(item: Cells, wanted: Collection[str]) -> Cells:
    if isinstance(item, Broken):
        return item
    return {name: value for name, value in item.items() if name in wanted}
