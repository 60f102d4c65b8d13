"""The seventeen controls that pose a face; one row of them is one frame."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Curves: TypeAlias = NDArray[np.float32]
"""[frames, 17], columns by `Control`."""


class Control(IntEnum):
    """Mouth and face from 0 (rest) to 1 (full); the head in radians, eye spans and a factor."""

    JAW = 0
    WIDE = 1
    PUCKER = 2
    UPPER_LIP = 3
    LOWER_LIP = 4
    PRESS = 5
    TUCK = 6
    TONGUE = 7
    SMILE = 8
    BLINK = 9
    BROW = 10
    YAW = 11
    PITCH = 12
    ROLL = 13
    SHIFT_X = 14
    SHIFT_Y = 15
    ZOOM = 16


MOUTH_CONTROLS = Control.TONGUE + 1
"""The first eight are what speech sets."""
