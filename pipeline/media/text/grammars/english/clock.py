# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""Times of day, lengths of time, ratios."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.english.amounts import DASH
from pipeline.media.text.grammars.grammar import Rule, before
from pipeline.media.text.numerals import cardinal, digits

_HALF = r"(?:[ap]\.m\.|[AaPp][Mm]\b)"
_MINUTES = r"(?:[01]?\d|2[0-4]):[0-5]\d(?:(?::[0-5]\d)?(?:\.\d+)?)(?![\d:])"
_TIME = (
    rf"(?:{_MINUTES}(?: ?{_HALF})?|(?:1[0-2]|[1-9])\.[0-5]\d ?{_HALF}|(?:1[0-2]|[1-9]) ?{_HALF})"
)
_PARTS = re.compile(
    rf"(?P<hour>\d+)(?::(?P<minute>\d\d))?(?::(?P<second>\d\d))?(?:\.(?P<part>\d+))?"
    rf"(?: ?(?P<half>{_HALF}))?"
)
_NINE, _NOON = 9, 12


def _said(text: str) -> list[str]:
    """5:30, 5:05 p.m., 17:00, 10:30:15, 9 am."""
    parts = _PARTS.fullmatch(re.sub(r"^(\d\d?)\.(?=\d\d)", r"\1:", text))
    if parts is None:
        return []
    hour = int(parts["hour"])
    half = [parts["half"][0].lower(), "m"] if parts["half"] else []
    if parts["minute"] is None:
        return [*cardinal(hour), *half]
    minute = int(parts["minute"])
    rest = _seconds(parts)
    if minute == 0 and not rest:
        return [*cardinal(hour), *(half or ["hundred" if hour > _NOON else "o'clock"])]
    oh = ["oh"] if minute <= _NINE else []
    return [*cardinal(hour), *oh, *cardinal(minute), *rest, *half]


def _seconds(parts: re.Match[str]) -> list[str]:
    """Seconds, and parts of one."""
    said = []
    if parts["second"] is not None:
        second = int(parts["second"])
        said = ["and", *cardinal(second)]
    if parts["part"] is not None:
        said += ["point", *digits(parts["part"])]
    if parts["second"] is not None:
        said.append("second" if said == ["and", "one"] else "seconds")
    return said


def _clock(match: re.Match[str]) -> list[str]:
    until = ["to", *_said(match["until"])] if match["until"] else []
    return [*_said(match["time"]), *until]


def _open_range(match: re.Match[str]) -> list[str]:
    """9-5pm."""
    return [*cardinal(int(match["hour"])), "to", *_said(match["until"])]


def _dotted(match: re.Match[str]) -> list[str] | None:
    """At 5.30, from 9.15 to 5.45."""
    ahead = before(match)
    known = re.search(r"\b(?:[Aa]t|[Ff]rom|[Uu]ntil|[Tt]ill|[Bb]y|[Oo]pens at|[Dd]oors:?) $", ahead)
    return _said(match["time"]) if known else None


def _ratio(match: re.Match[str]) -> list[str]:
    """3:1, 16:9."""
    return [*cardinal(int(match["first"])), "to", *cardinal(int(match["second"]))]


_AFTER_TIME = (
    r"(?=[.,;:!?)]?$|[.,;!?)] "
    r"| (?:on|in the|to|until|for|this|tomorrow|today|tonight|sharp|and|every)\b)"
)
RULES = (
    Rule(
        rf"(?<![\w:.,$£€])(?P<time>(?:[1-9]|1\d|2[0-3])\.[0-5]\d){_AFTER_TIME}",
        _dotted,
        guessed=True,
    ),
    Rule(rf"(?<![\w:.])(?P<time>{_TIME})(?:{DASH}(?P<until>{_TIME}))?", _clock),
    Rule(rf"(?<![\w:.,-])(?P<hour>1[0-2]|[1-9])[-–](?P<until>{_TIME})", _open_range),
    Rule(r"(?<![\w:.,])(?P<first>\d{1,3}):(?P<second>\d{1,3})(?![\w:])", _ratio),
)
