"""A grammar is a table of rules: what stands so is said thus."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

Say = Callable[[re.Match[str]], Sequence[str] | None]
"""The words of what matched: none for what is not said, None where the rule does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRange:
    """Characters `start` to `stop` of a text are said as `words`; `guessed` where they may well
    mean something else."""

    start: int
    stop: int
    words: tuple[str, ...]
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What the pattern finds is said as `say` has it."""

    pattern: str
    say: Say
    guessed: bool = False


@dataclass(frozen=True)
class Grammar:
    """Rules; of several that hold at one place the first is taken."""

    rules: tuple[Rule, ...]

    @cached_property
    def _compiled(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        return tuple((re.compile(rule.pattern), rule) for rule in self.rules)

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{_nameless(rule.pattern)})" for rule in self.rules))

    def said_otherwise(self, text: str) -> tuple[SpokenRange, ...]:
        """The parts of a text that are not said as they are written, in order and apart."""
        found: list[SpokenRange] = []
        at = 0
        while place := self._any.search(text, at):
            said = self._said_at(text, place.start())
            if said is not None:
                found.append(said)
            at = said.stop if said else place.start() + 1
        return tuple(found)

    def _said_at(self, text: str, at: int) -> SpokenRange | None:
        for pattern, rule in self._compiled:
            match = pattern.match(text, at)
            words = rule.say(match) if match and match.end() > at else None
            if match and words is not None:
                return SpokenRange(
                    start=at, stop=match.end(), words=tuple(words), guessed=rule.guessed
                )
        return None


def _nameless(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


def either(words: Sequence[str] | dict[str, object]) -> str:
    """A pattern of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def before(match: re.Match[str]) -> str:
    """What stands before a match."""
    return match.string[: match.start()]


def behind(match: re.Match[str]) -> str:
    """What stands behind a match."""
    return match.string[match.end() :]
