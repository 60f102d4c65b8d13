"""Folders named COLUMN=VALUE above a file, as Spark, Hive, Polars and DuckDB write them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from manifests.formats import Cells, Unread
from manifests.problems import Fault, shown
from manifests.reading.values import value_of
from manifests.schema import COLUMNS

NOTHING = "__HIVE_DEFAULT_PARTITION__"


def partition_of(uri: str) -> Mapping[str, str | None]:
    """The values of our columns that the folders above a file name; those nearer to it win."""
    found: dict[str, str | None] = {}
    for folder in uri.split("/")[:-1]:
        name, equals, value = folder.partition("=")
        if equals and unquote(name) in COLUMNS:
            found[unquote(name)] = None if value == NOTHING else unquote(value)
    return found


def in_partition(cells: Cells, partition: Mapping[str, str | None]) -> Cells:
    """The row with what its folders say of it; where the file says otherwise, the cell cannot be
    read."""
    if not partition or not isinstance(cells, Mapping):
        return cells
    told = {name: _agreed(name, cells.get(name), text) for name, text in partition.items()}
    return {**cells, **told}


def _agreed(name: str, cell: object, text: str | None) -> object:
    column = COLUMNS[name]
    inside = value_of(column, cell)
    if inside is None:
        return text
    if isinstance(inside, Fault) or inside == value_of(column, text):
        return cell
    folder = f"{name}={text or NOTHING}"
    return Unread(
        f"the file says {shown(inside)} and its folder {shown(folder)}; make them say the same",
        of_column=True,
    )
