# ruff: noqa: RUF001, RUF002  # dashes of typesetters are meant
"""The rules of opening hours: days of the week, months and times."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.european.customs import Customs
from pipeline.media.text.grammars.european.tongue import Tongue
from pipeline.media.text.grammars.grammar import Rule, before, behind, either

_HOUR, _MINUTE = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"
_ROUND_TIMES = re.compile(r"\d\d?[.:](?:[03]0|[14]5).{1,4}?\d\d?[.:](?:[03]0|[14]5)")


def days_of(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """Mo–Fr; lun.-vie.; Sam. 5 oct.; January-March."""
    short = customs.days
    days = {**short, **{day: day for day in short.values()}}
    every = {form: name for key, name in days.items() for form in (key, key.capitalize())}
    for day in list(short):
        every[day.upper()] = short[day]
    months = {each: each for each in tongue.months}
    dotted = {
        f"{form}.": name
        for key, name in tongue.short_months.items()
        for form in (key, key.capitalize())
    }
    day, month = either(list(every)), either([*months, *dotted])

    def named(text: str) -> str:
        name = every[text.rstrip(".")]
        return name.capitalize() if text[0].isupper() and not text.isupper() else name

    def days_to(match: re.Match[str]) -> list[str]:
        return [named(match["first"]), tongue.to, named(match["last"])]

    def listed(match: re.Match[str]) -> list[str]:
        """Sa, So; lun. au ven."""
        text = re.sub(rf"\b({day})\b\.?", lambda m: named(m[1]), match.group())
        return (
            text.replace(" u. ", f" {tongue.signs['&']} ").replace("&", tongue.signs["&"]).split()
        )

    def months_to(match: re.Match[str]) -> list[str]:
        first, last = (tongue.month_of(match[each]) for each in ("first", "last"))
        return [first, tongue.to, last]

    dash = r"\s?[-–—]\s?"
    join = r"(?:, ?| ?[/&] ?| (?:und|u\.|et|y|e|bis|a|au|à|al) )"
    alone = r"(?=,? \d{1,2}(?:[.:h]\d\d)? ?[-–]| \d{1,2}[.:h]\d\d)"
    followed = rf"(?=,? ?(?:den |dem |le |il |el )?\d{{1,2}}[. ]|, \d|[,/&] ?(?:{day})\b)"
    return (
        Rule(rf"\b(?P<first>{day})\b\.?{dash}(?P<last>{day})\b(?:\.(?=,| |$))?", days_to),
        Rule(rf"\b(?:{day})\b\.?(?:{join}(?:{day})\b(?:\.(?=,| |$))?)+", listed),
        Rule(
            rf"(?<!\w)(?P<day>{either([*short, *(each.capitalize() for each in short)])})\.?{alone}",
            lambda m: [named(m["day"])],
        ),
        Rule(rf"\b(?P<day>{either(list(every))})\b\.{followed}", lambda m: [named(m["day"])]),
        Rule(
            rf"(?<![\w-])(?P<first>{month}){dash}(?P<last>{month})(?!\w)",
            months_to,
        ),
    )


def times_of(tongue: Tongue, customs: Customs) -> tuple[Rule, ...]:
    """18.05 h; 9.30-17.30 h; behind `at` 20,45 and 8 h."""
    cue = re.compile(rf"(?<!\w){customs.clock_cue} ?$")
    to = rf"(?:\s?[-–]\s?| (?:{tongue.to}|{tongue.to.upper()}) )"
    time = rf"{_HOUR}[.:]{_MINUTE}"

    def said(text: str) -> list[str]:
        hour, minute = re.split(r"[.:,]", text)
        return tongue.clock(int(hour), int(minute))

    def clock(match: re.Match[str]) -> list[str]:
        until = [tongue.to, *said(match["until"])] if match["until"] else []
        return [*said(match["time"]), *until]

    def behind_cue(match: re.Match[str]) -> list[str] | None:
        sure = cue.search(before(match)) or (
            match["until"] and _ROUND_TIMES.fullmatch(match.group())
        )
        if not sure or re.match(r" ?[%€$£°]| ?(?:Mio|Mrd|[kcm]?[mgl]\b)", behind(match)):
            return None
        return clock(match)

    def whole_hours(match: re.Match[str]) -> list[str] | None:
        days = (
            re.search(r"[a-zìé]\.?,? $", before(match))
            and match["until"]
            and int(match["until"]) > int(match["time"])
        )
        if not tongue.of_clock or not (
            cue.search(before(match).lower()) or cue.search(before(match)) or days
        ):
            return None
        until = [tongue.to, *tongue.cardinal(int(match["until"]))] if match["until"] else []
        gender = "" if until else "masculine"
        return [*tongue.cardinal(int(match["time"]), gender=gender), *until, tongue.of_clock]

    return (
        Rule(
            rf"(?<![\w:.,])(?P<time>{time})(?: ?[hH])?(?:{to}(?P<until>{time}))? ?[hH](?!\w)",
            clock,
        ),
        Rule(
            rf"(?<![\w:.,])(?P<time>{time})(?:{to}(?P<until>{time}))(?![\w:]|[.,]\d| ?[%€$£])",
            behind_cue,
        ),
        Rule(
            rf"(?<![\w:.,])(?P<time>{_HOUR}[.,]{_MINUTE})(?P<until>)(?![\w:]|[.,]\d| Uhr)",
            behind_cue,
        ),
        Rule(
            rf"(?<![\w:.,])(?P<time>{_HOUR})(?:{to}(?P<until>{_HOUR}))? ?[hH](?![\w/])",
            whole_hours,
        ),
    )
