"""Which grammar reads which language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pipeline.media.text.grammars.english.rules import english
from pipeline.media.text.grammars.grammar import SpokenRange

ReadBy = Literal["rules", "wetext", "icu"]


def said_in(text: str, language: str) -> Iterator[tuple[ReadBy, SpokenRange]]:
    """What of a text is not said as it is written, in order and apart, and who knows it."""
    code, _, rest = language.lower().partition("-")
    if code == "en":
        yield from (
            ("rules", said) for said in english(rest.partition("-")[0]).said_otherwise(text)
        )
