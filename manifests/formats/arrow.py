"""An Arrow column by its meaning, whatever type its writer chose for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.formats import Endless, Unread
from manifests.formats.lengths import endless_cells
from manifests.schema import Column, Kind

_NO_PYTHON_VALUE = (pa.ArrowException, KeyError, OverflowError, ValueError)

_WANTED: Mapping[Kind, str] = {
    "text": "text; cast it to string",
    "uri": "text; cast it to string",
    "int32": "whole numbers; cast it to int32",
    "int64": "whole numbers; cast it to int64",
    "float64": "numbers; cast it to float64",
    "timestamp": "times; cast it to a timestamp with the zone UTC",
    "list<text>": "lists of text; cast it to list<string>",
    "map<text,text>": "maps of text to text; write text values, or the whole as JSON text",
}


def values_of(array: pa.Array, column: Column) -> list[object]:
    """The cells of a column: as Python has them, `Unread`, or `Endless` before they are held."""
    if array.null_count == len(array):
        return [None] * len(array)
    array, kind = _plain(array), column.kind
    if not may_be(array.type, kind):
        return _mistyped(array, kind)
    narrow = _exact_whole_numbers(array.type) if kind in {"int32", "int64"} else None
    endless = endless_cells(array, column)
    if pa.types.is_dictionary(array.type):
        return _looked_up(array, endless)
    if endless:
        array = pc.if_else(pa.array([n not in endless for n in range(len(array))]), array, None)
    cells = [_meant(value, narrow) for value in _python(array)]
    return [endless.get(n, cell) for n, cell in enumerate(cells)] if endless else cells


def _looked_up(array: pa.DictionaryArray, endless: Mapping[int, Endless]) -> list[object]:
    """Each text of a dictionary becomes one of Python, however many rows have it."""
    used = [None if n in endless else i for n, i in enumerate(array.indices.to_pylist())]
    distinct = sorted({index for index in used if index is not None})
    texts = _python(array.dictionary.take(pa.array(distinct, pa.int64())))
    known: dict[int | None, object] = dict(
        zip(distinct, [_meant(t, None) for t in texts], strict=True)
    )
    return [endless.get(n, known.get(index)) for n, index in enumerate(used)]


def _mistyped(array: pa.Array, kind: Kind) -> list[object]:
    reason = f"the column is of the type {_named(array.type)} and should hold {_WANTED[kind]}"
    if kind in {"text", "uri"} and pa.types.is_integer(array.type):
        reason += " (zeros in front, as in 007, are lost in numbers: look at them)"
    wrong = Unread(reason, of_column=True)
    return [wrong if valid else None for valid in array.is_valid().to_pylist()]


def python_values(array: pa.Array) -> list[object]:
    """The cells as Python has them; times in microseconds and UTC."""
    if array.null_count == len(array):
        return [None] * len(array)
    return _python(array)


def is_zoneless(kind: pa.DataType) -> bool:
    """Whether cells say a time or a day and nothing tells of which zone."""
    return pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)


def may_be(found: pa.DataType, kind: Kind) -> bool:
    """Whether cells of the Arrow type `found` can say what a column of `kind` holds."""
    if pa.types.is_dictionary(found):
        return may_be(found.value_type, kind)
    if isinstance(found, pa.BaseExtensionType):
        return may_be(found.storage_type, kind) or isinstance(found, pa.UuidType)
    return _is_text(found) or _OTHERS[kind](found)


def _is_text(found: pa.DataType) -> bool:
    """Old writers (Impala, Hive) leave out that their bytes are text."""
    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
    )
    return any(test(found) for test in tests)


def _is_number(found: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_integer(found) or types.is_floating(found) or types.is_decimal(found))


def _is_time(found: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(found) or pa.types.is_date(found))


def _is_list_of_text(found: pa.DataType) -> bool:
    tests = (
        pa.types.is_list,
        pa.types.is_large_list,
        pa.types.is_list_view,
        pa.types.is_large_list_view,
        pa.types.is_fixed_size_list,
    )
    return any(test(found) for test in tests) and _is_text_or_nothing(found.value_type)


def _is_map_of_text(found: pa.DataType) -> bool:
    """Readers of JSON make a struct of a map, with a null for each key that a row has not."""
    if pa.types.is_struct(found):
        return all(_is_text_or_nothing(field.type) for field in found.fields)
    if not pa.types.is_map(found):
        return False
    return _is_text_or_nothing(found.key_type) and _is_text_or_nothing(found.item_type)


def _is_text_or_nothing(found: pa.DataType) -> bool:
    if pa.types.is_dictionary(found):
        return _is_text_or_nothing(found.value_type)
    return pa.types.is_null(found) or _is_text(found)


_OTHERS: Mapping[Kind, Callable[[pa.DataType], bool]] = {
    "text": lambda _: False,
    "uri": lambda _: False,
    "int32": _is_number,
    "int64": _is_number,
    "float64": _is_number,
    "timestamp": _is_time,
    "list<text>": _is_list_of_text,
    "map<text,text>": _is_map_of_text,
}


def _named(found: pa.DataType) -> str:
    found = found.value_type if pa.types.is_dictionary(found) else found
    name = str(found)
    return name if len(name) <= 40 else f"{name[:40]}..."  # noqa: PLR2004 - enough to tell types


def _plain(array: pa.Array) -> pa.Array:
    """Without what only says how cells are stored; a UUID stays what it is."""
    if isinstance(array.type, pa.BaseExtensionType) and not isinstance(array.type, pa.UuidType):
        return array.storage
    return array


def _python(array: pa.Array) -> list[object]:
    if pa.types.is_timestamp(array.type):
        # Python knows microseconds, and any zone is UTC underneath
        array = array.cast(pa.timestamp("us", array.type.tz and "UTC"), safe=False)
    try:
        values: list[object] = array.to_pylist(maps_as_pydicts="strict")
    except _NO_PYTHON_VALUE:
        return [_one(scalar) for scalar in array]
    return values


def _one(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py(maps_as_pydicts="strict")
    except (UnicodeDecodeError, pa.ArrowException):
        return Unread("the text is not UTF-8; write it as UTF-8")
    except KeyError:
        return Unread("the map has a key twice; keep one of them")
    except (OverflowError, ValueError):
        return Unread("the time is beyond the calendar; write a time of this century")


def _exact_whole_numbers(found: pa.DataType) -> float | None:
    """Up to here a narrow float holds every whole number."""
    if pa.types.is_float16(found):
        return 2.0**11
    return 2.0**24 if pa.types.is_float32(found) else None


def _meant(value: Any, exact_below: float | None) -> object:  # noqa: ANN401 - whatever Arrow holds
    """A cell in the types that values.py knows."""
    if isinstance(value, float) and exact_below is not None and abs(value) > exact_below:
        return Unread(f"{value:.0f} may have lost digits in a narrow float; cast it to int64")
    read = _BY_TYPE.get(type(value))
    return value if read is None else read(value)


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _midnight(value: date) -> datetime:
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _text(value: bytes) -> str | Unread:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Unread("the bytes are not text in UTF-8; write it as UTF-8")


def _list(items: list[object]) -> list[object]:
    return [_meant(item, None) for item in items if item is not None]


def _map(items: dict[object, object]) -> object:
    kept = {_meant(k, None): _meant(v, None) for k, v in items.items() if v is not None}
    return kept or None


_BY_TYPE: Mapping[type, Callable[[Any], object]] = {
    bytes: _text,
    date: _midnight,
    datetime: _utc,
    dict: _map,
    list: _list,
    UUID: str,
}
