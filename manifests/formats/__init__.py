"""The three written forms of a manifest: Parquet, CSV and JSON lines.

Each module has `columns(file)`, `cells(file, wanted)` and `write(rows, path)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be taken apart; `reason` is what is wrong and what to do."""

    reason: str


Cells: TypeAlias = Mapping[str, object] | Broken
"""Values by column as the form has them, not yet checked."""
