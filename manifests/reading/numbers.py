"""Numbers in cells, as numbers or as text."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from decimal import Decimal

from manifests.problems import Fault, shown

_WHOLE = re.compile(r"[+-]?[0-9]{1,25}(\.0{0,25})?", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+", re.ASCII)
_LONGEST = 400

_EXACT_BELOW = 2.0**53
"""Floats hold every whole number up to here; a greater one may be another than was written."""


def whole_number(bits: int) -> Callable[[object], int | Fault | None]:
    """A reader of whole numbers that fit `bits` bits; it takes 7.0 for 7."""

    def read(cell: object) -> int | Fault | None:
        number = _read_whole(cell.strip() if isinstance(cell, str) else cell)
        if isinstance(number, int) and not -(1 << bits - 1) <= number < 1 << bits - 1:
            return _wrong(cell, f"does not fit {bits} bits; write a smaller number")
        return number

    return read


def _read_whole(cell: object) -> int | Fault | None:
    if isinstance(cell, str):
        return _whole_in(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, float | Decimal):
        return _whole_of(cell)
    return _wrong(cell, "is not a whole number; write an integer such as 7")


def _whole_of(cell: float | Decimal) -> int | Fault | None:
    """Tools make floats of whole numbers as soon as one row has none."""
    if math.isnan(cell):
        return None
    if not math.isfinite(cell) or cell != int(cell):
        return _wrong(cell, "is not a whole number; write an integer such as 7")
    if isinstance(cell, float) and abs(cell) > _EXACT_BELOW:
        return _wrong(cell, "may have lost digits as a float; write it as an integer")
    return int(cell)


def _whole_in(text: str) -> int | Fault:
    if _WHOLE.fullmatch(text):
        return int(text.partition(".")[0])
    if _SCIENTIFIC.fullmatch(text):
        return _wrong(
            text, "has lost digits in a spreadsheet; format the column as a number and save again"
        )
    return _wrong(text, "is not a whole number; write an integer such as 7")


def number(cell: object) -> float | Fault | None:
    """Reads any finite number."""
    if isinstance(cell, str):
        return _number_in(cell.strip())
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return _wrong(cell, "is not a number; write one such as 12.5")
    if not isinstance(cell, int) and math.isnan(cell):
        return None
    if not -sys.float_info.max <= cell <= sys.float_info.max:
        return _wrong(cell, "is not finite; write a number such as 12.5")
    return float(cell)


def _number_in(text: str) -> float | Fault:
    if _COMMA.fullmatch(text):
        return _wrong(text, "has a comma in it; write the decimal point, such as 12.5")
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return _wrong(text, "is not a number; write one such as 12.5")
    found = float(text)
    return found if math.isfinite(found) else _wrong(text, "is not finite; write one such as 12.5")


def _wrong(cell: object, detail: str) -> Fault:
    return Fault(code="wrong_type", detail=f"{shown(cell)} {detail}")
