# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""Telephone numbers, ordinals, ranges, scores, fractions, versions, names with figures, numbers."""

from __future__ import annotations

import re
from itertools import groupby

from pipeline.media.text.grammars.english.amounts import (
    AMOUNT,
    FREE,
    MINUS,
    NUMBER,
    amount,
    number_words,
    plain,
    signed,
)
from pipeline.media.text.grammars.english.measures import UNIT, unit_words
from pipeline.media.text.grammars.grammar import Rule, before, behind
from pipeline.media.text.numerals import cardinal, digits, fraction, ordinal

_CALLED = re.compile(
    r"\b(?:[Cc]all|[Dd]ial|PIN|pin|ZIP|zip|ID|[Cc]ode|[Ee]xtension|[Ee]xt\.|[Cc]ard|[Pp]asscode"
    r"|[Pp]assword)(?: (?:is|code|number))? $"
)
_CALLED_TOO = re.compile(
    r"\b(?:[Cc]all|[Dd]ial|[Rr]ing|[Pp]hone) \d{3},? (?:or|and) $"
    r"|\b(?:[Tt]ext|[Ss]end|SMS) \"?[A-Z]{2,}\"? to $"
    r"|\b(?:[Rr]ing|[Pp]hone|[Tt]ext) $"
)
_BOTTOMS = frozenset({*range(2, 11), 12, 16, 20, 32, 64, 100})
_SHORT_YEAR, _FEWEST_BEATS, _LONGEST_NAMED = 2, 60, 4


def _telephone(match: re.Match[str]) -> list[str]:
    """+1 (555) 123-4567; 1-800-555-0199."""
    said: list[str] = []
    for run in re.findall(r"\+|\d+", match.group()):
        said += ["plus"] if run == "+" else _digits_or_hundred(run)
    return said


def _digits_or_hundred(run: str) -> list[str]:
    return ["eight", "hundred"] if run == "800" else digits(run)


def _called(match: re.Match[str]) -> list[str] | None:
    """Call 911; PIN 1234; ZIP 90210."""
    known = _CALLED.search(before(match)) or _CALLED_TOO.search(before(match))
    return digits(match["digits"]) if known else None


def _range(match: re.Match[str]) -> list[str] | None:
    """1984-1986, 10-12; 555-1234 is a telephone number."""
    first, last = match["first"], match["last"]
    if len(first) < len(last) and len(first) > 2 and "." not in first + last:  # noqa: PLR2004
        return digits(first + last)
    return [*plain(first), "to", *plain(last)]


def _over(match: re.Match[str]) -> list[str] | None:
    """24/7, 9/11, 50/50, 120/80."""
    top, bottom = match["top"], match["bottom"]
    if (top, bottom) in (("24", "7"), ("9", "11"), ("50", "50")):
        return [*cardinal(int(top)), *cardinal(int(bottom))]
    if int(top) >= _FEWEST_BEATS:
        return [*cardinal(int(top)), "over", *cardinal(int(bottom))]
    return None


def _fraction(match: re.Match[str]) -> list[str] | None:
    """2/3, 1 1/2, 3½ (as `3 1/2`)."""
    top, bottom = int(match["top"]), int(match["bottom"])
    if bottom not in _BOTTOMS or not 0 < top < bottom:
        return None
    if not match["whole"]:
        return fraction(top, bottom)
    part = fraction(top, bottom)
    return [*cardinal(int(match["whole"])), "and", *(["a", *part[1:]] if top == 1 else part)]


def _division(match: re.Match[str]) -> list[str]:
    """10/11, which may be a share, a date or a score."""
    return [*plain(match["top"]), "over", *plain(match["bottom"])]


def _parts(match: re.Match[str]) -> list[str]:
    """3.11.2."""
    first, *rest = [cardinal(int(part)) for part in match["version"].split(".")]
    said = [*first, *(word for part in rest for word in ("point", *part))]
    return ["version", *said] if match["v"] else said


def _alone(match: re.Match[str]) -> list[str]:
    """V2.0."""
    return ["version", *amount(match["amount"])]


def _mixed(match: re.Match[str]) -> list[str] | None:
    """MP3, B2B, 5G, H2O, FY2024: letters as they stand, figures as numbers."""
    text = match.group()
    runs = ["".join(run) for _, run in groupby(text, str.isdecimal)]
    if any(run.isdecimal() and len(run) > _LONGEST_NAMED for run in runs):
        return [word for run in runs for word in (digits(run) if run.isdecimal() else [run])]
    return [word for run in runs for word in (_part(run, text) if run.isdecimal() else [run])]


def _part(run: str, text: str) -> list[str]:
    return ["to"] if text in ("B2B", "B2C", "D2C", "P2P") else plain(run)


def _by(match: re.Match[str]) -> list[str]:
    """1920x1080, 3 x 4 cm; 6 x 7 = 42."""
    sign = "times" if re.match(r"\s?=", behind(match)) else "by"
    third = [sign, *plain(match["third"])] if match["third"] else []
    unit = match["unit"]
    inches = unit in ("in", "in.", '"')
    name = [] if not unit else ["inches"] if inches else unit_words(unit, single=False)
    return [*plain(match["first"]), sign, *plain(match["second"]), *third, *name]


def _out_of(match: re.Match[str]) -> list[str] | None:
    """9/10 where a phrase ends, which may be nine tenths."""
    if match["top"] == "1" or not before(match).strip():
        return None
    if not re.match(r"\s*(?:[.,;:!?)]|$)", behind(match)):
        return None
    return [*cardinal(int(match["top"])), "out", "of", *cardinal(int(match["bottom"]))]


