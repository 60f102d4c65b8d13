"""Addresses of mail and of the web, and the names of people and topics on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from pipeline.media.text.grammars.grammar import Rule

_ENDINGS = (
    "com|org|net|io|edu|gov|co|uk|de|fr|es|it|eu|ai|app|dev|info|tv|me|us|ca|ch|at|nl|be|mx|ar"
)
_PIECE = re.compile(r"[^\W\d_]+|\d+|.")
_MAIL = rf"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:{_ENDINGS})(?!\w)"
_PATH = r"(?:/[\w\-./?=&%#~]*[\w/])?"
_DOMAIN = rf"(?:[\w-]+\.)*(?:[\w-]{{2,}}\.(?:{_ENDINGS})|[\w-]\.com)"
_URL = (
    r"(?:\bhttps?://[^\s<>()\[\]\"]*[\w/]"
    rf"|(?<![\w.@]){_DOMAIN}(?![\w@]|\.\w){_PATH})"
)


def _address(match: re.Match[str], *, names: Mapping[str, str]) -> list[str] | None:
    text = re.sub(r"^https?://", "", match.group()).rstrip("/")
    return [word for piece in _PIECE.findall(text) for word in _said(piece, names)]


def _said(piece: str, names: Mapping[str, str]) -> list[str]:
    if piece.lower() == "www":
        return ["W", "W", "W"]
    if piece.isdecimal():
        return [names[digit] for digit in piece]
    return names.get(piece, piece).split()


def rules_of_web(names: Mapping[str, str]) -> tuple[Rule, ...]:
    """`names` has a word for each of `. @ / - _ + ? = & % # ~ :` and for each digit."""
    said = partial(_address, names=names)
    return (Rule(_MAIL, said), Rule(_URL, said))
