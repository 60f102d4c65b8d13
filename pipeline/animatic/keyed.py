"""Randomness by name: any draw can be asked alone, in any order, on any machine."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=1 << 14)
def draw(seed: int, purpose: str, index: int) -> float:
    """Uniform in [0, 1), from the SHA-256 of its name."""
    digest = hashlib.sha256(f"animatic|{seed}|{purpose}|{index}".encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) * 2.0**-53


def value_noise(
    time_s: NDArray[np.float64], period_s: float, seed: int, purpose: str
) -> NDArray[np.float64]:
    """Smooth noise of about unit variance through one draw every `period_s`."""
    position = time_s / period_s
    knot = np.floor(position).astype(int)
    first = int(knot.min())
    drawn = [draw(seed, purpose, index) for index in range(first, int(knot.max()) + 2)]
    heights = (np.array(drawn) * 2 - 1) * math.sqrt(3)
    share = position - knot
    share = share * share * (3 - 2 * share)
    return np.asarray(heights[knot - first] * (1 - share) + heights[knot - first + 1] * share)
