"""Abbreviations whose full stop ends no sentence where a figure follows."""

from __future__ import annotations

import re

_WORDS = """
no nos nr n nn c p pp rs apt pg pag pág pagg fig figs vol vols ch chap cap kap sec art eq ex ext
par abs s jan feb febr mar mär apr jun jul aug sep sept oct okt nov dec dez mon tue tues wed thu
thurs fri sat sun janv févr avr juil déc ene abr ago dic gen mag giu lug ott set núm num tel tél
cell tfno fax cel bd bde tab nrn ed éd ziff tl el ca env aprox approx circa min max
"""
BEFORE_FIGURES = frozenset(_WORDS.split())
"""In lower case, without their full stop."""


def is_before_figures(word: str) -> bool:
    """Whether no sentence ends behind a word with a full stop where a figure follows: German
    streets end in `str.`."""
    return word.lower() in BEFORE_FIGURES or word.lower().endswith("str")


_DAYS = frozenset(
    [
        "lun",
        "mar",
        "mer",
        "jeu",
        "ven",
        "sam",
        "dim",
        "mié",
        "miér",
        "jue",
        "vie",
        "sáb",
        "sab",
        "dom",
        "gio",
        "mo",
        "di",
        "mi",
        "do",
        "fr",
        "sa",
        "so",
    ]
)
_MONTH = re.compile(
    r"\s?\d{1,2}\.?\s(?:de )?(?:jan|ene|gen|f[eé]|mar|mär|a[bpv]r|ma[iyg]|ju[inl]"
    r"|giu|lug|ago|aug|aoû|se[pt]|o[ckt]t|nov|d[eéi][czc])",
    re.IGNORECASE,
)
_HOURS = re.compile(r"\s?\d{1,2}(?:[.:h]\d\d)?\s?(?:[-\u2013]|Uhr|h\b)")
_PAIRS = {
    "s": r"\s[IVX]+\b", "av": r"\sJ\.", "apr": r"\sJ\.", "a": r"\sC\.", "d": r"\sC\.",
    "f": r"\sC\.", "co": r"\s(?:KG|OHG)\b",
    "c": r"\s(?:V|P)\.", "f.lli": r"\s[A-Z]", "f.co": r"\s[A-Z]",
}  # fmt: skip
_FIRST_OF_TWO = {word: re.compile(after) for word, after in _PAIRS.items()}


def goes_on_behind(word: str, after: str) -> bool:
    """Whether an abbreviation goes on in the next: `av. J.-C.`, `Sam. 5 oct.`."""
    last = re.split(r"[-\u2013/]", word)[-1]
    if last.lower() in _DAYS and (
        _MONTH.match(after) or (_HOURS.match(after) and word[0].isupper())
    ):
        return True
    pair = _FIRST_OF_TWO.get(word.lower())
    return pair is not None and pair.match(after) is not None
