# dashes and signs of typesetters are meant
"""Sums of money."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.english.amounts import (
    AMOUNT,
    DASH,
    MINUS,
    amount,
    is_adjective,
    number_words,
    one_of,
    signed,
)
from pipeline.media.text.grammars.grammar import Rule, before, behind, either
from pipeline.media.text.numerals import cardinal

_CENT = ("cent", "cents")
_OF_DOLLARS = {
    "US": "U S", "C": "Canadian", "CA": "Canadian", "A": "Australian", "AU": "Australian",
    "NZ": "New Zealand", "HK": "Hong Kong", "S": "Singapore",
}  # fmt: skip
_CURRENCIES: dict[str, tuple[str, str, tuple[str, str] | None]] = {
    "$": ("dollar", "dollars", _CENT),
    "£": ("pound", "pounds", ("penny", "pence")),
    "€": ("euro", "euros", _CENT),
    "¥": ("yen", "yen", None),
    "₹": ("rupee", "rupees", ("paisa", "paise")),
    "₩": ("won", "won", None),
    "₽": ("rouble", "roubles", None),
    "₺": ("lira", "lira", None),
    "₱": ("peso", "pesos", None),
    "R$": ("real", "reais", ("centavo", "centavos")),
    **{f"{of}$": (f"{name} dollar", f"{name} dollars", _CENT) for of, name in _OF_DOLLARS.items()},
}
_CODES = {
    "USD": "US$", "CAD": "C$", "AUD": "A$", "NZD": "NZ$", "GBP": "£", "EUR": "€", "JPY": "¥",
    "INR": "₹", "Rs.": "₹", "Rs": "₹",
}  # fmt: skip
_CURRENCIES |= {code: _CURRENCIES[sign] for code, sign in _CODES.items()}
_CURRENCIES |= {"CHF": ("Swiss franc", "Swiss francs", None)}
_SCALES = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million",
    "MM": "million", "mm": "million", "mio": "million", "b": "billion", "B": "billion",
    "bn": "billion", "BN": "billion", "Bn": "billion", "bln": "billion", "t": "trillion",
    "T": "trillion", "tn": "trillion", "trn": "trillion",
}  # fmt: skip
_WORDS = ("thousand", "million", "billion", "trillion", "hundred")
SCALE = rf"(?:(?: ?(?:bn|{'|'.join(_WORDS)})|(?:{either(list(_SCALES))}))(?![\w']))"
_SIGN = either(list(_CURRENCIES))
_PER = {
    "hr": "hour", "h": "hour", "hour": "hour", "mo": "month", "month": "month", "yr": "year",
    "year": "year", "day": "day", "d": "day", "week": "week", "wk": "week", "person": "person",
    "kg": "kilogram", "lb": "pound", "mile": "mile", "night": "night", "user": "user",
    "min": "minute", "minute": "minute", "seat": "seat", "unit": "unit", "GB": "gigabyte",
    "gal": "gallon", "l": "litre", "L": "litre", "oz": "ounce", "sq ft": "square foot",
    "m²": "square metre",
    "share": "share", "barrel": "barrel", "ton": "ton", "tonne": "tonne", "head": "head",
    "word": "word",
}  # fmt: skip
PER = rf"(?:/(?P<per>{either(list(_PER))})\b)"
_CENTS = 2


def scale_words(scale: str | None) -> list[str]:
    scale = (scale or "").strip()
    return [_SCALES.get(scale, scale)] if scale else []


def per(match: re.Match[str]) -> list[str]:
    return ["per", _PER[match["per"]]] if match["per"] else []


def _sum(match: re.Match[str]) -> list[str]:
    """$3 million; $12.50; -$1; $5-10; 20 €."""
    one, many, cents = _CURRENCIES[match["sign"]]
    first = _range_begin(match)
    figure, scale = match["amount"], match["scale"]
    number, _, decimals = figure.partition(".")
    minus, tail = signed(match), per(match)
    if scale or first or len(decimals) not in (0, _CENTS) or not number:
        only = one if is_adjective(before(match)) and _noun_follows(match) else many
        return [*minus, *first, *amount(figure), *scale_words(scale), only, *tail]
    single = one_of(number) or (not decimals and is_adjective(before(match)) and not tail)
    said = [*number_words(number), one if single else many]
    if int(decimals or 0):
        said = [] if not int(number.replace(",", "").replace(" ", "")) else [*said, "and"]
        said += [*cardinal(int(decimals)), *_coins(int(decimals), cents)]
    return [*minus, *said, *tail]


def _coins(count: int, cents: tuple[str, str] | None) -> list[str]:
    return [cents[count != 1]] if cents else []


def _noun_follows(match: re.Match[str]) -> bool:
    return bool(re.match(r"[ -][a-z]", behind(match)))


def _range_begin(match: re.Match[str]) -> list[str]:
    if not match["first"]:
        return []
    return [*amount(match["first"]), *scale_words(match["fscale"]), "to"]


def _small(match: re.Match[str]) -> list[str]:
    """5¢, 50p."""
    one, many = ("cent", "cents") if match["coin"] == "¢" else ("p", "p")
    return [*amount(match["amount"]), one if one_of(match["amount"]) else many]


_FIRST = rf"(?:(?P<first>{AMOUNT})(?P<fscale>{SCALE})?{DASH}"
RULES = (
    Rule(
        rf"(?P<minus>{MINUS})?(?<![A-Za-z])(?P<sign>{_SIGN}) ?{_FIRST}(?:{_SIGN})?)?"
        rf"(?P<amount>{AMOUNT})(?P<scale>{SCALE})?{PER}?",
        _sum,
    ),
    Rule(
        rf"(?P<minus>{MINUS})?(?<![\w.,]){_FIRST})?(?P<amount>{AMOUNT})(?P<scale>{SCALE})? ?"
        rf"(?P<sign>{_SIGN})(?!\w){PER}?",
        _sum,
    ),
    Rule(rf"(?<![\w.,])(?P<amount>{AMOUNT})(?P<coin>¢)", _small),
    Rule(r"(?<![\w.,])(?P<amount>\d{1,2})(?P<coin>p)(?!\w)", _small),
)
