# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""The rules that hold in each of these languages, made of a tongue's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from pipeline.media.text.grammars.european.customs import Customs
from pipeline.media.text.grammars.european.everyday import everyday_rules
from pipeline.media.text.grammars.european.tongue import AMOUNT, DASH, FREE, MINUS, NUMBER, Tongue
from pipeline.media.text.grammars.grammar import Grammar, Rule, before, behind, either
from pipeline.media.text.grammars.roman import ROMAN, roman_value
from pipeline.media.text.grammars.web import rules_of_web

_GROUPED = r"\d{1,3}(?:\.\d{3})+(?![\d.])"
_SILENT = "©®™♪♫*_`{}•·†‡"
_DAYS_IN_MONTH, _MONTHS_IN_YEAR, _LONGEST_NAMED = 31, 12, 4


def grammar_of(tongue: Tongue, own: Sequence[Rule], customs: Customs) -> Grammar:
    """The language's `own` rules come before those of all of them."""
    return Grammar(
        (
            *rules_of_web(tongue.web),
            *_dates(tongue),
            *own,
            *everyday_rules(tongue, customs),
            *_telephone(tongue),
            *_money(tongue),
            *_units(tongue, customs),
            *_beside_amounts(tongue),
            *_names(tongue),
            *_numbers(tongue),
            *_signs(tongue),
        )
    )


def _telephone(tongue: Tongue) -> tuple[Rule, ...]:
    return (
        Rule(
            r"(?<![\w.])\+(?=(?:[ .()-]?\d){7})\d{1,3}(?:[ .-]?\(?\d{1,9}\)?){1,6}(?!\w)",
            tongue.telephone,
        ),
        Rule(r"(?<![\w.,])0\d{1,4}(?:[ /-]\d{2,8}){1,4}(?![\w,])", tongue.telephone),
        Rule(r"(?<![\w.-])\d{4}(?:[ -]\d{4}){2,4}(?![\w-])", tongue.telephone),
        Rule(r"(?<![\w.,-])\d{3}-\d{3}-\d{3,4}(?![\w-])", tongue.telephone),
    )