def _scaled(match: re.Match[str]) -> list[str] | None:
    """1.5M, 500K; 4K stays a name."""
    figure = match["amount"]
    if match["scale"] == "K" and re.fullmatch(r"\d\d?", figure):
        return None
    return [*signed(match), *amount(figure), _SCALES[match["scale"]]]


_SCALES = {"K": "thousand", "M": "million", "bn": "billion", "B": "billion"}
LATE = (
    Rule(
        rf"(?P<minus>{MINUS})?{FREE}(?P<amount>{AMOUNT})(?P<scale>K|M|bn|(?<=\.\d)B)(?!\w)", _scaled
    ),
    Rule(rf"{FREE}(?P<amount>{AMOUNT})x(?!\w)", lambda m: [*amount(m["amount"]), "times"]),
    Rule(
        r"\b(?P<name>[A-Za-z]{1,4})(?P<amount>\d{1,4}\.\d+)(?![\w.])",
        lambda m: [m["name"], *amount(m["amount"])],
    ),
    Rule(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]+\b(?!')", _mixed),
    Rule(
        rf"(?P<minus>{MINUS})?(?<![\w.])(?P<digits>{AMOUNT})",
        lambda m: [*signed(m), *plain(m["digits"])],
    ),
)
EARLY = (
    Rule(r"(?<![\w.])0\d{2,4} \d{3,4} \d{3,4}(?!\w)", _telephone),
    Rule(
        r"(?<![\w.,])(?P<number>\d+),(?P<decimals>\d{1,2})(?![\w,.]*\d)",
        lambda m: [*number_words(m["number"]), "point", *digits(m["decimals"])],
        guessed=True,
    ),
    Rule(
        r"(?<![\w.])\+(?=(?:[ .()-]?\d){7})\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}(?![\w])", _telephone
    ),
    Rule(r"(?<![\w.])(?:1[ .-])?\(\d{3}\) ?\d{3}[ .-]\d{4}(?!\w)", _telephone),
    Rule(r"(?<![\w.-])(?:1[ .-])?\d{3}([ .-])\d{3}[ .-]\d{4}(?![\w-])", _telephone),
    Rule(r"(?<![\w.-])\d{4}(?:[ -]\d{4}){2,4}(?![\w-])", _telephone),
    Rule(r"(?<![\w.,-])(?P<digits>\d{3,12})(?![\w,.-]*\d)", _called),
)
BY = (
    Rule(
        rf"{FREE}(?P<first>{AMOUNT}) ?(?:{UNIT})? ?[x×] ?(?P<second>{AMOUNT})"
        rf"(?: ?(?:{UNIT})? ?[x×] ?(?P<third>{AMOUNT}))?"
        rf"(?: ?(?P<unit>{UNIT}|in\.|in(?=[.,;!?]|$)|\")(?![\w/]))?(?!\w)",
        _by,
    ),
)
MIDDLE = (
    Rule(
        r"(?<![\w/.,])(?P<top>\d{1,3})/(?P<bottom>10|20|100)(?![\w/]|[.,]\d)",
        _out_of,
        guessed=True,
    ),
    Rule(
        r"(?<=Boeing |Airbus )(?P<first>\d{3})-(?P<last>\d{3})(?!\w)",
        lambda m: [*cardinal(int(m["first"])), *cardinal(int(m["last"]))],
    ),
    Rule(
        r"\b(?P<name>[A-Z])\.(?P<digits>\d{3})(?!\w)",
        lambda m: [m["name"], *digits(m["digits"])],
    ),
    Rule(rf"(?<![\w.])(?P<number>{NUMBER})(?:st|nd|rd|th)\b", lambda m: _nth(m["number"])),
    Rule(r"(?<![\w.])(?P<v>[vV]\.? ?)?(?P<version>\d+(?:\.\d+){2,})(?!\w)", _parts),
    Rule(r"(?<![\w.])[vV](?P<amount>\d+(?:\.\d+)?)(?!\w)", _alone),
    Rule(r"(?<![\w-])\d+(?:-\d+){2,}(?![\w-])", _telephone),
    Rule(
        r"(?<![\w.,-])(?P<first>\d{1,4}(?:\.\d+)?) ?[–-] ?"
        r"(?P<last>\d{1,4}(?:\.\d+)?)(?![\w-]|[.,]\d)",
        _range,
    ),
    Rule(rf"{FREE}(?P<first>\d{{1,6}})~(?P<last>\d{{1,6}})(?!\w)", _range),
    Rule(
        r"(?<![\w/.,])(?P<top>\d{1,2}\.\d|\d{1,2}(?=/\d+ (?:stars?|points?|marks)\b))"
        r"/(?P<bottom>5|10|20|100)(?![\w/])",
        lambda m: [*amount(m["top"]), "out", "of", *cardinal(int(m["bottom"]))],
    ),
    Rule(r"\b401\(k\)", lambda _: ["four", "oh", "one", "k"]),
    Rule(r"(?<![\w/])(?P<top>\d{1,3})/(?P<bottom>\d{1,3})(?![\w/])", _over),
    Rule(
        r"(?<![\w/.,])(?:(?P<whole>\d{1,3}) )?(?P<top>\d{1,2})[/⁄](?P<bottom>\d{1,3})(?![\w/])",
        _fraction,
    ),
    Rule(r"(?<![\w/.,])(?P<top>\d{1,6})/(?P<bottom>\d{1,6})(?![\w/])", _division, guessed=True),
)


def _nth(text: str) -> list[str]:
    return ordinal(int(re.sub(r"[, ]", "", text)[:15])) if len(text) < 16 else number_words(text)  # noqa: PLR2004
