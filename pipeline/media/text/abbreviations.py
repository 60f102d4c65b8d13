"""Abbreviations whose full stop ends no sentence where a figure follows."""

from __future__ import annotations

_WORDS = """
no nos nr n nn c p pp rs apt pg pag pág pagg fig figs vol vols ch chap cap kap sec art eq ex ext
par abs s jan feb febr mar mär apr jun jul aug sep sept oct okt nov dec dez mon tue tues wed thu
thurs fri sat sun janv févr avr juil déc ene abr ago dic gen mag giu lug ott set núm num tel tél
ca env aprox approx circa min max
"""
BEFORE_FIGURES = frozenset(_WORDS.split())
"""In lower case, without their full stop."""


def is_before_figures(word: str) -> bool:
    """Whether no sentence ends behind a word with a full stop where a figure follows: German
    streets end in `str.`."""
    return word.lower() in BEFORE_FIGURES or word.lower().endswith("str")
