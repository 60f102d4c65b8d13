"""Takes secrets out of what is logged: credentials in URIs, tokens, and values that are known."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from manifests.storage.uri import redacted

CUT_OUT = "..."
"""Stands where a secret stood."""

_SECRET_NAMES = re.compile(r"SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|ACCESS_KEY", re.IGNORECASE)
"""Environment variables of such a name hold secrets."""

_SHORTEST = 8
"""Letters of a value that counts as a secret because of its variable's name; a shorter one, such
as `true`, is none."""

_SHORTEST_NAMED = 4
"""Letters of a secret that the settings name."""

_USERS = re.compile(r"""://[^\s'"@/?#]+@""")
_ASSIGNED = re.compile(
    r"(secret|token|passw(?:or)?d|credential|api[_-]?key|access[_-]?key|signature|authorization)"
    r"""([\w-]*["']?\s*[:=]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;&]+""",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"""\b(?:[Bb]earer\s+[^\s"',;]{8,}|whsec_[\w+/=-]+|(?:AKIA|ASIA)[A-Z0-9]{16}|eyJ[\w-]+\.[\w-]+\.[\w-]*"""
    r"|hf_\w{20,}|gh[a-z]_\w{20,}|xox[a-z]-[\w-]{10,})"
)
"""What only a secret looks like: webhook secrets, keys and tokens of well-known services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Knows the secrets of this process."""

    known: tuple[str, ...] = ()

    def cleaned(self, text: str) -> str:
        """The text with the secrets in it cut out."""
        for secret in self.known:
            text = text.replace(secret, CUT_OUT)
        text = _USERS.sub(f"://{CUT_OUT}@", redacted(text))
        return _SHAPES.sub(CUT_OUT, _ASSIGNED.sub(rf"\1\2{CUT_OUT}", text))


def redaction_here(variables: Iterable[str] = (), urls: Iterable[str] = ()) -> Redaction:
    """For this process: the values of the named environment variables and of all whose name tells
    a secret, and what stands behind the hosts of `urls`, are secrets."""
    named = [os.environ.get(variable, "") for variable in variables]
    found = {value for value in named if len(value) >= _SHORTEST_NAMED}
    for name, value in os.environ.items():
        if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST:
            found.add(value)
    for url in urls:
        found |= {part for part in (url, *_behind_host(url)) if len(part) >= _SHORTEST}
    spelled = {way for secret in found for way in (secret, quote(secret, safe=""))}
    return Redaction(known=tuple(sorted(spelled, key=lambda way: (-len(way), way))))


def _behind_host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query
