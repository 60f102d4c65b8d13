"""What changed of a night since somebody looked: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Told: TypeAlias = Mapping[str, Any]
"""A part of a night as JSON has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNight:
    """A night as it was found the `number`th time that something had changed.

    `rows` are its jobs by their ids, each with the number of its last change; `gone` are ids that
    it had before, with the number at which they went. Their order changed last at `ordered`.
    """

    number: int = 0
    head: Told = field(default_factory=dict)
    rows: Mapping[str, tuple[int, Told]] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)
    ordered: int = 0


def seen_again(before: SeenNight, head: Told, rows: Sequence[tuple[str, Told]]) -> SeenNight:
    """The night as it is found now; `before` itself when nothing changed. Of two rows with an id
    the first one is shown: the other was refused for it."""
    number = before.number + 1
    now: dict[str, tuple[int, Told]] = {}
    for name, row in rows:
        known = before.rows.get(name)
        changed = known is None or known[1] != row
        now.setdefault(name, (number, row) if known is None or changed else known)
    gone = {name: at for name, at in before.gone.items() if name not in now}
    gone |= {name: number for name in before.rows if name not in now}
    in_order = list(now) == list(before.rows)
    same = head == before.head and gone == before.gone and now == before.rows and in_order
    if before.number and same:
        return before
    ordered = before.ordered if in_order else number
    return SeenNight(number=number, head=head, rows=now, gone=gone, ordered=ordered)


def changes_since(night: SeenNight, number: int) -> dict[str, object]:
    """What somebody needs who saw the night with this number; all of it for another number than
    any that was given out."""
    whole = not 0 < number <= night.number
    return {
        "whole": whole,
        "night": dict(night.head),
        "jobs": [row for at, row in night.rows.values() if whole or at > number],
        "order": list(night.rows) if whole or night.ordered > number else None,
        "gone": [] if whole else [name for name, at in night.gone.items() if at > number],
    }
