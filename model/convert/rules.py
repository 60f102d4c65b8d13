"""Conversion as data: patterns of original keys, what each becomes, and what is dropped and why.

A pattern holds fields in braces: `{n}` and `{m}` are whole numbers, `{p}` is `weight` or `bias`,
`{rest}` is anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

FIELDS = {"n": r"0|[1-9]\d*", "m": r"0|[1-9]\d*", "p": "weight|bias", "rest": ".+"}

Binding = Mapping[str, str]


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", pattern)
    named = [
        f"(?P<{piece}>{FIELDS[piece]})" if odd % 2 else re.escape(piece)
        for odd, piece in enumerate(pieces)
    ]
    return re.compile("".join(named))


def bind(pattern: str, key: str) -> Binding | None:
    """The fields' values when `key` is one of the pattern's, else None."""
    found = _expression(pattern).fullmatch(key)
    return found.groupdict() if found else None


@dataclass(frozen=True, slots=True)
class Rename:
    """The tensor `original` is the tensor `target`."""

    original: str
    target: str

    @property
    def into(self) -> tuple[str, ...]:
        return (self.target,)


@dataclass(frozen=True, slots=True)
class SplitRule:
    """The rows of `original` fall into equal blocks; block i belongs to the target `into[i]`.

    A target that is named more than once gets its blocks in that order, one behind the other.
    """

    original: str
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """Keys that nothing needs."""

    pattern: str
    reason: str


Rule = Rename | SplitRule


@dataclass(frozen=True, kw_only=True)  # no slots: it keeps what it has compiled
class Table:
    """All rules of one network. Each key, original or target, is met by exactly one of them.

    `drops` are originals that the network never had as weights; `dead` are targets whose originals
    must be there and right, but which no computation reads, so that the network goes without.
    """

    rules: tuple[Rule, ...]
    drops: tuple[Drop, ...] = ()
    dead: tuple[Drop, ...] = ()

    def filling(self, target: str) -> tuple[Rule, Binding] | None:
        """The rule that makes the target key, or None."""
        return _first(self._targets, target)

    def taking(self, original: str) -> tuple[Rule, Binding] | None:
        """The rule that uses the original key, or None."""
        return _first(self._originals, original)

    def reason_to_drop(self, original: str) -> str | None:
        """Why nothing needs the original key, or None."""
        return _reason(self.drops, original)

    def reason_dead(self, target: str) -> str | None:
        """Why the network goes without the target key, or None."""
        return _reason(self.dead, target)

    @cached_property
    def _targets(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        return tuple((_expression(name), rule) for rule in self.rules for name in set(rule.into))

    @cached_property
    def _originals(self) -> tuple[tuple[re.Pattern[str], Rule], ...]:
        return tuple((_expression(rule.original), rule) for rule in self.rules)


def _first(
    patterns: tuple[tuple[re.Pattern[str], Rule], ...], key: str
) -> tuple[Rule, Binding] | None:
    found = ((rule, pattern.fullmatch(key)) for pattern, rule in patterns)
    return next(((rule, match.groupdict()) for rule, match in found if match), None)


def _reason(drops: tuple[Drop, ...], key: str) -> str | None:
    return next((drop.reason for drop in drops if bind(drop.pattern, key) is not None), None)


def prefixed(prefix: str, table: Table) -> Table:
    """The same table for originals that stand under `prefix`."""
    return Table(
        rules=tuple(_under(prefix, rule) for rule in table.rules),
        drops=tuple(Drop(prefix + drop.pattern, drop.reason) for drop in table.drops),
        dead=table.dead,
    )


def _under(prefix: str, rule: Rule) -> Rule:
    if isinstance(rule, Rename):
        return Rename(prefix + rule.original, rule.target)
    return SplitRule(prefix + rule.original, rule.into)
