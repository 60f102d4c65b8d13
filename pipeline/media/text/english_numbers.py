# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""English as it is read aloud: numbers, dates, money, times, units, abbreviations, signs as words.

What nobody wrote a rule for stays as it is, for the voice to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pipeline.media.text.numerals import cardinal, decade, digits, fraction, ordinal, year


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRange:
    """Characters `start` to `stop` of a text are said as `words`."""

    start: int
    stop: int
    words: tuple[str, ...]


_BLANK = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
"""Phones and word processors set these before a unit, for one blank each."""

READ_SENTENCES = 4096
"""Sentences that stay read, about the longest script: its length is measured, then it is spoken,
then aligned, each in its turn."""


@lru_cache(READ_SENTENCES)
def said_otherwise(text: str) -> tuple[SpokenRange, ...]:
    """The parts of a text that are not said as they are written, in order and apart."""
    found = []
    text = _BLANK.sub(" ", text)
    for match in _PATTERN.finditer(text):
        name = str(match.lastgroup)
        part = _PARTS[name].match(text, match.start())  # again, for its named groups
        words = _RULES[name](part or match)
        if words:
            found.append(SpokenRange(start=match.start(), stop=match.end(), words=tuple(words)))
    return tuple(found)


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+"
_AMOUNT = rf"(?:{_NUMBER})(?:\.\d+)?"
_HALF = r"[ap]\.m\.|[AaPp][Mm]\b"
_SCALE = r"(?:thousand|million|billion|trillion)"

_MONEY = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
}
_UNITS = {
    "km": "kilometre", "m": "metre", "cm": "centimetre", "mm": "millimetre", "kg": "kilogram",
    "g": "gram", "mg": "milligram", "l": "litre", "ml": "millilitre", "lb": "pound", "oz": "ounce",
    "ft": "foot", "mi": "mile", "min": "minute", "h": "hour", "hr": "hour", "s": "second",
    "ms": "millisecond", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "W": "watt",
    "kW": "kilowatt", "MW": "megawatt", "V": "volt",
    "mph": "mile per hour", "km/h": "kilometre per hour", "m/s": "metre per second",
    "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree", "%": "percent",
}  # fmt: skip
_PLURALS = {"foot": "feet", "hertz": "hertz", "kilohertz": "kilohertz", "percent": "percent"}
_PLURALS |= {"megahertz": "megahertz", "gigahertz": "gigahertz"}
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))

_SHORT = {
    "Dr": "doctor", "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Prof": "professor",
    "Jr": "junior", "Sr": "senior", "Rev": "reverend", "Gen": "general", "Col": "colonel",
    "Capt": "captain", "Lt": "lieutenant", "Sgt": "sergeant", "Gov": "governor", "Sen": "senator",
    "Rep": "representative", "Hon": "honourable", "Mt": "mount", "Ft": "fort", "St": "saint",
    "vs": "versus", "etc": "et cetera", "approx": "approximately", "dept": "department",
    "Inc": "incorporated", "Ltd": "limited", "Corp": "corporation", "Ave": "avenue",
    "Blvd": "boulevard", "Rd": "road",
}  # fmt: skip
_DOTTED = {"e.g.": "for example", "i.e.": "that is", "a.m.": "a m", "p.m.": "p m"}
_COUNTED = {"No": "number", "Nos": "numbers", "Fig": "figure", "Vol": "volume", "Ch": "chapter"}
_COUNTED |= {"pp": "pages", "p": "page", "Sec": "section", "Art": "article"}
_SIGNS = {"&": "and", "@": "at", "+": "plus", "=": "equals", "×": "times", "÷": "divided by"}
_ROMAN = {"II": 2, "III": 3, "IV": 4, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "XI": 11, "XII": 12}
_LONGEST_DIGITS = 30
_FULL_HOUR, _NINE, _NOON = 0, 9, 12
_FULL = ("o'clock", "hundred")
_DAYS_IN_MONTH = 31
_MONTHS_IN_YEAR = 12
_LARGEST_DENOMINATOR = 10


def _whole(text: str) -> int:
    return int(text.replace(",", "")[:_LONGEST_DIGITS])


def _amount(text: str) -> list[str]:
    whole, _, decimals = text.partition(".")
    return [*cardinal(_whole(whole)), *_point(decimals)]


def _point(decimals: str) -> list[str]:
    return ["point", *digits(decimals[:_LONGEST_DIGITS])] if decimals else []


def _money(match: re.Match[str]) -> list[str]:
    """$3 million; $12.50; $1."""
    one, many, cent, cents = _MONEY[match["sign"]]
    amount, scale = match["amount"], match["scale"]
    whole, _, decimals = amount.partition(".")
    if scale:
        return [*_amount(amount), scale, many]
    if len(decimals) not in (0, 2):
        return [*_amount(amount), many]
    said = [*cardinal(_whole(whole)), one if _whole(whole) == 1 else many]
    if int(decimals or 0):
        said = [*said, "and"] if _whole(whole) else []
        said += [*cardinal(int(decimals)), cent if int(decimals) == 1 else cents]
    return said


def _clock(match: re.Match[str]) -> list[str]:
    """5:30, 5:05 p.m., 17:00."""
    hour, minute = int(match["hour"]), int(match["minute"])
    half = list(match["half"].lower()) if match["half"] else []
    half = [half[0], "m"] if half else []
    if minute == _FULL_HOUR:
        return [*cardinal(hour), *(half or [_FULL[hour > _NOON]])]
    return [*cardinal(hour), *(["oh"] if minute <= _NINE else []), *cardinal(minute), *half]


def _date(match: re.Match[str]) -> list[str]:
    """2026-11-25."""
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH):
        return []
    return [_MONTHS[month - 1], *ordinal(day), *year(int(match["year"]))]


