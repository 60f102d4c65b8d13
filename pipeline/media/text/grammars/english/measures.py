# ruff: noqa: RUF001  # dashes, primes and signs of typesetters are meant
"""Units, with one amount or two."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.english.amounts import (
    AMOUNT,
    DASH,
    MINUS,
    amount,
    is_adjective,
    one_of,
    signed,
)
from pipeline.media.text.grammars.grammar import Rule, before, behind, either
from pipeline.media.text.numerals import cardinal

_SYMBOLS = """
km:kilometre m:metre cm:centimetre mm:millimetre nm:nanometre μm:micrometre µm:micrometre
kg:kilogram g:gram mg:milligram μg:microgram µg:microgram mcg:microgram t:tonne l:litre L:litre
ml:millilitre mL:millilitre dl:decilitre cl:centilitre lb:pound lbs:pound oz:ounce ft:foot yd:yard
yds:yard mi:mile gal:gallon pt:pint qt:quart tsp:teaspoon tbsp:tablespoon min:minute mins:minute
h:hour hr:hour hrs:hour s:second sec:second secs:second ms:millisecond yr:year yrs:year mo:month
mos:month wk:week wks:week Hz:hertz kHz:kilohertz MHz:megahertz GHz:gigahertz kB:kilobyte
KB:kilobyte MB:megabyte GB:gigabyte TB:terabyte PB:petabyte W:watt kW:kilowatt MW:megawatt
GW:gigawatt V:volt kV:kilovolt mAh:milliampere_hour mA:milliampere Wh:watt_hour kWh:kilowatt_hour
MWh:megawatt_hour GWh:gigawatt_hour dB:decibel kcal:kilocalorie cal:calorie kJ:kilojoule Pa:pascal
kPa:kilopascal hPa:hectopascal bar:bar psi:pound_per_square_inch ha:hectare ac:acre
"""
_NAMES = _SYMBOLS.split()
_UNITS = {symbol: name.replace("_", " ") for symbol, name in (each.split(":") for each in _NAMES)}
_UNITS |= {
    "mph": "mile per hour", "mpg": "mile per gallon", "kph": "kilometre per hour",
    "km/h": "kilometre per hour", "m/s": "metre per second", "m/s²": "metre per second squared",
    "fps": "frame per second", "bps": "bit per second", "kbps": "kilobit per second",
    "Kbps": "kilobit per second", "Mbps": "megabit per second", "Gbps": "gigabit per second",
    "Mbit/s": "megabit per second", "Gbit/s": "gigabit per second", "MB/s": "megabyte per second",
    "GB/s": "gigabyte per second", "rpm": "revolution per minute", "bpm": "beat per minute",
    "ppm": "part per million", "ppb": "part per billion", "dpi": "dot per inch",
    "ppi": "pixel per inch", "px": "pixel", "g/l": "gram per litre", "mg/l": "milligram per litre",
    "sq ft": "square foot", "sq. ft.": "square foot", "sq mi": "square mile", "cu ft": "cubic foot",
    "m²": "square metre", "km²": "square kilometre", "cm²": "square centimetre",
    "m2": "square metre", "km2": "square kilometre", "m³": "cubic metre", "cm³": "cubic centimetre",
    "m3": "cubic metre", "ft²": "square foot", "ft.": "foot", "lb.": "pound", "lbs.": "pound",
    "oz.": "ounce", "hr.": "hour", "hrs.": "hour", "min.": "minute", "mi.": "mile",
    "fl oz": "fluid ounce", "°C": "degree Celsius", "° C": "degree Celsius", "ºC": "degree Celsius",
    "°F": "degree Fahrenheit", "° F": "degree Fahrenheit", "ºF": "degree Fahrenheit",
    "°N": "degree north", "°S": "degree south", "°E": "degree east", "°W": "degree west",
    "°": "degree", "º": "degree", "%": "percent", "‰": "per mille", "Ω": "ohm", "kΩ": "kiloohm",
}  # fmt: skip
_PLURALS = {
    "foot": "feet", "hertz": "hertz", "kilohertz": "kilohertz", "megahertz": "megahertz",
    "gigahertz": "gigahertz", "percent": "percent", "per": "per", "inch": "inches",
}  # fmt: skip
UNIT = either(list(_UNITS))
_DOTTED = either([unit for unit in _UNITS if unit.endswith(".")])
_PER = {
    "day": "day", "d": "day", "hr": "hour", "h": "hour", "hour": "hour", "week": "week",
    "wk": "week", "month": "month", "mo": "month", "year": "year", "yr": "year", "min": "minute",
    "s": "second", "sec": "second", "kg": "kilogram", "l": "litre", "ml": "millilitre",
}  # fmt: skip
_ENDS = r"(?![\w/²³])"
_SIZES = r"(?= (?:wide|long|tall|high|deep|thick|across|by|x|×)\b)"
_SCALES_OF_DEGREES = ("Celsius", "Fahrenheit", "north", "south", "east", "west")
_HOTTEST = 150
"""20C is a temperature; 200C is a name."""


def unit_words(unit: str, *, single: bool) -> list[str]:
    """`square foot` becomes `square feet`, `mile per hour` becomes `miles per hour`."""
    head, per, rest = _UNITS[unit].partition(" per ")
    *kind, noun = head.split()
    if noun in _SCALES_OF_DEGREES:
        kind, noun, after = [], *kind, [noun]
    else:
        after = []
    plural = noun if single else _PLURALS.get(noun, f"{noun}s")
    return [*kind, plural, *after, *(f"per {rest}".split() if per else [])]


def _measure(match: re.Match[str]) -> list[str] | None:
    """5 km, -12 %, 10-15%, 5km-10km, 8 hrs/day."""
    unit = match["unit"]
    if unit in ("t", "h", "s", "N", "J", "W", "V", "L", "min.", "ac", "cal", "bar") and (
        "'" in behind(match)[:1] or "’" in behind(match)[:1]
    ):
        return None
    per = ["per", _PER[match["per"]]] if match["per"] else []
    figure = match["amount"]
    if match["first"]:
        said = [*signed(match), *amount(match["first"]), "to", *amount(figure)]
        return [*said, *unit_words(unit, single=False), *per]
    single = one_of(figure) or (is_adjective(before(match)) and behind(match)[:1] in (" ", "-"))
    return [*signed(match), *amount(figure), *unit_words(unit, single=single), *per]


def _height(match: re.Match[str]) -> list[str]:
    """5'11" is five foot eleven."""
    inches = cardinal(int(match["inches"])) if match["inches"] else []
    return [*cardinal(int(match["feet"])), "foot" if inches else "feet", *inches]


