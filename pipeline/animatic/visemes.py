"""Tables: the mouth of each phone, and how strongly it holds against its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Viseme(NamedTuple):
    """A mouth, from 0 to 1 each."""

    jaw: float = 0.0
    wide: float = 0.0
    pucker: float = 0.0
    upper_lip: float = 0.0
    lower_lip: float = 0.0
    press: float = 0.0
    tuck: float = 0.0
    tongue: float = 0.0


class Dominance(NamedTuple):
    """Cohen and Massaro (1993): weight at the phone's middle, and its decay per second outside."""

    strength: float = 1.0
    decay_per_s: float = 17.0


class Target(NamedTuple):
    """A mouth aimed at for a while, in seconds of the take."""

    start_s: float
    stop_s: float
    viseme: str


SILENCE = "SIL"
NEUTRAL = "AX"
"""Stands in for a phone that is not known."""

LABIAL = "B"

VISEMES = {
    "AA": Viseme(jaw=0.85, wide=0.05, upper_lip=0.10, lower_lip=0.10, tongue=0.05),
    "AE": Viseme(jaw=0.75, wide=0.50, upper_lip=0.20, lower_lip=0.15, tongue=0.10),
    "AH": Viseme(jaw=0.52, wide=0.08, upper_lip=0.05, lower_lip=0.05, tongue=0.10),
    "AO": Viseme(jaw=0.70, pucker=0.45, upper_lip=0.05, lower_lip=0.10, tongue=0.05),
    "AX": Viseme(jaw=0.38, wide=0.08, upper_lip=0.05, lower_lip=0.05, tongue=0.10),
    "B": Viseme(jaw=0.03, press=1.0),
    "EH": Viseme(jaw=0.52, wide=0.40, upper_lip=0.15, lower_lip=0.15, tongue=0.15),
    "ER": Viseme(jaw=0.34, pucker=0.40, upper_lip=0.10, lower_lip=0.15, tongue=0.20),
    "F": Viseme(jaw=0.12, wide=0.10, upper_lip=0.30, tuck=1.0),
    "HH": Viseme(jaw=0.34, wide=0.08, upper_lip=0.05, lower_lip=0.05, tongue=0.10),
    "IH": Viseme(jaw=0.32, wide=0.40, upper_lip=0.15, lower_lip=0.15, tongue=0.20),
    "IY": Viseme(jaw=0.22, wide=0.85, upper_lip=0.22, lower_lip=0.22, tongue=0.25),
    "K": Viseme(jaw=0.30, wide=0.15, upper_lip=0.08, lower_lip=0.08, tongue=0.20),
    "L": Viseme(jaw=0.32, wide=0.15, upper_lip=0.10, lower_lip=0.10, tongue=0.75),
    "OW": Viseme(jaw=0.48, pucker=0.75, upper_lip=0.05, lower_lip=0.10, tongue=0.05),
    "R": Viseme(jaw=0.22, pucker=0.50, upper_lip=0.10, lower_lip=0.15, tongue=0.20),
    "S": Viseme(jaw=0.10, wide=0.35, upper_lip=0.25, lower_lip=0.28, tongue=0.25),
    "SH": Viseme(jaw=0.15, pucker=0.65, upper_lip=0.35, lower_lip=0.40, tongue=0.20),
    "SIL": Viseme(press=0.15),
    "T": Viseme(jaw=0.16, wide=0.25, upper_lip=0.18, lower_lip=0.18, tongue=0.55),
    "TH": Viseme(jaw=0.20, wide=0.15, upper_lip=0.15, lower_lip=0.15, tongue=0.90),
    "UH": Viseme(jaw=0.32, pucker=0.60, upper_lip=0.05, lower_lip=0.10, tongue=0.10),
    "UW": Viseme(jaw=0.20, pucker=1.0, upper_lip=0.05, lower_lip=0.10, tongue=0.10),
    "W": Viseme(jaw=0.10, pucker=1.0, lower_lip=0.05, tongue=0.10),
    "Y": Viseme(jaw=0.18, wide=0.60, upper_lip=0.15, lower_lip=0.15, tongue=0.30),
}

SAME_MOUTH = {
    "P": "B", "M": "B", "EM": "B", "V": "F", "DH": "TH", "D": "T", "N": "T", "EN": "T", "DX": "T",
    "NX": "T", "EL": "L", "Z": "S", "ZH": "SH", "CH": "SH", "JH": "SH", "G": "K", "NG": "K",
    "AXR": "ER", "IX": "IH", "UX": "UW", "PAU": "SIL", "SPN": "SIL", "NSN": "SIL",
}  # fmt: skip

GLIDES = {
    "AY": ("AA", "IY"), "EY": ("EH", "IY"), "OY": ("AO", "IY"), "AW": ("AA", "UW"),
    "OW": ("OW", "UW"),
}  # fmt: skip
GLIDE_AT = 0.55
"""The share of a diphthong that its first vowel takes."""

DOMINANCE = {
    "AO": Dominance(1.4, 16), "B": Dominance(6.0, 28), "F": Dominance(4.0, 26),
    "HH": Dominance(0.2, 24), "K": Dominance(0.4, 26), "L": Dominance(1.0, 24),
    "OW": Dominance(2.2, 15), "R": Dominance(1.3, 20), "S": Dominance(1.2, 24),
    "SH": Dominance(2.0, 18), "SIL": Dominance(1.4, 14), "T": Dominance(0.5, 26),
    "TH": Dominance(1.2, 24), "UH": Dominance(1.6, 16), "UW": Dominance(2.4, 15),
    "W": Dominance(2.6, 18), "Y": Dominance(1.0, 20),
}  # fmt: skip
"""Labials, labiodentals and rounding win over their neighbours; the rest hold the default."""


def targets_of(start_s: float, stop_s: float, phone: str) -> Iterator[Target]:
    """The mouths that one ARPAbet phone asks for, in order."""
    if phone in GLIDES:
        first, second = GLIDES[phone]
        turn_s = start_s + GLIDE_AT * (stop_s - start_s)
        yield Target(start_s, turn_s, first)
        yield Target(turn_s, stop_s, second)
    else:
        name = SAME_MOUTH.get(phone, phone)
        yield Target(start_s, stop_s, name if name in VISEMES else NEUTRAL)


def row_of(viseme: str) -> NDArray[np.float64]:
    """[8], in the order of `Control`."""
    return np.array(VISEMES[viseme])
