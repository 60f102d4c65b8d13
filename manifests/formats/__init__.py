"""The three written forms of a manifest: Parquet, CSV and JSON lines.

Each module has `columns(file)`, `cells(file, wanted)` and `write(rows, path)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be taken apart; `reason` is what is wrong and what to do."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Stands for a cell that cannot be read: `reason` is what is wrong and what to do.

    With `of_column` that is so for the whole column, whatever the row.
    """

    reason: str
    of_column: bool = False


@dataclass(frozen=True, slots=True)
class Endless:
    """Stands for a text, list or map that holds more than its column takes."""

    count: int
    what: Literal["bytes", "entries"]


Cells: TypeAlias = Mapping[str, object] | Broken
"""Values by column as the form has them, not yet checked."""
