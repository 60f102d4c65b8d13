"""Every breach of the house rules, with the cue that commits it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from model.shapes import FPS
from pipeline.captions.cue import RULES, SHORTEST_S, Cue, HouseRules

Rule = Literal[
    "empty",
    "line_too_long",
    "too_many_lines",
    "too_fast",
    "too_short",
    "too_long",
    "overlap",
    "gap",
]

_MS = 0.0005
"""Files round to milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """The `cue`-th cue, from 1, against a rule; `detail` tells by how much."""

    cue: int
    start_s: float
    rule: Rule
    detail: str


def breaches_of(cues: Sequence[Cue], rules: HouseRules = RULES) -> list[Breach]:
    """All of them, in the order of the cues."""
    found: list[Breach] = []
    for number, cue in enumerate(cues, start=1):
        told = [*_of_text(cue, rules), *_of_time(cue, rules)]
        if number < len(cues):
            told += _between(cue, cues[number], rules)
        found += [
            Breach(cue=number, start_s=cue.start_s, rule=rule, detail=detail)
            for rule, detail in told
        ]
    return found


def _of_text(cue: Cue, rules: HouseRules) -> Iterator[tuple[Rule, str]]:
    if not any(line.strip() for line in cue.lines):
        yield "empty", "it shows nothing"
    if len(cue.lines) > rules.lines:
        yield "too_many_lines", f"{len(cue.lines)} lines, at most {rules.lines}"
    for line in cue.lines:
        long = rules.width(line)
        if long > rules.line_characters:
            told = f"{rules.told(long)} in a line, at most {rules.counted(rules.line_characters)}"
            yield "line_too_long", told


def _of_time(cue: Cue, rules: HouseRules) -> Iterator[tuple[Rule, str]]:
    shown_s = cue.stop_s - cue.start_s
    characters = sum(map(rules.width, cue.lines))
    if shown_s + _MS < SHORTEST_S:
        yield "too_short", f"shown for {shown_s:.2f} s, at least {float(SHORTEST_S):.2f} s"
    if shown_s - _MS > rules.longest / FPS:
        yield "too_long", f"shown for {shown_s:.2f} s, at most {rules.longest / FPS:g} s"
    if characters > rules.characters_per_s * (shown_s + _MS):
        least_s = characters / rules.characters_per_s
        yield (
            "too_fast",
            f"{rules.told(characters)} in {shown_s:.2f} s, at least {least_s:.2f} s are needed",
        )


def _between(cue: Cue, following: Cue, rules: HouseRules) -> Iterator[tuple[Rule, str]]:
    dark_s = following.start_s - cue.stop_s
    if dark_s < -_MS:
        yield "overlap", f"it stands {-dark_s:.2f} s into the next one"
    elif dark_s + _MS < rules.gap / FPS:
        yield "gap", f"{dark_s * FPS:.1f} frames before the next one, at least {rules.gap}"
