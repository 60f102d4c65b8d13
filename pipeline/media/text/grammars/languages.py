"""Which grammar reads which language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Literal

from pipeline.media.text.grammars.english.rules import english
from pipeline.media.text.grammars.grammar import Grammar, SpokenRange
from pipeline.media.text.grammars.spellout import spelled_numbers
from pipeline.media.text.grammars.wetext_grammar import READ, said_by_wetext

ReadBy = Literal["rules", "wetext", "icu"]


def said_in(text: str, language: str) -> Iterator[tuple[ReadBy, SpokenRange]]:
    """What of a text is not said as it is written, in order and apart, and who knows it."""
    code, _, rest = language.lower().partition("-")
    grammar = english(rest.partition("-")[0]) if code == "en" else _european(code)
    if grammar is not None:
        yield from (("rules", said) for said in grammar.said_otherwise(text))
    elif code in READ:
        yield from (("wetext", said) for said in said_by_wetext(text, code))
    else:
        yield from (("icu", said) for said in spelled_numbers(text, code))


@cache
def _european(code: str) -> Grammar | None:
    """Loaded where it is asked for: it loads ICU."""
    name = _EUROPEAN.get(code)
    if name is None:
        return None
    module = import_module(f"pipeline.media.text.grammars.european.{name}")
    grammar: Grammar = getattr(module, name)()
    return grammar


_EUROPEAN = {"de": "german", "fr": "french", "es": "spanish", "it": "italian"}
