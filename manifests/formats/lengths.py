"""How long cells are, before Python holds any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.formats import Endless
from manifests.schema import Column

Lengths: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"

_MOST_BYTES = 1 << 20
"""Of the text of a list, a map, or a number that is written as text."""

_MOST_ENTRIES = 1000
"""Lists and maps with more are not looked into."""


def endless_cells(array: pa.Array, column: Column) -> dict[int, Endless]:
    """The cells that are longer than the column takes, by their rows."""
    most = _MOST_BYTES if column.kind not in {"text", "uri"} else 4 * column.longest
    found = {}
    starts = _starts(array)
    if starts is not None:
        counts = np.diff(starts)
        for row in np.flatnonzero(counts > _MOST_ENTRIES):
            found[int(row)] = Endless(int(counts[row]), "entries")
    lengths = _bytes_of(array, starts)
    for row in np.flatnonzero(lengths > most):
        found.setdefault(int(row), Endless(int(lengths[row]), "bytes"))
    return found


def _starts(array: pa.Array) -> Lengths | None:
    types = pa.types
    if types.is_list(array.type) or types.is_large_list(array.type) or types.is_map(array.type):
        return np.asarray(array.offsets)
    return None


def _bytes_of(array: pa.Array, starts: Lengths | None) -> Lengths:
    """How many bytes of text each cell holds."""
    if starts is not None:
        held = [array.keys, array.items] if pa.types.is_map(array.type) else [array.values]
        sums = [np.concatenate([[0], np.cumsum(_bytes_of(each, None))]) for each in held]
        return _sum([total[starts[1:]] - total[starts[:-1]] for total in sums])
    if pa.types.is_struct(array.type) and array.type.num_fields:
        return _sum([_bytes_of(field, None) for field in array.flatten()])
    if pa.types.is_dictionary(array.type):
        lengths: Lengths = np.append(_bytes_of(array.dictionary, None), 0)
        indices = np.asarray(pc.fill_null(array.indices.cast(pa.int64()), -1))
        looked_up: Lengths = lengths[indices]
        return looked_up
    if array.type in {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}:
        return np.asarray(pc.fill_null(pc.binary_length(array), 0), np.int64)
    return np.zeros(len(array), np.int64)


def _sum(parts: Sequence[Lengths]) -> Lengths:
    total: Lengths = np.sum(parts, axis=0)
    return total
