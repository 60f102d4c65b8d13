"""How long finished work is kept."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepWork:
    """How long work behind finished rows is kept, and in how many bytes (None: any number)."""

    days: float = 7.0
    bytes: int | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.days) and self.days >= 0) or (self.bytes or 0) < 0:
            raise ValueError("days and bytes are 0 or more")
