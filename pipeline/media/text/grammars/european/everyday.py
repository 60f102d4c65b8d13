# ruff: noqa: RUF001, RUF002  # dashes and signs of typesetters are meant
"""The rules of what stands on posters, plans and slips, made of a language's customs."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.european.customs import Customs
from pipeline.media.text.grammars.european.opening_hours import days_of, times_of
from pipeline.media.text.grammars.european.tongue import AMOUNT, FREE, NUMBER, Tongue
from pipeline.media.text.grammars.grammar import Rule, before, behind, either
from pipeline.media.text.grammars.roman import ROMAN

_ENDS = r"\s*(?:[.,;:!?)»”]|$)"
_DATED = re.compile(
    r"\b(?:[Ll]e|[Dd]u|[Aa]u|[Ee]l|[Dd]el|[Aa]l|[Ii]l|[Dd]al|[Aa]m|[Vv]om|[Dd]en|[Zz]um|[Ll]'|[Dd]ell'|[Aa]ll') ?$"
)
_FEWEST_BEATS = 60


def everyday_rules(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """They come before all others but addresses."""
    return (
        *days_of(tongue, customs),
        *_strokes(customs, tongue),
        *_calls(tongue, customs),
        *times_of(tongue, customs),
        *_versions(tongue, customs),
        *_sums(tongue, customs),
        *_sizes(tongue, customs),
        *_powers(tongue, customs),
        *_marks(tongue, customs),
        *_shouted(tongue),
    )


def _strokes(customs: Customs, tongue: Tongue) -> tuple[Rule, ...]:
    """20 €/Monat; und/oder; a/b, which may be either."""
    units = either([*tongue.units, *tongue.money])
    counted = re.compile(rf"(?:\d|[€$£¥%]|(?:\d |€ |\b)(?:{units}))\s?$")

    def per(match: re.Match[str]) -> list[str] | None:
        return customs.per[match["per"]].split() if counted.search(before(match)) else None

    return (
        Rule(rf"(?<!\d)\s?/\s?(?P<per>{either(list(customs.per))})(?![\w/])", per),
        Rule(
            rf"(?<![\w/])(?P<pair>{either(list(customs.either))})(?![\w/])",
            lambda m: customs.either[m["pair"]].split(),
        ),
    )


def _calls(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """112 and 70085 behind `call`; 030 / 45 67 89; (030) 123456; 06.12.34.56.78."""
    cue = re.compile(rf"(?<!\w){customs.called}(?: \w{{2,3}})?[ :]*$")
    more = re.compile(
        rf"(?<!\w){customs.called}[^.;!?]{{0,20}}\b\d{{3}},? \w{{1,4}}(?: \w{{2,3}})?[ ]$"
    )

    def called(match: re.Match[str]) -> list[str] | None:
        ahead = before(match)
        return tongue.telephone(match) if cue.search(ahead) or more.search(ahead) else None

    return (
        Rule(
            r"(?<![\w.,])\(?0\d{1,5}\)? ?/ ?\d{2,8}(?:[ -]\d{1,5}){0,4}(?!\w|,\d)", tongue.telephone
        ),
        Rule(r"(?<![\w.,])\(0\d{1,5}\) ?\d{2,8}(?:[ -]\d{1,5}){0,4}(?!\w|,\d)", tongue.telephone),
        Rule(r"(?<![\w.,])0\d(?:\.\d\d){4}(?!\w|[.,]\d)", tongue.telephone),
        Rule(r"(?<![\w.,])0\d{2,4}\.\d{3,4}(?:\.?\d{2,4}){0,2}(?!\w|[.,]\d)", tongue.telephone),
        Rule(r"(?<![\w.,])0\d{1,4}(?:[ -]\d{2,8}){1,5}(?!\w|,\d)", tongue.telephone),
        Rule(r"(?<![\w.,])3\d\d[. ]\d{3}[. ]?\d\d[. ]?\d\d(?!\w|[.,]\d)", called),
        Rule(r"(?<![\w.,])800[ .-]\d{3}[ .-]?\d{3}(?!\w|,\d)", called),
        Rule(r"(?<![\w.,-])\d{3,6}(?![\w%€$]| ?[%€$£°]|[.,]\d| \d)", called),
        Rule(r"(?<![\w.,-])\d{2,4}(?:[ .-]\d{2,4}){1,4}(?!\w| ?[%€$£°]|[.,]\d)", called),
    )


def _versions(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """v3.1.4; version 2.0; H.264."""
    point = tongue.web["."]

    def dotted(match: re.Match[str]) -> list[str]:
        first, *rest = match["version"].split(".")
        said = tongue.whole(first)
        for part in rest:
            said = [*said, point, *tongue.whole(part)]
        return [match["word"], *said] if match["word"] else [customs.version, *said]

    word = rf"{customs.version}|{customs.version.capitalize()}|{customs.version.upper()}"
    return (
        Rule(rf"\b(?:(?P<word>{word}) |[vV]\.? ?)(?P<version>\d+(?:\.\d+)+)(?!\w|\.\d)", dotted),
        Rule(r"\b[vV](?P<version>\d{1,3})(?!\w|[.,]\d)(?P<word>)", dotted),
        Rule(
            r"\b(?P<name>[A-Z])\.(?P<digits>\d{3})(?!\w)",
            lambda m: [m["name"], point, *tongue.cardinal(int(m["digits"]))],
        ),
    )


def _sizes(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """40 × 60 cm; 6 x 7 = 42; 55"."""
    unit = either(list(tongue.units))

    def by(match: re.Match[str]) -> list[str]:
        sign = customs.times if re.match(r"\s?=", behind(match)) else customs.by
        figures = [match[each] for each in ("first", "second", "third") if match[each]]
        name, gender = (
            ([], "")
            if not match["unit"]
            else tongue.named(tongue.units, match["unit"], single=False)
        )
        said = tongue.amount(figures[0], gender=gender)
        for each in figures[1:]:
            said = [*said, sign, *tongue.amount(each, gender=gender)]
        return [*said, *name]

    def inches(match: re.Match[str]) -> list[str] | None:
        if before(match).count('"') % 2:
            return None
        return [*tongue.amount(match["amount"]), customs.inches[match["amount"] != "1"]]

    return (
        Rule(
            rf"{FREE}(?P<first>{AMOUNT}) ?(?:{unit})? ?[x×] ?(?P<second>{AMOUNT})"
            rf"(?: ?(?:{unit})? ?[x×] ?(?P<third>{AMOUNT}))?(?: ?(?P<unit>{unit})(?![\w/]))?(?!\w)",
            by,
        ),
        Rule(rf"{FREE}(?P<amount>{AMOUNT})(?:\"|″|'')(?![\w\"])(?=-?\w|\W|$)", inches),
    )