def _month_day(match: re.Match[str]) -> list[str]:
    """June 5."""
    day = int(match["day"])
    return [match["month"], *ordinal(day)] if 1 <= day <= _DAYS_IN_MONTH else []


def _range(match: re.Match[str]) -> list[str]:
    """1984-1986, 10-12; 555-1234 is a telephone number."""
    if len(match["first"]) < len(match["last"]) and len(match["first"]) > 2:  # noqa: PLR2004
        return digits(match["first"] + match["last"])
    return [*_plain(match["first"]), "to", *_plain(match["last"])]


def _measure(match: re.Match[str]) -> list[str]:
    """5 km, 12 %, 1 kg."""
    first, *rest = _UNITS[match["unit"]].split()
    one = match["amount"] == "1"
    unit = first if one else _PLURALS.get(first, f"{first}s")
    return [*_sign(match), *_amount(match["amount"]), unit, *rest]


def _fraction(match: re.Match[str]) -> list[str]:
    top, bottom = int(match["top"]), int(match["bottom"])
    if not 1 < bottom <= _LARGEST_DENOMINATOR or not 0 < top < bottom:
        return []
    return fraction(top, bottom)


def _plain(text: str) -> list[str]:
    """A year, a number with a zero before it, or a number."""
    whole, _, decimals = text.partition(".")
    if whole.startswith("0") and len(whole) > 1:
        return [*digits(whole.replace(",", "")[:_LONGEST_DIGITS]), *_point(decimals)]
    return year(int(text)) if re.fullmatch(r"[1-9]\d{3}", text) else _amount(text)


def _sign(match: re.Match[str]) -> list[str]:
    return ["minus"] if match["minus"] else []


_RULE_TABLE: tuple[tuple[str, str, Callable[[re.Match[str]], list[str]]], ...] = (
    ("money", rf"(?P<sign>[$£€])(?P<amount>{_AMOUNT})(?: (?P<scale>{_SCALE})\b)?", _money),
    ("date", r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _date),
    (
        "clock",
        rf"\b(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])(?: ?(?P<half>{_HALF}))?",
        _clock,
    ),
    (
        "dozen",
        rf"\b(?P<hour>1[0-2]|[1-9]) ?(?P<half>{_HALF})",
        lambda m: [*cardinal(int(m["hour"])), m["half"][0].lower(), "m"],
    ),
    (
        "monthday",
        rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?![\d:.,]\d|\d|st|nd|rd|th)",
        _month_day,
    ),
    (
        "nth",
        rf"(?<![\w.])(?P<number>{_NUMBER})(?:st|nd|rd|th)\b",
        lambda m: ordinal(_whole(m["number"])),
    ),
    ("decade", r"(?<!\w)(?P<number>\d{3}0)s\b", lambda m: decade(int(m["number"]))),
    ("version", r"(?<![\w.])\d+(?:\.\d+){2,}(?![\w])", lambda m: _dotted(m.group())),
    ("range", r"(?<![\w.,-])(?P<first>\d{1,4})[–-](?P<last>\d{1,4})(?![\w-]|[.,]\d)", _range),
    (
        "measure",
        rf"(?P<minus>(?<![\w.-])[-−])?(?<![\w.,])(?P<amount>{_AMOUNT}) ?(?P<unit>{_UNIT})(?![\w/])",
        _measure,
    ),
    ("half", r"(?<![\w/])(?P<top>\d{1,2})/(?P<bottom>\d{1,2})(?![\w/])", _fraction),
    (
        "number",
        rf"(?P<minus>(?<![\w.-])[-−])?(?<![\w.])(?P<digits>{_AMOUNT})",
        lambda m: [*_sign(m), *_plain(m["digits"])],
    ),
    (
        "counted",
        rf"\b(?P<word>{'|'.join(_COUNTED)})\. ?(?=\d)",
        lambda m: [_COUNTED[m["word"]]],
    ),
    (
        "dotted",
        rf"\b(?:{'|'.join(re.escape(each) for each in _DOTTED)})(?!\w)",
        lambda m: _DOTTED[m.group()].split(),
    ),
    (
        "street",
        r"(?<=[a-z] )(?:St|Dr)\.(?= ?(?:,|$))",
        lambda m: [{"St.": "street", "Dr.": "drive"}[m.group()]],
    ),
    (
        "short",
        rf"\b(?P<word>{'|'.join(_SHORT)})(?:\.(?=\W|$)|(?= [A-Z]))",
        lambda m: _SHORT[m["word"]].split(),
    ),
    ("initials", r"\b(?:[A-Z]\. ?){2,}(?!\w)", lambda m: list(re.sub(r"[. ]", "", m.group()))),
    (
        "roman",
        rf"(?<=[a-z] )(?P<roman>{'|'.join(sorted(_ROMAN, key=len, reverse=True))})\b(?!')",
        lambda m: cardinal(_ROMAN[m["roman"]]),
    ),
    ("hash", r"#(?=\d)", lambda _: ["number"]),
    ("domain", r"(?<=\w)\.(?=(?:com|org|net|io|edu|gov|co)\b)", lambda _: ["dot"]),
    ("sign", r"[&@+=×÷]", lambda m: _SIGNS[m.group()].split()),
)  # fmt: skip


def _dotted(text: str) -> list[str]:
    first, *rest = [cardinal(_whole(part)) for part in text.split(".")]
    return [*first, *(word for part in rest for word in ("point", *part))]


def _nameless(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


_PATTERN = re.compile("|".join(f"(?P<{name}>{_nameless(text)})" for name, text, _ in _RULE_TABLE))
_PARTS = {name: re.compile(text) for name, text, _ in _RULE_TABLE}
_RULES = {name: rule for name, _, rule in _RULE_TABLE}