def _dates(tongue: Tongue) -> tuple[Rule, ...]:
    def date(match: re.Match[str]) -> list[str] | None:
        day, month = int(match["day"]), int(match["month"])
        if not (1 <= day <= _DAYS_IN_MONTH and 1 <= month <= _MONTHS_IN_YEAR):
            return None
        return tongue.date(day, month, match["year"], ahead=before(match))

    return (
        Rule(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", date),
        *(
            Rule(
                rf"(?<![\w./])(?P<day>\d{{1,2}}){by}(?P<month>\d{{1,2}}){by}"
                r"(?P<year>\d{4})(?![\w/]|\.\d)",
                date,
            )
            for by in (r"\.", "/")
        ),
    )


def _money(tongue: Tongue) -> tuple[Rule, ...]:
    sign, scale = either(list(tongue.money)), either(list(tongue.scales))
    first = rf"(?:(?P<first>{AMOUNT})(?:{DASH}| {tongue.to} ))?"
    return (
        Rule(
            rf"(?P<minus>{MINUS})?(?<!\w)(?P<sign>{sign}) ?{first}(?P<amount>{AMOUNT})"
            rf"(?: ?(?P<scale>{scale})(?!\w))?(?P<of>)",
            tongue.sum,
        ),
        Rule(
            rf"(?P<minus>{MINUS})?{FREE}{first}(?P<amount>{AMOUNT}) ?(?:(?P<scale>{scale}) ?)?"
            rf"(?P<of>de |di |d')?(?P<sign>{sign})(?!\w)",
            tongue.sum,
        ),
        Rule(
            rf"(?P<minus>{MINUS})?{FREE}(?P<amount>{AMOUNT}) ?(?P<scale>{scale})(?!\w)",
            tongue.count_of_scale,
        ),
    )


def _units(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    no_rate = rf"(?![\w²³]|/(?!(?:{either(list(customs.per))})(?!\w)))"
    unit = either(list(tongue.units))
    return (
        Rule(
            rf"(?P<minus>{MINUS})?{FREE}(?:(?P<first>{AMOUNT}) ?(?:{unit})?(?:{DASH}| {tongue.to} ))?"
            rf"(?P<amount>{AMOUNT})[ -]?(?P<unit>{unit}){no_rate}",
            tongue.unit,
        ),
    )


def _beside_amounts(tongue: Tongue) -> tuple[Rule, ...]:
    """`/kg` behind a sum, `x` behind a number."""
    per = ("kg", "g", "l", "m", "m²", "km", "t", "h", "min")
    known = [unit for unit in per if unit in tongue.units]
    return (
        Rule(
            rf"(?<=[€$£\w%])/(?P<unit>{either(known)})(?![\w/])",
            lambda m: [tongue.per, *tongue.named(tongue.units, m["unit"], single=True)[0]],
        ),
        Rule(r"(?<=\d) ?[x×](?= |\d|$)", lambda _: tongue.signs["×"].split()),
    )


def _names(tongue: Tongue) -> tuple[Rule, ...]:
    def ruler(match: re.Match[str]) -> list[str] | None:
        said = tongue.ruler(match, roman_value(match["roman"]))
        return None if said is None else [match["name"], *said]

    def counted(match: re.Match[str]) -> list[str]:
        word = tongue.shorts.get(match["word"], match["word"])
        return [word, *tongue.cardinal(roman_value(match["roman"]))]

    figures, shorts = either(list(tongue.before_figures)), either(list(tongue.shorts))
    return (
        Rule(rf"\b(?P<word>{tongue.counted}) (?P<roman>{ROMAN})\b(?!['’])", counted),
        Rule(rf"\b(?P<name>{tongue.rulers}) (?P<roman>{ROMAN})\b(?!['’])", ruler),
        Rule(
            rf"(?<![\w.])(?P<word>{figures}) ?(?=\d)",
            lambda m: tongue.before_figures[m["word"]].split(),
        ),
        Rule(rf"(?<![\w.])(?P<word>{shorts})(?!\w)", lambda m: tongue.shorts[m["word"]].split()),
    )


def _numbers(tongue: Tongue) -> tuple[Rule, ...]:
    return (*_many(tongue), *_pairs(tongue), *_plain_figures(tongue))


def _many(tongue: Tongue) -> tuple[Rule, ...]:
    """Millions of something, types of aircraft, versions, telephone numbers."""

    def version(match: re.Match[str]) -> list[str]:
        parts = [tongue.whole(part) for part in match.group().split(".")]
        said = parts[0]
        for part in parts[1:]:
            said = [*said, tongue.web["."], *part]
        return said

    def millions(match: re.Match[str]) -> list[str]:
        said = tongue.whole(match["amount"])
        if tongue.elided and re.match(r"[aeiouéh]", behind(match)):
            return [*said, tongue.elided]
        return [*said, tongue.of_scale, ""]

    of_millions = (
        r"(?<![\w.,])(?P<amount>\d{1,3}(?:\.000){2,}|\d{1,3}(?: 000){2,}) (?=[a-zéèà])(?!d[eiu]\b)"
    )
    return (
        *([Rule(of_millions, millions)] if tongue.of_scale else []),
        Rule(
            r"(?<=Boeing |Airbus )(?P<first>\d{3})-(?P<last>\d{3})(?!\w)",
            lambda m: [*tongue.whole(m["first"]), *tongue.whole(m["last"])],
        ),
        Rule(rf"(?<![\w.])(?!{_GROUPED})\d+(?:\.\d+){{2,}}(?!\w)", version),
        Rule(r"(?<![\w-])\d+(?:-\d+){2,}(?![\w-])", tongue.telephone),
    )


def _pairs(tongue: Tongue) -> tuple[Rule, ...]:
    """Ranges, scores, fractions."""
    around = r"(?<![\w.,-])"
    return (
        Rule(rf"{around}(?P<first>{NUMBER}){DASH}(?P<last>{NUMBER})(?![\w-]|[.,]\d)", tongue.range),
        Rule(
            r"(?<![\w:.,])(?P<first>\d{1,3}):(?P<last>\d{1,3})(?![\w:])",
            lambda m: [
                *tongue.plain(m["first"]),
                *tongue.signs[":"].split(),
                *tongue.plain(m["last"]),
            ],
        ),
        Rule(
            r"(?<![\w/.,])24/7(?![\w/])",
            lambda _: [*tongue.cardinal(24), *tongue.cardinal(7)],
        ),
        Rule(r"(?<![\w/.,])(?P<top>\d{1,2})/(?P<bottom>\d{1,3})(?![\w/])", tongue.fraction),
        Rule(
            r"(?<![\w/.,])(?P<top>\d{1,6})/(?P<bottom>\d{1,6})(?![\w/])",
            lambda m: [
                *tongue.plain(m["top"]),
                tongue.web["/"],
                *tongue.plain(m["bottom"]),
            ],
            guessed=True,
        ),
    )


def _plain_figures(tongue: Tongue) -> tuple[Rule, ...]:
    """Figures alone or beside letters."""

    def mixed(match: re.Match[str]) -> list[str]:
        runs = ["".join(run) for _, run in groupby(match.group(), str.isdecimal)]
        said: list[str] = []
        for run in runs:
            long = len(run) > _LONGEST_NAMED
            said += (
                [run] if not run.isdecimal() else tongue.digits(run) if long else tongue.plain(run)
            )
        return said

    def number(match: re.Match[str]) -> list[str]:
        after, ahead = behind(match), before(match)
        return [*tongue.signed(match), *tongue.plain(match["amount"], after=after, ahead=ahead)]

    def dotted(match: re.Match[str]) -> list[str]:
        return [*tongue.whole(match["first"]), tongue.web["."], *tongue.decimals(match["last"])]

    return (
        Rule(rf"(?<![\w.,])(?!{_GROUPED})(?P<first>\d+)\.(?P<last>\d+)(?!\w|\.\d)", dotted),
        Rule(r"\b(?=[^\W\d_]*\d)(?=\d*[^\W\d_])[^\W_]+\b(?!['’])", mixed),
        Rule(rf"(?P<minus>{MINUS})?(?<![\w.])(?P<amount>{AMOUNT})(?!\w)", number),
    )


def _signs(tongue: Tongue) -> tuple[Rule, ...]:
    return (
        Rule(r"#(?=\d)", lambda _: tongue.signs["#"].split()),
        Rule(r"#(?=[^\W\d_])", lambda _: ["hashtag"]),
        Rule(
            rf"\b(?P<roman>{ROMAN})\b(?=[^\w'’]|$)",
            lambda m: (
                tongue.cardinal(roman_value(m["roman"]))
                if len(m["roman"]) > 1 and m["roman"] not in ("LI", "XL", "XXX", "XXL", "VI")
                else None
            ),
        ),
        Rule(
            rf"[{re.escape(''.join(sign for sign in tongue.signs if sign not in ':#/'))}]",
            lambda m: tongue.signs[m.group()].split(),
        ),
        Rule(rf"[{re.escape(_SILENT)}]+", lambda _: []),
    )
