"""Plain figures: how many, which one, digit by digit."""

from __future__ import annotations

import re

from pipeline.media.text.numerals import FEWEST_UNREADABLE, cardinal, digits, year

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?: \d{3}){2,}(?! ?\d)|\d{1,3} 000(?! ?\d)|\d+)"
"""Thousands are parted by commas or blanks; `5 000` has one group of noughts at least."""

AMOUNT = rf"(?:{NUMBER}(?:\.\d+)?|(?<!\d)\.\d+)"
FREE = r"(?<![\w.,])"
"""Before a figure that is no part of another."""

MINUS = r"(?:(?<![\w.%-])[-−])"  # noqa: RUF001 - the sign of typesetters
DASH = r"\s?[-–~]\s?"  # noqa: RUF001
_YEAR = re.compile(r"[1-9]\d{3}")


def number_words(text: str) -> list[str]:
    """12,345; what is longer than people can say is said digit by digit, all of it."""
    plain = re.sub(r"[, ]", "", text)
    if len(plain) >= FEWEST_UNREADABLE:
        return digits(plain)
    return cardinal(int(plain))


def amount(text: str) -> list[str]:
    """12.5; a point that nothing stands before has a zero."""
    number, _, decimals = text.partition(".")
    return [*(number_words(number) if number else ["zero"]), *point(decimals)]


def point(decimals: str) -> list[str]:
    return ["point", *digits(decimals)] if decimals else []


def plain(text: str) -> list[str]:
    """A year, a number with a zero before it, or a number."""
    number, _, decimals = text.partition(".")
    if number.startswith("0") and len(number) > 1:
        return [*digits(number.replace(",", "")), *point(decimals)]
    return year(int(text)) if _YEAR.fullmatch(text) else amount(text)


def signed(match: re.Match[str]) -> list[str]:
    return ["minus"] if match["minus"] else []


def one_of(text: str) -> bool:
    """Whether so much takes its noun in the singular."""
    return text == "1"


def is_adjective(before: str) -> bool:
    """Whether what follows `a` or `our` is said in the singular: a five kilometre run."""
    return bool(
        re.search(r"\b(?:[Aa]n?|[Oo]ur|[Mm]y|[Yy]our|[Hh]is|[Tt]heir|[Ee]very|[Ee]ach) $", before)
    )
