# ruff: noqa: RUF001  # signs of typesetters are meant
"""English: all its rules, the first that holds at a place being taken.

What nobody wrote a rule for stays as it is, for the voice to read.
"""

from __future__ import annotations

import re
from functools import cache

from pipeline.media.text.grammars.english import calendar, clock, figures, measures, money, names
from pipeline.media.text.grammars.grammar import Grammar, Rule
from pipeline.media.text.grammars.web import rules_of_web
from pipeline.media.text.numerals import digits

_WEB = {
    ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", "+": "plus",
    "?": "question mark", "=": "equals", "&": "and", "%": "percent", "#": "hash", "~": "tilde",
    ":": "colon",
    **{digit: digits(digit)[0] for digit in "0123456789"},
}  # fmt: skip
_SIGNS = {
    "&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "÷": "divided by",
    "±": "plus or minus", "§": "section", "≈": "about", "≤": "at most", "≥": "at least",
    "→": "to", "°": "degrees", "%": "percent", "€": "euros", "£": "pounds", "$": "dollars",
}  # fmt: skip
_SILENT = "©®™♪♫*_`{}•·†‡"
_DAY_FIRST = frozenset({"gb", "au", "nz", "ie", "in", "za", "sg", "hk", "mt", "jm", "ng", "ke"})

_OF_SIGNS = (
    Rule(r"#(?=\d)", lambda _: ["number"]),
    Rule(r"#(?=[A-Za-z])", lambda _: ["hashtag"]),
    Rule(r"~ ?(?=\d)", lambda _: ["about"]),
    Rule(r"(?<=\d) ?> ?(?=\d)", lambda _: ["is greater than"]),
    Rule(r"(?<=\d) ?< ?(?=\d)", lambda _: ["is less than"]),
    Rule(r"< ?(?=[\d$£€])", lambda _: ["less than"]),
    Rule(r"> ?(?=[\d$£€])", lambda _: ["more than"]),
    Rule(r"(?<=\d)\^(?=-?\d)", lambda _: ["to the power of"]),
    Rule(r"(?<=\d) ?\* ?(?=\d)", lambda _: ["times"]),
    Rule(r"(?<=[\w)])²", lambda _: ["squared"]),
    Rule(r"(?<=[\w)])³", lambda _: ["cubed"]),
    Rule(r"\b(?P<letter>[CF])#(?!\w)", lambda m: [f"{m['letter']} sharp"]),
    Rule(r"(?<=\d)\*(?=[ -])", lambda _: ["star"]),
    Rule(r"§§ ?", lambda _: ["sections"]),
    Rule(r"(?<=\band)/(?=or\b)", lambda _: []),
    Rule(r"(?<=\b[Yy]es)/(?=no\b)|(?<=[a-z])/(?=[a-z]{3})", lambda _: ["or"]),
    Rule(rf"[{re.escape(_SILENT)}]+", lambda _: []),
    Rule(rf"[{re.escape(''.join(_SIGNS))}]", lambda m: _SIGNS[m.group()].split()),
)


@cache
def english(region: str) -> Grammar:
    """The rules of a region: `us`, `gb`, or "" where nobody knows whether the day comes first."""
    day_first = region in _DAY_FIRST
    return Grammar(
        (
            *rules_of_web(_WEB),
            *figures.EARLY,
            *calendar.rules(day_first=day_first, order_known=bool(region)),
            *clock.RULES,
            *figures.BY,
            *money.RULES,
            *measures.RULES,
            *figures.MIDDLE,
            *names.RULES,
            *figures.LATE,
            *_OF_SIGNS,
        )
    )
