"""Which words make which groups of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from rapidfuzz.distance import Levenshtein

MOST_JOINED = 3


near = cache(Levenshtein.distance)


def shared_out(parts: Sequence[str], groups: Sequence[str]) -> tuple[int, ...] | None:
    """How many of the `parts`, in order, make up each of the groups that look most like them; None
    where no group would be of 1 to 3."""
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for group in groups:
        tried = [
            (cost + near("".join(parts[at : at + count]), group), (*counts, count), at + count)
            for at, (cost, counts) in best.items()
            for count in range(1, MOST_JOINED + 1)
            if at + count <= len(parts)
        ]
        best = {}
        for cost, counts, at in sorted(tried, reverse=True):
            best[at] = (cost, counts)
    found = best.get(len(parts))
    return None if found is None else found[1]
