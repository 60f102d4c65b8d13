# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""Days, months, years, decades."""

from __future__ import annotations

import re
from functools import partial

from pipeline.media.text.grammars.grammar import Rule, before, behind
from pipeline.media.text.numerals import cardinal, decade, ordinal, year

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SHORT = r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_SHOUTED = f"{'|'.join(MONTHS)}|{_SHORT}".upper()
MONTH = rf"(?:{'|'.join(MONTHS)}|(?:{_SHORT})\b\.?|(?:{_SHOUTED})\b\.?)"
_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_EVERY_DAY = {**_DAYS, **{day: day for day in _DAYS.values()}}
_DAY = "|".join([*_EVERY_DAY, *(day.upper() for day in _EVERY_DAY)])
_DAYS_IN_MONTH, _MONTHS_IN_YEAR, _CENTURY, _NINE = 31, 12, 100, 9
_ST = r"(?:st|nd|rd|th)"
_OF_TENS = re.compile(
    r"(?:\b(?:the|her|his|their|my|our|your|its|early|mid|late|roaring|swinging)[ -]"
    r"|\ds (?:and|or|to|through) |\ds, )$",
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:[Oo]n|[Uu]ntil|[Ss]ince|[Dd]ue|[Dd]eadline|[Bb]orn) $")
_KNOWN_YEAR = r"\b(?:[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Ff]rom|[Yy]ear|[Aa]fter|[Bb]efore) $"


def month_named(text: str) -> str:
    """Jan. -> January."""
    return next(month for month in MONTHS if month.startswith(text[:3].capitalize()))


def _day_named(text: str) -> str:
    """MON -> Monday."""
    return _EVERY_DAY[text.capitalize()]


def day_of(text: str) -> int | None:
    return int(text) if 1 <= int(text) <= _DAYS_IN_MONTH else None


def _iso(match: re.Match[str]) -> list[str] | None:
    """2026-11-25."""
    return _numeric(match["year"], match["month"], match["day"])


def _numeric(years: str, month: str, day: str) -> list[str] | None:
    if not 1 <= int(month) <= _MONTHS_IN_YEAR or day_of(day) is None:
        return None
    return [MONTHS[int(month) - 1], *ordinal(int(day)), *year(int(years))]


def _either_order(match: re.Match[str], *, certain: bool, day_first: bool) -> list[str] | None:
    """03/04/2026, where the order of day and month is known, or where it is not."""
    first, second = match["first"], match["second"]
    known = int(first) > _MONTHS_IN_YEAR or int(second) > _MONTHS_IN_YEAR or first == second
    if known != certain:
        return None
    if known:
        day_first = int(first) > _MONTHS_IN_YEAR
    month, day = (second, first) if day_first else (first, second)
    return _numeric(match["year"], month, day)


def _day_of_month(match: re.Match[str], *, day_first: bool) -> list[str] | None:
    """On 4/5: a day where `on` stands before it, which may be a share all the same."""
    first, second = match["first"], match["second"]
    if not _DATED.search(before(match)) or (first, second) == ("9", "11"):
        return None
    month, day = (second, first) if day_first else (first, second)
    if int(month) > _MONTHS_IN_YEAR:
        month, day = day, month
    if not 1 <= int(month) <= _MONTHS_IN_YEAR or day_of(day) is None:
        return None
    return [MONTHS[int(month) - 1], *ordinal(int(day))]


def _many(match: re.Match[str]) -> list[str] | None:
    """100s of people."""
    number = match["number"].replace(",", "")
    if len(number) < 4 and not re.match(r" of\b", behind(match)):  # noqa: PLR2004
        return None
    return {
        "10": ["tens"],
        "100": ["hundreds"],
        "1000": ["thousands"],
        "10000": ["tens", "of", "thousands"],
        "100000": ["hundreds", "of", "thousands"],
        "1000000": ["millions"],
    }[number]


def _dotted(match: re.Match[str]) -> list[str] | None:
    """28.11.2026."""
    return _numeric(match["year"], match["second"], match["first"])


def _month_day(match: re.Match[str]) -> list[str] | None:
    """June 5, Jan. 1, October 10-12."""
    day = day_of(match["day"])
    last = day_of(match["last"]) if match["last"] else None
    if day is None or (match["last"] and last is None):
        return None
    until = ["to", *ordinal(last)] if last else []
    return [month_named(match["month"]), *ordinal(day), *until]


def _day_month(match: re.Match[str]) -> list[str] | None:
    """5 June, 5th of June."""
    day = day_of(match["day"])
    if day is None:
        return None
    has = re.search(r"\b[Tt]he $", before(match)) or " of " in match.group()
    the = [] if has else ["the"]
    return [*the, *ordinal(day), "of", month_named(match["month"])]


