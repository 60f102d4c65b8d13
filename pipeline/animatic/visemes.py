# ruff: noqa: RUF001  # phonetic letters are meant
"""Tables: the mouth of each phone, and how strongly it holds against its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.ipa_visemes import visemes_of_ipa


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
    "IY": Viseme(jaw=0.18, wide=0.85, upper_lip=0.17, lower_lip=0.17, tongue=0.25),
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
    "a": Viseme(jaw=0.82, wide=0.25, upper_lip=0.15, lower_lip=0.12, tongue=0.08),
    "ç": Viseme(jaw=0.20, wide=0.45, upper_lip=0.15, lower_lip=0.15, tongue=0.30),
    "e": Viseme(jaw=0.38, wide=0.62, upper_lip=0.18, lower_lip=0.18, tongue=0.20),
    "r": Viseme(jaw=0.24, wide=0.18, upper_lip=0.12, lower_lip=0.12, tongue=0.60),
    "y": Viseme(jaw=0.20, pucker=0.90, upper_lip=0.10, lower_lip=0.14, tongue=0.25),
    "ħ": Viseme(jaw=0.46, wide=0.08, upper_lip=0.05, lower_lip=0.05, tongue=0.05),
    "ø": Viseme(jaw=0.36, pucker=0.75, upper_lip=0.10, lower_lip=0.14, tongue=0.20),
    "œ": Viseme(jaw=0.50, pucker=0.55, upper_lip=0.10, lower_lip=0.14, tongue=0.15),
    "ɐ": Viseme(jaw=0.62, wide=0.15, upper_lip=0.08, lower_lip=0.08, tongue=0.10),
    "ɑ̃": Viseme(jaw=0.72, pucker=0.15, upper_lip=0.08, lower_lip=0.10, tongue=0.05),
    "ɒ": Viseme(jaw=0.76, pucker=0.30, upper_lip=0.05, lower_lip=0.10, tongue=0.05),
    "ɔ̃": Viseme(jaw=0.54, pucker=0.65, upper_lip=0.05, lower_lip=0.10, tongue=0.05),
    "ɕ": Viseme(jaw=0.13, wide=0.30, upper_lip=0.28, lower_lip=0.30, tongue=0.25),
    "ɛ̃": Viseme(jaw=0.60, wide=0.42, upper_lip=0.16, lower_lip=0.15, tongue=0.12),
    "ɜ": Viseme(jaw=0.46, wide=0.12, upper_lip=0.06, lower_lip=0.06, tongue=0.12),
    "ɤ": Viseme(jaw=0.42, wide=0.25, upper_lip=0.08, lower_lip=0.08, tongue=0.10),
    "ɨ": Viseme(jaw=0.24, wide=0.50, upper_lip=0.18, lower_lip=0.18, tongue=0.20),
    "ɯ": Viseme(jaw=0.24, wide=0.40, upper_lip=0.12, lower_lip=0.12, tongue=0.12),
    "ɯᵝ": Viseme(jaw=0.20, pucker=0.35, upper_lip=0.05, lower_lip=0.08, tongue=0.12),
    "ɵ": Viseme(jaw=0.36, pucker=0.60, upper_lip=0.06, lower_lip=0.10, tongue=0.12),
    "ʂ": Viseme(jaw=0.15, pucker=0.35, upper_lip=0.28, lower_lip=0.32, tongue=0.25),
    "ʈ": Viseme(jaw=0.24, wide=0.12, upper_lip=0.12, lower_lip=0.12, tongue=0.45),
    "ʉ": Viseme(jaw=0.20, pucker=0.85, upper_lip=0.05, lower_lip=0.10, tongue=0.15),
    "ʋ": Viseme(jaw=0.14, wide=0.10, upper_lip=0.20, tuck=0.60),
    "ʏ": Viseme(jaw=0.28, pucker=0.65, upper_lip=0.10, lower_lip=0.12, tongue=0.20),
    "β": Viseme(jaw=0.08, wide=0.08, press=0.40),
    "χ": Viseme(jaw=0.40, wide=0.10, upper_lip=0.06, lower_lip=0.06, tongue=0.10),
}
"""Named after a phone of ARPAbet that has it, in capitals, or of the IPA."""

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
    "AA": Dominance(1.5, 17), "a": Dominance(1.5, 17), "AO": Dominance(1.4, 16),
    "B": Dominance(1.0, 45), "F": Dominance(4.0, 26),
    "HH": Dominance(0.2, 24), "K": Dominance(0.4, 26), "L": Dominance(1.0, 24),
    "OW": Dominance(2.2, 15), "R": Dominance(1.3, 20), "S": Dominance(1.2, 24),
    "SH": Dominance(2.0, 18), "SIL": Dominance(1.4, 14), "T": Dominance(0.5, 26),
    "TH": Dominance(1.2, 24), "UH": Dominance(1.6, 16), "UW": Dominance(2.4, 15),
    "W": Dominance(2.6, 18), "Y": Dominance(1.0, 20),
    "y": Dominance(2.4, 15), "ʉ": Dominance(2.4, 15), "ø": Dominance(2.2, 15),
    "œ": Dominance(1.6, 16), "ʏ": Dominance(1.6, 16), "ɵ": Dominance(1.6, 16),
    "ɔ̃": Dominance(1.8, 15), "ɒ": Dominance(1.2, 16), "ɯᵝ": Dominance(1.4, 17),
    "ɕ": Dominance(1.4, 22), "ʂ": Dominance(1.6, 20), "ʋ": Dominance(2.0, 26),
    "β": Dominance(2.4, 26), "ç": Dominance(0.6, 24), "r": Dominance(0.8, 24),
    "ʈ": Dominance(0.6, 26), "χ": Dominance(0.3, 24), "ħ": Dominance(0.5, 22),
}  # fmt: skip
"""Labiodentals and rounding win over their neighbours; the rest hold the default. Sounds of both
lips let go fast: what shuts them is the closure, and the vowel between two of them must open."""


def targets_of(start_s: float, stop_s: float, phone: str) -> Iterator[Target]:
    """The mouths that one phone of ARPAbet or of the IPA asks for, in order."""
    mouths = tuple(_mouths_of(phone)) or (NEUTRAL,)
    length_s = stop_s - start_s
    first_s = length_s * (GLIDE_AT if len(mouths) == 2 else 1 / len(mouths))  # noqa: PLR2004  # two
    edges = [start_s, *np.linspace(start_s + first_s, stop_s, len(mouths)).tolist()]
    for (begins_s, ends_s), viseme in zip(pairwise(edges), mouths, strict=True):
        yield Target(begins_s, ends_s, viseme)


def _mouths_of(phone: str) -> Iterable[str]:
    if not (phone.isascii() and phone.isupper()):
        return visemes_of_ipa(phone)
    if phone in GLIDES:
        return GLIDES[phone]
    name = SAME_MOUTH.get(phone, phone)
    return (name,) if name in VISEMES else ()


def row_of(viseme: str) -> NDArray[np.float64]:
    """[8], in the order of `Control`."""
    return np.array(VISEMES[viseme])
