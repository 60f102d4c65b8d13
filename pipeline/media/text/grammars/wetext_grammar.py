"""Chinese and Japanese figures by the grammars that wetext carries."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipeline.media.text.grammars.grammar import SpokenRange

if TYPE_CHECKING:
    from wetext import Normalizer  # type: ignore[import-untyped]  # no types in wetext

READ = frozenset({"zh", "ja"})
"""Languages; its English is wrong in many places where our rules are right, so it is not asked."""

LONGEST = 400
"""Characters of a text that it is given; longer ones are left to the voice."""


@cache
def _normalizer(code: str) -> Normalizer:
    from wetext import Normalizer  # noqa: PLC0415 - loads its grammars

    return Normalizer(lang=code, operator="tn")


def said_by_wetext(text: str, code: str) -> tuple[SpokenRange, ...]:
    """What it says otherwise than it is written: each stretch with a figure or a sign."""
    if len(text) > LONGEST or not any(_is_read(letter) for letter in text):
        return ()
    mapped = _normalizer(code).normalize_with_mapping(text)
    return tuple(
        SpokenRange(start=each.input_start, stop=each.input_end, words=(each.output_text,))
        for each in mapped.mappings
        if _changes(each.input_text, each.output_text)
    )


def _is_read(letter: str) -> bool:
    return letter.isdigit() or letter in "%$\u20ac\u00a5\u00a3"


def _changes(written: str, said: str) -> bool:
    return written != said and any(map(_is_read, written)) and not any(map(str.isdigit, said))
