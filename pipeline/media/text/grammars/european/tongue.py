# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""What German, French, Spanish and Italian have in common: figures with a decimal comma, days
before months, money and units behind their amounts."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.media.text.grammars.grammar import behind
from pipeline.media.text.grammars.roman import roman_value
from pipeline.media.text.grammars.spellout import LARGEST_SPELLED, spelled

NUMBER = r"(?:\d{1,3}(?:\.\d{3})+(?![\d])|\d{1,3}(?: \d{3})+(?! ?\d)|\d+)"
_FOREIGN = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}|\d+\.\d{1,2}(?!\d|\.\d)"
"""As English writes amounts: 1,500.50 and 1.5."""

AMOUNT = rf"(?:{_FOREIGN}|{NUMBER}(?:,\d+)?)"
DASH = r"\s?[-–]\s?"
FREE = r"(?<![\w.,])"
MINUS = r"(?:(?<![\w.%-])[-−])"
_FIRST_YEAR, _LAST_YEAR = 1100, 2100
_CENTS = 2


@dataclass(frozen=True, kw_only=True)
class Tongue(ABC):
    """A language: its words, and how its numbers stand beside them. Names in the singular and the
    plural are parted by a stroke, with `f` behind a second one where they are feminine."""

    tag: str
    comma: str
    minus: str
    to: str
    per: str
    months: Sequence[str]
    short_months: Mapping[str, str]
    units: Mapping[str, str]
    money: Mapping[str, str]
    cents: Mapping[str, str]
    with_cents: Sequence[str]
    cents_named: bool
    scales: Mapping[str, str]
    of_scale: str
    shorts: Mapping[str, str]
    before_figures: Mapping[str, str]
    signs: Mapping[str, str]
    web: Mapping[str, str]
    halves: Mapping[int, str]
    feminine_ends: str
    year_kind: str = "numbering-year"
    rulers: str = ""
    counted: str = ""
    elided: str = field(default="")
    of_clock: str = ""
    """Behind the full hour of a clock: eight o'clock."""

    def digits(self, text: str) -> list[str]:
        return [spelled(int(digit), self.tag) for digit in text]

    def cardinal(self, number: int, *, gender: str = "") -> list[str]:
        kind = f"cardinal-{gender}" if gender else "numbering"
        return spelled(number, self.tag, kind).split()

    def whole(self, text: str, *, gender: str = "") -> list[str]:
        """What is longer than people can say is said digit by digit, all of it."""
        plain = re.sub(r"[. ]", "", text)
        if int(plain[:20]) > LARGEST_SPELLED or (plain.startswith("0") and len(plain) > 1):
            return self.digits(plain)
        return self.cardinal(int(plain), gender=gender)

    def amount(self, text: str, *, gender: str = "") -> list[str]:
        text = own_amount(text)
        number, _, decimals = text.partition(",")
        if not decimals:
            return self.whole(number, gender=gender)
        return [*self.whole(number), self.comma, *self.decimals(decimals)]

    def decimals(self, text: str) -> list[str]:
        return self.digits(text)

    def year(self, number: int) -> list[str]:
        kind = self.year_kind if _FIRST_YEAR <= number < _LAST_YEAR else "numbering"
        return spelled(number, self.tag, kind).split()

    def plain(self, text: str, *, after: str = "", ahead: str = "") -> list[str]:
        """A year, or a number; one that counts takes the gender of the word behind it, and in some
        languages the case that stands `ahead`."""
        del ahead
        if re.fullmatch(r"[12]\d{3}", text):
            return self.year(int(text))
        if "," in own_amount(text):
            return self.amount(text)
        return self.whole(text, gender=self.gender_of(after, text))

    def gender_of(self, after: str, text: str) -> str:
        """By the ending of the word that is counted."""
        noun = re.match(r" ([^\W\d_]{2,})", after)
        if not noun or not re.search(r"(?:1|\d00)$", text) or noun[1].lower() in self.small_words:
            return ""
        return "feminine" if re.search(self.feminine_ends, noun[1]) else "masculine"

    @property
    def small_words(self) -> frozenset[str]:
        """Words that are not counted."""
        return _SMALL_WORDS

    def ordinal(self, number: int, *, gender: str = "masculine") -> list[str]:
        return spelled(number, self.tag, f"ordinal-{gender}").split()

    def roman_nth(self, roman: str, gender: str) -> list[str] | None:
        """II before what is counted: the second war."""
        return self.ordinal(roman_value(roman), gender=gender)

    def exponent(self, number: int) -> list[str]:
        """6 in 10^6."""
        return self.cardinal(number)

    def day(self, number: int) -> list[str]:
        """The day of a month."""
        return self.ordinal(1) if number == 1 else self.cardinal(number)

    def day_of_month(self, day: int, month: int, ahead: str) -> list[str]:
        """14/07."""
        del ahead
        return [*self.day(day), self.months[month - 1]]

    def date(self, day: int, month: int, year: str, *, ahead: str) -> list[str]:
        """A date of figures; `ahead` is what stands before it."""
        del ahead
        return [*self.day(day), self.months[month - 1], *(self.year(int(year)) if year else [])]

    @abstractmethod
    def clock(self, hour: int, minute: int) -> list[str]:
        """A time of day."""

    def named(self, table: Mapping[str, str], key: str, *, single: bool) -> tuple[list[str], str]:
        """The name of a unit or a currency, and its gender."""
        one, many, *gender = table[key].split("|")
        return (one if single else many).split(), "feminine" if gender else "masculine"

    def unit(self, match: re.Match[str]) -> list[str] | None:
        """5 km, -12 %, 10-15 %."""
        single = match["amount"] == "1"
        name, gender = self.named(self.units, match["unit"], single=single)
        first = self._first(match, gender)
        return [*self.signed(match), *first, *self.amount(match["amount"], gender=gender), *name]

    def _first(self, match: re.Match[str], gender: str) -> list[str]:
        return [*self.amount(match["first"], gender=gender), self.to] if match["first"] else []

    def signed(self, match: re.Match[str]) -> list[str]:
        return [self.minus] if match["minus"] else []

    def sum(self, match: re.Match[str]) -> list[str]:
        """3,50 €; 1,5 Mio. €; 5-10 €; $20."""
        sign, figure = match["sign"], own_amount(match["amount"])
        number, _, cents = figure.partition(",")
        name, gender = self.named(
            self.money,
            sign,
            single=number == "1" and len(cents) in (0, _CENTS) and not match["scale"],
        )
        first = self._first(match, gender)
        if match["scale"]:
            scale = self.scaled(figure, match["scale"])
            thousands = scale[-1] in ("mille", "mil", "mila", "tausend")
            return [
                *self.signed(match),
                *first,
                *scale,
                *(name if thousands else self.of_many(name)),
            ]
        if len(cents) not in (0, _CENTS) or first:
            return [*self.signed(match), *first, *self.amount(figure, gender=gender), *name]
        if match["of"]:
            return [*self.signed(match), *self.whole(number, gender=gender), *self.of_many(name)]
        return [*self.signed(match), *self._with_cents(sign, number, cents, (name, gender))]

    def _with_cents(
        self, sign: str, number: str, cents: str, named: tuple[list[str], str]
    ) -> list[str]:
        name, gender = named
        if not int(cents or 0):
            plain = int(re.sub(r"[. ]", "", number))
            if plain and plain % 10**6 == 0:
                name = self.of_many(name)
            return [*self.whole(number, gender=gender), *name]
        coin = self.cents[sign].split("|")[int(cents) != 1].split()
        if not int(re.sub(r"[. ]", "", number)):
            return [*self.cardinal(int(cents), gender="masculine"), *coin]
        small = [*self.with_cents, *self.cardinal(int(cents))]
        return [
            *self.whole(number, gender=gender),
            *name,
            *small,
            *(coin if self.cents_named else []),
        ]

    def of_many(self, name: list[str]) -> list[str]:
        """Millions `of` euros, where the language says so."""
        if not self.of_scale:
            return name
        if self.elided and re.match(r"[aeiouéh]", name[0]):
            return [f"{self.elided}{name[0]}", *name[1:]]
        return [self.of_scale, *name]

    def scaled(self, figure: str, scale: str) -> list[str]:
        """1,5 Mio.; 2 Mrd."""
        one, many, *gender = self.scales[scale.strip()].split("|")
        kind = "feminine" if gender else "masculine"
        single = figure == "1"
        return [*self.amount(figure, gender=kind), one if single else many]

    def count_of_scale(self, match: re.Match[str]) -> list[str]:
        return [*self.signed(match), *self.scaled(match["amount"], match["scale"])]

    def range(self, match: re.Match[str]) -> list[str]:
        after = behind(match)
        last = self.plain(match["last"], after=after)
        return [*self.plain(match["first"], after=after), self.to, *last]

    def fraction(self, match: re.Match[str]) -> list[str] | None:
        top, bottom = int(match["top"]), int(match["bottom"])
        if not 0 < top < bottom or bottom not in self.halves:
            return None
        one, many = self.halves[bottom].split("|")
        return [*self.cardinal(top, gender="masculine"), one if top == 1 else many]

    def month_of(self, text: str) -> str:
        return self.short_months.get(text.rstrip(".").lower(), text)

    def telephone(self, match: re.Match[str]) -> list[str]:
        said: list[str] = []
        for run in re.findall(r"\+|\d+", match.group()):
            said += [self.web["+"]] if run == "+" else self.digits(run)
        return said

    @abstractmethod
    def ruler(self, match: re.Match[str], number: int) -> list[str] | None:
        """Words of the numeral behind a ruler's name."""


_SMALL = """
de del du des y e et o ou a à al en di da per por para pour con avec und oder bis von in im am um uhr su ogni sur cada chaque von
"""
_SMALL_WORDS = frozenset(_SMALL.split())


def own_amount(text: str) -> str:
    """1,500.50 as 1500,50."""
    if re.fullmatch(_FOREIGN, text):
        return text.replace(",", "").replace(".", ",")
    return text
