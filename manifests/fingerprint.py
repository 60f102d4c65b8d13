"""The name of a piece of work: a hash of everything that goes into it."""

from __future__ import annotations

import hashlib
import json
from typing import TypeAlias

Value: TypeAlias = (
    "str | int | float | bool | list[Value] | tuple[Value, ...] | dict[str, Value] | None"
)

FORMAT = 1
"""Raised when the meaning of stored work changes, so that old work is not taken for new."""


def fingerprint(kind: str, **parts: Value) -> str:
    """Hex name of the work `kind` over `parts`: 40 digits of SHA-256 over canonical JSON.

    Floats are written by `repr`, which round-trips; NaN and infinities are refused.
    """
    text = json.dumps(
        {"format": FORMAT, "kind": kind, "parts": parts},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:40]