def _inches(match: re.Match[str]) -> list[str] | None:
    """27", where it closes no quotation."""
    if before(match).count('"') % 2:
        return None
    one = one_of(match["amount"]) or is_adjective(before(match))
    return [*amount(match["amount"]), "inch" if one else "inches"]


def _warm(match: re.Match[str]) -> list[str] | None:
    """20C, 72F."""
    if float(match["amount"]) > _HOTTEST or re.search(r"\b[A-Z]\w+ $", before(match)):
        return None
    one = one_of(match["amount"])
    scale = {"C": "Celsius", "F": "Fahrenheit"}[match["scale"]]
    return [*signed(match), *amount(match["amount"]), "degree" if one else "degrees", scale]


_SIGNED = rf"(?P<minus>{MINUS})?(?<![\w.,])"
RULES = (
    Rule(
        r"(?<=/\d )(?P<unit>tsp|tbsp|oz|lbs?|mi|km|ft|yd|gal|pt|qt)\b\.?(?= |,|$)",
        lambda m: unit_words(m["unit"], single=True),
    ),
    Rule(r"(?<![\w.,'])(?P<feet>\d{1,2})['′](?P<inches>\d{1,2})(?:[\"″]|'')?(?![\w'])", _height),
    Rule(r"(?<![\w.,'])(?P<feet>\d{1,2})′(?P<inches>)", _height),
    Rule(
        r"(?<![\w.,])(?P<feet>\d{1,2}) ?ft\.? (?P<inches>\d{1,2})(?: ?(?:in\b\.?|[\"″]))",
        _height,
    ),
    Rule(r"(?<![\w.,'])(?P<amount>\d+(?:\.\d+)?)[\"″](?!\w)", _inches),
    Rule(
        rf"(?<![\w.,])(?P<amount>{AMOUNT}) ?in(?:\.(?= [a-z]|$)|{_SIZES})",
        lambda m: [
            *amount(m["amount"]),
            "inch" if one_of(m["amount"]) or is_adjective(before(m)) else "inches",
        ],
    ),
    Rule(
        rf"{_SIGNED}(?:(?P<first>{AMOUNT}) ?(?:{UNIT})?{DASH})?(?P<amount>{AMOUNT})[ -]?"
        rf"(?P<unit>{_DOTTED})(?= [a-z]|[,;:)]|$)(?P<per>)",
        _measure,
    ),
    Rule(
        rf"{_SIGNED}(?:(?P<first>{AMOUNT}) ?(?:{UNIT})?{DASH})?(?P<amount>{AMOUNT})[ -]?"
        rf"(?P<unit>{UNIT})(?:/(?P<per>{either(list(_PER))}))?{_ENDS}",
        _measure,
    ),
    Rule(rf"{_SIGNED}(?P<amount>\d{{1,3}}(?:\.\d+)?)(?P<scale>[CF])(?!\w)", _warm),
    Rule(
        rf"{_SIGNED}(?P<amount>{AMOUNT}) K(?!\w)",
        lambda m: [
            *signed(m),
            *amount(m["amount"]),
            "kelvin" if one_of(m["amount"]) else "kelvins",
        ],
    ),
)
