"""In which order the files of tests begin: several processes take one after the other, as they are
free. Those that mostly wait (a Ray, a browser) must not wait side by side while a processor idles,
and the last to begin must be short ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

File = TypeVar("File")

_WITHIN = 0.6
"""Among so much of the others those that wait begin."""


def waits(path: Path, marks: set[str]) -> bool:
    """Whether a file of tests is of those that mostly wait."""
    return "ray" in marks or path.parent.name == "browser"


def interspersed(waiting: Sequence[File], others: Sequence[File]) -> list[File]:
    """All of both in their orders: those that wait one by one, as far apart as they go."""
    apart = int(_WITHIN * len(others)) // max(1, len(waiting))
    left, ordered = list(waiting), list[File]()
    for at, other in enumerate(others):
        if left and (apart == 0 or at % apart == 0):
            ordered.append(left.pop(0))
        ordered.append(other)
    return [*ordered, *left]