def _tens(match: re.Match[str]) -> list[str] | None:
    """The 80s, her 30s, the '90s; 30s alone are seconds."""
    tens = int(match["number"])
    if tens < _CENTURY and not match["mark"] and not _OF_TENS.search(before(match)):
        return None
    return decade(tens) if tens >= _CENTURY else [f"{cardinal(tens)[-1][:-1]}ies"]


def _short_year(match: re.Match[str]) -> list[str]:
    """'99."""
    digits = match["digits"]
    return ["oh", *cardinal(int(digits))] if digits.startswith("0") else cardinal(int(digits))


def _old_year(match: re.Match[str]) -> list[str] | None:
    """In 1066."""
    number = int(match["number"])
    if not re.search(_KNOWN_YEAR, before(match)) or number % _CENTURY == 0:
        return None
    return [
        *cardinal(10),
        *(["oh"] if number % _CENTURY <= _NINE else []),
        *cardinal(number % _CENTURY),
    ]


def rules(*, day_first: bool, order_known: bool) -> tuple[Rule, ...]:
    """`day_first`: how a date of figures is meant where the tag of the language tells it."""
    in_figures = _dates_in_figures(day_first=day_first, order_known=order_known)
    return (*in_figures, *_named_days(), *_decades_and_years())


def _dates_in_figures(*, day_first: bool, order_known: bool) -> tuple[Rule, ...]:
    slashes = r"(?<![\w/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})(?![\w/])"
    order = partial(_either_order, day_first=day_first)
    return (
        Rule(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso),
        Rule(r"(?<![\w/])(?P<year>\d{4})/(?P<month>\d\d?)/(?P<day>\d\d?)(?![\w/])", _iso),
        Rule(
            r"(?<![\w/])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\w/]|\.\d)",
            partial(_day_of_month, day_first=day_first),
            guessed=True,
        ),
        Rule(slashes, partial(order, certain=True)),
        Rule(slashes, partial(order, certain=False), guessed=not order_known),
        Rule(
            r"(?<![\w.])(?P<first>\d{1,2})\.(?P<second>\d{1,2})\.(?P<year>\d{4})(?!\w|\.\d)",
            _dotted,
        ),
    )


def _named_days() -> tuple[Rule, ...]:
    return (
        Rule(
            rf"\b(?P<day>{_DAY})\.?\s?[-–—]\s?(?P<last>{_DAY})\b(?:\.(?=,| ))?",
            lambda m: [_day_named(m["day"]), "to", _day_named(m["last"])],
        ),
        Rule(
            rf"\b(?P<first>{MONTH})\s?[-–—]\s?(?P<last>{MONTH})(?!\w)",
            lambda m: [month_named(m["first"]), "to", month_named(m["last"])],
        ),
        Rule(
            rf"\b(?P<month>{MONTH}) (?P<day>\d{{1,2}}){_ST}?(?:\s?[-–]\s?(?P<last>\d{{1,2}}))?"
            rf"(?![\d:%]|[.,]\d|{_ST}\b)",
            _month_day,
        ),
        Rule(
            rf"(?<![\w.,$£€-])(?P<day>\d{{1,2}}){_ST}? (?:of )?(?P<month>{MONTH})(?!\w)", _day_month
        ),
        Rule(rf"\b(?P<month>{_SHORT})\.(?!\w)", lambda m: [month_named(m["month"])]),
        Rule(rf"\b(?P<day>{'|'.join(_DAYS)})\.(?= ?[^\W]|,|$)", lambda m: [_DAYS[m["day"]]]),
        Rule(
            rf"\b(?P<day>{'|'.join(_DAYS)})(?=,? (?:\d{{1,2}} )?{MONTH})",
            lambda m: [_DAYS[m["day"]]],
        ),
    )


def _decades_and_years() -> tuple[Rule, ...]:
    return (
        Rule(r"(?<!\w)['’‘]00s\b", lambda _: ["two", "thousands"]),
        Rule(
            r"(?<![\w,.])(?P<number>10|100|1,?000|10,000|100,000|1,000,000)s\b(?! ?(?:and|or) \d)",
            _many,
        ),
        Rule(r"(?<!\w)(?P<mark>)(?P<number>\d{3}0)['’]?s\b", _tens),
        Rule(r"(?<!\w)(?P<mark>['’‘]?)(?P<number>[2-9]0)['’]?s\b", _tens),
        Rule(r"(?<!\w)['’‘](?P<digits>\d\d)(?![\w'’\"])", _short_year),
        Rule(r"(?<![\w.,])(?P<number>10\d\d)(?![\w,.]*\d)", _old_year),
    )
