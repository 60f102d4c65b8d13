"""Values of cells: is each of its column's type, and what does it mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from manifests.problems import Fault, shown
from manifests.schema import Column, Kind

# neither can be passed to a program or written as UTF-8
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


def value_of(column: Column, cell: object) -> object:
    """The cell's value: None when it is missing, blank or [], a Fault when of another type."""
    if cell is None or cell == [] or (isinstance(cell, str) and not cell.strip()):
        return None
    return _READERS[column.kind](cell)


def _text(cell: object) -> str | Fault:
    if not isinstance(cell, str):
        return _wrong(cell, "is not text; write it as a string")
    if _UNWRITABLE.search(cell):
        return _wrong(cell, "holds a character that is not text (NUL or a surrogate); remove it")
    return cell


def _whole_number(bits: int) -> Callable[[object], int | Fault]:
    def read(cell: object) -> int | Fault:
        if not isinstance(cell, int) or isinstance(cell, bool):
            return _wrong(cell, "is not a whole number; write an integer such as 7")
        if not -(1 << bits - 1) <= cell < 1 << bits - 1:
            return _wrong(cell, f"does not fit {bits} bits; write a smaller number")
        return cell

    return read


def _number(cell: object) -> float | Fault:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _wrong(cell, "is not a number; write one such as 12.5")
    if not abs(cell) <= sys.float_info.max:  # nor does NaN
        return _wrong(cell, "is not finite; write a number such as 12.5")
    return float(cell)


def _time(cell: object) -> datetime | Fault:
    if not isinstance(cell, datetime):
        return _wrong(cell, "is not a time; write one such as 2027-01-31T06:00:00Z")
    if cell.tzinfo is None:
        return _wrong(cell, "has no time zone; write UTC, such as 2027-01-31T06:00:00Z")
    try:
        return cell.astimezone(UTC)
    except OverflowError:
        return _wrong(cell, "is beyond the calendar; write a time of this century")


def _texts(cell: object) -> tuple[str, ...] | Fault:
    if not isinstance(cell, list) or any(isinstance(_text(item), Fault) for item in cell):
        return _wrong(cell, 'is not a list of text; write one such as ["web"]')
    return tuple(cell)


def _text_map(cell: object) -> Mapping[str, str] | Fault:
    texts = [*cell.keys(), *cell.values()] if isinstance(cell, dict) else [None]
    if any(isinstance(_text(item), Fault) for item in texts):
        return _wrong(cell, 'is not a map of text to text; write one such as {"reel": "4"}')
    return cell if isinstance(cell, dict) else {}


def _wrong(cell: object, detail: str) -> Fault:
    return Fault(code="wrong_type", detail=f"{shown(cell)} {detail}")


_READERS: Mapping[Kind, Callable[[object], object]] = {
    "text": _text,
    "uri": _text,
    "int32": _whole_number(32),
    "int64": _whole_number(64),
    "float64": _number,
    "timestamp": _time,
    "list<text>": _texts,
    "map<text,text>": _text_map,
}
