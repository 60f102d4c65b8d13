"""Values of cells: is each of its column's type, and what does it mean."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from manifests.formats import Endless, Unread
from manifests.problems import Fault, shown
from manifests.reading.numbers import number, whole_number
from manifests.schema import Column, Kind

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


NOTHING = frozenset(
    {"nan", "NaN", "NAN", "NaT", "None", "null", "NULL", "<NA>", "NA", "N/A", "\\N"}
)
"""pandas, Polars, R, SQL and Hive; no number, time, list or map is written so."""

UNSAID = frozenset({"nan", "NaN", "NaT", "None", "null", "NULL", "<NA>", "\\N"})
"""Those of them that no studio means as a text: a script of this kind would be spoken."""

SPREADSHEET_ERRORS = frozenset(
    {
        "#BLOCKED!",
        "#CALC!",
        "#DIV/0!",
        "#FIELD!",
        "#GETTING_DATA",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#SPILL!",
        "#VALUE!",
        "Err:502",
        "Err:504",
        "Err:508",
        "Err:509",
        "Err:522",
    }
)


# no program, terminal, XML or UTF-8 takes these; U+0080 to U+009F are letters read in another
# encoding than they were written in
_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_LINES = re.compile("[\t\n\r\x85\u2028\u2029]")
_WORDS = re.compile(r"[\w.-]+(\s*[,;|\s]\s*[\w.-]+)*")
_LONGEST_PYTHON = 10_000


def value_of(column: Column, cell: object) -> object:
    """The cell's value: None when it is missing, blank or [], a Fault when of another type."""
    if cell is None or cell == [] or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, Unread | Endless):
        return _untold(column, cell)
    if isinstance(cell, str) and cell.strip() in SPREADSHEET_ERRORS:
        return _wrong(cell, "is an error of a spreadsheet; correct its formula")
    if column.kind in {"text", "uri"}:
        return _said(column, cell)
    if isinstance(cell, str) and cell.strip() in NOTHING:
        return _namibia(cell) if column.name == "territories" else None
    return _READERS[column.kind](column, cell)


def _namibia(cell: str) -> Fault | None:
    """`NA` is a territory too: a row that is taken to list none is held to none by its consent."""
    if cell.strip() != "NA":
        return None
    told = '"NA" is Namibia, and what tools write for nothing; write ["NA"] if it is meant, or '
    return Fault(code="bad_territory", detail=f"{told}leave the cell empty")


def _untold(column: Column, cell: Unread | Endless) -> Fault:
    if isinstance(cell, Unread):
        return Fault(code="wrong_type", detail=cell.reason, of_column=cell.of_column)
    if cell.what == "entries":
        return _too_many(column, cell.count)
    return too_long(column, cell.count, "bytes")


def _said(column: Column, cell: object) -> str | Fault:
    text = _text(column, cell)
    if isinstance(text, str) and text.strip() in UNSAID:
        return _wrong(cell, "is what tools write for no value; leave the cell empty")
    return text


def _text(column: Column, cell: object) -> str | Fault:
    if not isinstance(cell, str):
        return _wrong(cell, "is not text; write it as a string")
    if len(cell) > column.longest:
        return too_long(column, len(cell))
    if found := _UNWRITABLE.search(cell):
        return _wrong(
            cell, f"holds the character U+{ord(found[0]):04X}, which is no text; {_cure(found[0])}"
        )
    if not column.lines and _LINES.search(cell):
        return _wrong(cell, "holds a tab or a line break; write it in one line")
    return cell


def _cure(character: str) -> str:
    if "\x80" <= character <= "\x9f":
        return "the text was read as another encoding than it was written in: read it as cp1252"
    return "remove it"


def too_long(column: Column, length: int, unit: str = "characters") -> Fault:
    """The fault of a text of such a length."""
    what = "script" if column.name == "script" else "text"
    remedy = "split it into several rows" if column.name == "script" else "shorten it"
    most = f"at most {column.longest:,} characters are read"
    return Fault(
        code="script_too_long" if column.name == "script" else "text_too_long",
        detail=f"the {what} has {length:,} {unit}, {most}; {remedy}",
    )


def _texts(column: Column, cell: object) -> tuple[str, ...] | Fault | None:
    items = _list_in(cell) if isinstance(cell, str) else cell
    if not isinstance(items, list):
        return _wrong(cell, 'is not a list of text; write one such as ["web"]')
    if len(items) > column.entries:
        return _too_many(column, len(items))
    texts = [_text(column, item) for item in items if item is not None]
    fault = next((text for text in texts if isinstance(text, Fault)), None)
    return fault or tuple(str(text) for text in texts) or None


def _list_in(text: str) -> object:
    """A list as JSON has it, or words with brackets, quotes, commas, semicolons or blanks."""
    found = _read(json.loads, text)
    if isinstance(found, list):
        return found
    bare = re.sub(r"""['"\[\]]""", "", text[:_LONGEST_PYTHON]).strip()
    return re.split(r"[,;|\s]+", bare) if _WORDS.fullmatch(bare) else None


def _text_map(column: Column, cell: object) -> Mapping[str, str] | Fault | None:
    found = _map_in(cell) if isinstance(cell, str) else cell
    if not isinstance(found, dict):
        return _wrong(cell, 'is not a map of text to text; write one such as {"reel": "4"}')
    kept = {key: value for key, value in found.items() if value is not None}
    if len(kept) > column.entries:
        return _too_many(column, len(kept))
    texts = [text for item in kept.items() for text in item]
    length = sum(len(text) for text in texts if isinstance(text, str))
    if length > column.longest:
        return too_long(column, length)
    fault = next((told for text in texts if isinstance(told := _text(column, text), Fault)), None)
    return fault or kept or None


def _map_in(text: str) -> object:
    """A map as JSON has it, or as Python does (pandas writes maps so)."""
    found = _read(json.loads, text)
    return _read(ast.literal_eval, text[:_LONGEST_PYTHON]) if found is None else found


def _read(read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _too_many(column: Column, count: int) -> Fault:
    return Fault(
        code="text_too_long",
        detail=f"there are {count:,} entries, at most {column.entries} are read; leave some out",
    )


def _plain(read: Callable[[object], object]) -> Callable[[Column, object], object]:
    return lambda _, cell: read(cell)


_READERS: Mapping[Kind, Callable[[Column, object], object]] = {
    "int32": _plain(whole_number(32)),
    "int64": _plain(whole_number(64)),
    "float64": _plain(number),
    "timestamp": _plain(time),
    "list<text>": _texts,
    "map<text,text>": _text_map,
}
