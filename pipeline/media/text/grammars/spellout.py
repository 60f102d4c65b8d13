"""Numbers in the words of a language, as ICU spells them out."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import icu  # type: ignore[import-untyped]  # no types in PyICU

LARGEST_SPELLED = 10**15 - 1
"""Larger ones are said digit by digit; ICU falls back to figures from 10**18 on."""


@cache
def _format(language: str) -> icu.RuleBasedNumberFormat:
    import icu  # noqa: PLC0415 - a native library: only for languages that need it

    return icu.RuleBasedNumberFormat(icu.URBNFRuleSetTag.SPELLOUT, icu.Locale(language))


@cache
def rule_sets(language: str) -> frozenset[str]:
    """The ways in which ICU spells the numbers of a language."""
    numbers = _format(language)
    names = (numbers.getRuleSetName(at) for at in range(numbers.getNumberOfRuleSetNames()))
    return frozenset(names)


@lru_cache(maxsize=1 << 12)
def spelled(number: int, language: str, kind: str = "numbering") -> str:
    """1984 as `numbering`, `numbering-year`, `cardinal-feminine`, `ordinal-masculine`, ..."""
    said = _format(language).format(number, f"%spellout-{kind}")
    return str(said).replace("\u00ad", "")
