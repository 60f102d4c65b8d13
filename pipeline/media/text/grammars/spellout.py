"""Numbers in the words of a language, as ICU spells them out; of languages that have no
grammar here also where in a text they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipeline.media.text.grammars.grammar import SpokenRange

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


_SAFE = """
pt nl sv da nb nn no fi et lv lt pl cs sk sl hr sr bs bg mk ru uk be ro hu el tr az ca is sq
id ms sw cy ga hi
"""
SAFE = frozenset(_SAFE.split())
"""Languages whose voices read ICU's words as they stand. Arabic and Hebrew are left to their
voices, which put in the vowels that ICU leaves out; at others nobody looked."""

_NUMBER = re.compile(
    r"(?<![^\s(\u00ab\u201c\u201e\"])\d{1,15}"
    r"(?=[\s;!?)\u00bb\u201d\"]|[,:](?!\d)|\.?$)(?! \d{3}(?!\d))"
)
_AFTER_NUMBER = re.compile(r"(?:^|\s)\d{1,3}$")
_YEAR = re.compile(r"1[1-9]\d\d")
_YEARS_IN_HUNDREDS = frozenset({"nl", "sv", "da", "nb", "nn", "no"})


def spelled_numbers(text: str, code: str) -> Iterator[SpokenRange]:
    """Numbers that stand alone, without a sign or a mark that would make them another thing."""
    if code not in SAFE:
        return
    for match in _NUMBER.finditer(text):
        before = text[: match.start()].rstrip(" ")
        if match.group().startswith("0") and len(match.group()) > 1:
            continue
        if _AFTER_NUMBER.search(before) and len(match.group()) == 3:  # noqa: PLR2004
            continue  # 12 000
        words = _words(match.group(), code)
        if words:
            yield SpokenRange(start=match.start(), stop=match.end(), words=words)


@lru_cache(maxsize=1 << 10)
def _words(number: str, code: str) -> tuple[str, ...]:
    kinds = rule_sets(code)
    year = bool(_YEAR.fullmatch(number)) and code in _YEARS_IN_HUNDREDS
    kind = "numbering-year" if year and "%spellout-numbering-year" in kinds else "numbering"
    if f"%spellout-{kind}" not in kinds:
        return ()
    said = spelled(int(number), code, kind)
    return () if any(map(str.isdigit, said)) else tuple(said.split())
