"""What each control does to a face: tables of moves, made into one array per portrait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.controls import Control
from pipeline.animatic.points import INDEX, LIPS, ROWS
from pipeline.animatic.rest import Points, bow_of, mouth_span

Blendshapes = NDArray[np.float64]
"""[17, points, 2]: the way of every point, in eye spans, when a control goes from 0 to 1.

Blinking is not among them: eyelids.py."""

Profile = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""A move's share along the mouth, from -1 at one corner to 1 at the other."""


def _even(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ones_like(along)


def _opening(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 - (along / 1.02) ** 2, 0, 1) ** 0.55


def _corners(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - _opening(along)


def _arch(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 - along**2, 0, 1)


def _broad(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 - 0.4 * along**2, 0, 1)


def _hole(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1 - (along / 0.80) ** 2, 0, 1)


def _rim(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - _hole(along)


def _square(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return along**2


class Move(NamedTuple):
    """A part goes down by `down` eye spans (up when negative), shared out by a profile."""

    control: Control
    part: str
    profile: Profile
    down: float


JAW_DROP = 0.30
"""The chin's way at a full open jaw."""

MOVES: Final = (
    Move(Control.JAW, "lower_inner", _even, 0.26 * JAW_DROP),
    Move(Control.JAW, "lower_inner", _opening, 0.74 * JAW_DROP),
    Move(Control.JAW, "lower_outer", _even, 0.26 * JAW_DROP),
    Move(Control.JAW, "lower_outer", _opening, 0.71 * JAW_DROP),
    Move(Control.JAW, "upper_inner", _corners, 0.26 * JAW_DROP),
    Move(Control.JAW, "upper_inner", _opening, -0.07 * JAW_DROP),
    Move(Control.JAW, "upper_outer", _corners, 0.234 * JAW_DROP),
    Move(Control.JAW, "upper_outer", _opening, -0.06 * JAW_DROP),
    Move(Control.JAW, "chin", _even, 0.93 * JAW_DROP),
    Move(Control.PUCKER, "upper_outer", _arch, -0.026),
    Move(Control.PUCKER, "lower_outer", _arch, 0.050),
    Move(Control.PUCKER, "upper_inner", _hole, -0.012),
    Move(Control.PUCKER, "upper_inner", _rim, 0.016),
    Move(Control.PUCKER, "lower_inner", _hole, 0.034),
    Move(Control.PUCKER, "lower_inner", _rim, -0.020),
    Move(Control.UPPER_LIP, "upper_inner", _opening, -0.050),
    Move(Control.UPPER_LIP, "upper_outer", _broad, -0.045),
    Move(Control.LOWER_LIP, "lower_inner", _opening, 0.065),
    Move(Control.LOWER_LIP, "lower_outer", _broad, 0.055),
    Move(Control.PRESS, "upper_outer", _arch, 0.022),
    Move(Control.PRESS, "lower_outer", _arch, -0.032),
    Move(Control.TUCK, "lower_outer", _arch, -0.050),
    Move(Control.TUCK, "lower_inner", _opening, -0.012),
    Move(Control.TUCK, "upper_inner", _opening, -0.026),
    Move(Control.TUCK, "upper_outer", _opening, -0.020),
    *(Move(Control.SMILE, lip, _square, -0.055) for lip in LIPS),
    *(Move(Control.WIDE, lip, _square, -0.012) for lip in LIPS),
    Move(Control.BROW, "brows", _even, -0.060),
    Move(Control.BROW, "lid_folds", _even, -0.020),
)

WIDENING = {Control.WIDE: 0.13, Control.SMILE: 0.10, Control.PUCKER: -0.36, Control.JAW: -0.07}
"""Change of the mouth's width, as a share of it."""

UNBOWING = {Control.PUCKER: 0.95, Control.JAW: 0.60}
"""The share of a smile's bow that goes when the mouth is rounded or opened."""

CHEEK_DROP, CHEEK_SPREAD = 0.42, 0.35
OVAL_DROP = 0.86


def blendshapes_of(rest: Points, jaw: NDArray[np.float64]) -> Blendshapes:
    """The moves of one face; `jaw` [36] is how much the oval's points follow the jaw."""
    shapes = np.zeros((len(Control), len(INDEX), 2))
    middle, half = mouth_span(rest)
    along = np.clip((rest[:, 0] - middle[0]) / half, -1.25, 1.25)
    for move in MOVES:
        rows = ROWS[move.part]
        shapes[move.control, rows, 1] += move.down * move.profile(along[rows])
    shapes[Control.JAW, ROWS["oval"], 1] = OVAL_DROP * JAW_DROP * jaw
    _widen(shapes, along, half)
    _unbow(shapes, along, bow_of(rest))
    _move_cheeks(shapes, rest - middle, half)
    return shapes


def _widen(shapes: Blendshapes, along: NDArray[np.float64], half: float) -> None:
    for part in LIPS:
        for control, share in WIDENING.items():
            shapes[control, ROWS[part], 0] += along[ROWS[part]] * half * share


def _unbow(shapes: Blendshapes, along: NDArray[np.float64], bow: float) -> None:
    for part in LIPS:
        for control, share in UNBOWING.items():
            shapes[control, ROWS[part], 1] += np.clip(along[ROWS[part]] ** 2, 0, 1.2) * bow * share


def _move_cheeks(shapes: Blendshapes, from_mouth: Points, half: float) -> None:
    rows = ROWS["cheeks"]
    cheeks = from_mouth[rows]
    nearness = np.clip(cheeks[:, 1] / 0.5 + 0.45, 0, 1)
    shapes[Control.JAW, rows, 1] += CHEEK_DROP * JAW_DROP * nearness
    for control, share in WIDENING.items():
        shapes[control, rows, 0] += cheeks[:, 0] * nearness * CHEEK_SPREAD * share * half
