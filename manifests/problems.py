"""What can be wrong with a row, in words for the studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from manifests.storage.uri import redacted

Code = Literal[
    "bad_duration",
    "bad_job_id",
    "bad_language",
    "bad_uri",
    "duplicate_job_id",
    "malformed_row",
    "missing_value",
    "not_yet",
    "one_speech_source",
    "script_too_long",
    "unknown_preset",
    "unknown_value",
    "wrong_type",
]

_SHOWN_CHARACTERS = 60
_READ_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one value: `detail` is a sentence without its beginning and full stop."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a row; `column` is "" when it is the whole row."""

    row: int
    job_id: str
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A row that cannot become a job, with everything that is wrong with it."""

    row: int
    manifest: str
    job_id: str
    problems: tuple[Problem, ...]


def shown(value: object) -> str:
    """A value as it may stand in a message: short, printable, without credentials."""
    text = redacted(repr(value)[:_READ_CHARACTERS])
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return text[:_SHOWN_CHARACTERS] + "..."
