"""Numbers that a caller gives, refused with what to give instead before anything is computed."""

from __future__ import annotations

import math
from numbers import Real
from typing import TypeGuard

import numpy as np


def is_whole(given: object) -> TypeGuard[int]:
    """Whether it is a whole number, Python's or numpy's; True is none."""
    return isinstance(given, int | np.integer) and not isinstance(given, bool)


def refuse_no_count(name: str, given: object) -> None:
    """Raise `ValueError` for what is no whole number from 1."""
    if not is_whole(given) or given < 1:
        raise ValueError(f"`{name}` is {given!r}; give a whole number, 1 or more")


def refuse_no_share(name: str, given: object) -> None:
    """Raise `ValueError` for what is no number from 0 to 1."""
    if not 0 <= _real(given) <= 1:
        raise ValueError(f"`{name}` is {given!r}; give a number from 0 to 1")


def refuse_no_sigma(name: str, given: object) -> None:
    """Raise `ValueError` for what is no finite number from 0."""
    if not 0 <= _real(given) < math.inf:
        raise ValueError(f"`{name}` is {given!r}; give a number, 0 or more")


def refuse_no_scale(name: str, given: object) -> None:
    """Raise `ValueError` for what is no scale of guidance. Below 1 the conditions would count less
    than without guidance, and at 0 not at all; other pipelines of diffusers mean 1 by that."""
    if not 1 <= _real(given) < math.inf:
        raise ValueError(f"`{name}` is {given!r}; give 1, which is without guidance, or more")


def _real(given: object) -> float:
    """What is no number is no number to compare with either."""
    return float(given) if isinstance(given, Real) and not isinstance(given, bool) else math.nan
