"""Times in cells, as times or as ISO 8601 text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from manifests.problems import Fault, shown

_EXAMPLE = "write one such as 2027-01-31T06:00:00Z"
_LONGEST = 64
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SPREADSHEET = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}( .*)?", re.ASCII)


def time(cell: object) -> datetime | Fault:
    """Reads a time that has a zone; UTC."""
    if isinstance(cell, str):
        return _time_in(cell.strip())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _wrong(cell, f"does not say its unit; {_EXAMPLE} (pandas: date_format='iso')")
    if not isinstance(cell, datetime):
        return _wrong(cell, f"is not a time; {_EXAMPLE}")
    if cell.tzinfo is None:
        return _wrong(cell, "has no time zone; write UTC, such as 2027-01-31T06:00:00Z")
    try:
        return cell.astimezone(UTC)
    except OverflowError:
        return _wrong(cell, "is beyond the calendar; write a time of this century")


def _time_in(text: str) -> datetime | Fault:
    if _DATE.fullmatch(text):
        return _wrong(text, f"is a day without a time; {_EXAMPLE}")
    written = f"{text.removesuffix(' UTC')}Z" if text.endswith(" UTC") else text
    try:
        return time(datetime.fromisoformat(written[:_LONGEST]))
    except ValueError:
        pass
    if _SPREADSHEET.fullmatch(text[:_LONGEST]):
        return _wrong(text, f"may be read in two ways; {_EXAMPLE}, in a column formatted as text")
    return _wrong(text, f"is not a time; {_EXAMPLE}")


def _wrong(cell: object, detail: str) -> Fault:
    return Fault(code="wrong_type", detail=f"{shown(cell)} {detail}")