def _sums(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """5,- €; 3 x a day."""

    def fold(match: re.Match[str]) -> list[str]:
        return customs.fold(int(match["number"]), tongue)

    def money(match: re.Match[str]) -> list[str] | None:
        sign = match["sign"] or match["ahead"]
        if not sign:
            return None
        name, gender = tongue.named(tongue.money, sign, single=match["number"] == "1")
        return [*tongue.whole(match["number"], gender=gender), *name]

    sign = either(list(tongue.money))
    return (
        Rule(
            rf"(?<!\w)(?:(?P<ahead>{sign}) ?)?{FREE}(?P<number>{NUMBER}),[-–—]{{1,2}}(?: ?(?P<sign>{sign})(?!\w))?(?![\w-])",
            money,
        ),
        Rule(rf"{FREE}(?P<number>\d{{1,4}}) ?[x×](?!\w)(?=[ .,;!?]|$)(?! ?\d)", fold),
    )


def _powers(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """10^6; 5 * 3."""

    def power(match: re.Match[str]) -> list[str]:
        number = int(match["number"])
        minus = [tongue.minus] if match["negative"] else []
        return [*customs.power.split(), *minus, *tongue.exponent(number)]

    return (
        Rule(r"(?<=\d) ?\^ ?(?P<negative>[-−])?(?P<number>\d{1,3})(?!\w)", power),
        Rule(r"(?<=\d) ?[*·] ?(?=\d)", lambda _: customs.times.split()),
    )


def _marks(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """9/10 behind a word of marks; at the end of a phrase it may be a share."""
    cue = re.compile(rf"(?<!\w){customs.marked}(?: \w+){{0,2}}:? $")
    stars = r" (?:Punkt|Stern|points|étoile|punto|estrella|stell|in \w+|en \w+|im \w+| e lode| cum)"

    def out_of(match: re.Match[str]) -> list[str]:
        return [*tongue.amount(match["top"]), customs.out_of, *tongue.whole(match["bottom"])]

    def certain(match: re.Match[str]) -> list[str] | None:
        known = cue.search(before(match)) or re.match(stars, behind(match))
        share = int(match["bottom"]) in tongue.halves and re.match(r" d[eiu]", behind(match))
        return out_of(match) if known and not share else None

    def day(match: re.Match[str]) -> list[str] | None:
        """Le 14/07."""
        day, month = int(match["top"]), int(match["bottom"])
        if not (1 <= day <= 31 and 1 <= month <= 12) or not _DATED.search(before(match)):  # noqa: PLR2004
            return None
        return tongue.day_of_month(day, month, before(match))

    def over(match: re.Match[str]) -> list[str] | None:
        """120/80."""
        if int(match["top"]) < _FEWEST_BEATS or int(match["bottom"]) >= int(match["top"]):
            return None
        return [*tongue.whole(match["top"]), customs.over, *tongue.whole(match["bottom"])]

    def likely(match: re.Match[str]) -> list[str] | None:
        ends = re.match(_ENDS, behind(match)) and before(match).strip()
        return out_of(match) if ends else None

    top = r"(?<![\w/.,])(?P<top>\d{1,3}(?:,\d)?)"
    return (
        Rule(rf"{top}/(?P<bottom>5|6|10|20|30|100)(?![\w/]|[.,]\d)", certain),
        Rule(r"(?<![\w/.,])(?P<top>\d\d?)/(?P<bottom>\d\d?)(?![\w/]|[.,]\d)", day, guessed=True),
        Rule(r"(?<![\w/.,])(?P<top>\d{2,3})/(?P<bottom>[3-9]\d|1[0-4]\d)(?![\w/]|[.,]\d)", over),
        Rule(rf"{top}/(?P<bottom>10|20|100)(?![\w/]|[.,]\d)", likely, guessed=True),
    )


def _shouted(tongue: Tongue) -> tuple[Rule, ...]:
    """2 M and 9 H among capitals are metres and hours."""
    units = {"M": "m", "CM": "cm", "MM": "mm", "KM": "km", "KG": "kg", "G": "g", "H": "h", "L": "l",
             "ML": "ml", "MIN": "min", "KM/H": "km/h"}  # fmt: skip
    known = {sign: unit for sign, unit in units.items() if unit in tongue.units}

    def is_shouted(text: str) -> bool:
        return bool(re.search(r"[^\W\d_]{3}", text)) and not any(map(str.islower, text))

    def unit(match: re.Match[str]) -> list[str] | None:
        if len(match["unit"]) == 1 and not is_shouted(match.string):
            return None
        sign = known[match["unit"]]
        name, gender = tongue.named(tongue.units, sign, single=match["amount"] == "1")
        first = [*tongue.amount(match["first"], gender=gender), tongue.to] if match["first"] else []
        return [*first, *tongue.amount(match["amount"], gender=gender), *name]

    def to(match: re.Match[str]) -> list[str] | None:
        return [tongue.to] if is_shouted(match.string) else None

    sign = either(list(known))
    return (
        Rule(
            rf"{FREE}(?:(?P<first>{AMOUNT}) ?(?:{sign})?\s?(?:[-–]|{tongue.to.upper()})\s?)?"
            rf"(?P<amount>{AMOUNT}) ?(?P<unit>{sign})(?![\w/])",
            unit,
        ),
        Rule(rf"(?<=\d )(?P<to>{tongue.to.upper()})(?= \d)", to),
    )


def roman_before(tongue: Tongue, article: str, feminine: str) -> Rule:
    """The II war: the ordinal takes the gender of its article, or of its noun's ending."""

    def said(match: re.Match[str]) -> list[str] | None:
        ahead = re.search(rf"(?<!\w)(?:{article})[ ']?$", before(match), re.IGNORECASE)
        noun = re.match(r" ([^\W\d_]{4,})", behind(match))
        if noun is None or (
            ahead is None
            and not re.match(r" guerra| secol| edi[cz]i| rep", behind(match), re.IGNORECASE)
        ):
            return None
        gender = "feminine" if re.search(feminine, noun[1]) else "masculine"
        return tongue.roman_nth(match["roman"], gender)

    return Rule(rf"(?<![\w-])(?P<roman>{ROMAN})(?![\w'’.-])", said)
