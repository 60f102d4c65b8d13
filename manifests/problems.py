"""What can be wrong with a row, in words for the studio."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Literal

from manifests.storage.uri import redacted

Code = Literal[
    "bad_duration",
    "bad_job_id",
    "bad_language",
    "bad_territory",
    "bad_uri",
    "duplicate_job_id",
    "malformed_row",
    "missing_value",
    "not_yet",
    "one_speech_source",
    "renderer_unusable",
    "script_too_long",
    "text_too_long",
    "unknown_preset",
    "unknown_profile",
    "unknown_value",
    "wrong_type",
]

ClipCode = Literal["duplicate_clip_id"]
"""What can be wrong with a clip for training alone."""

_SHOWN_CHARACTERS = 60
_READ_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one value: `detail` is a sentence without its beginning and full stop.

    With `of_column` the column's type is to blame, and all its rows have the fault.
    """

    code: Code | ClipCode
    detail: str
    of_column: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a row; `column` is "" when it is the whole row.

    `of_column` says the same without the row, where the whole column is to blame; else it is "".

    A `warning` tells what a run would do with the row, and does not stop it.
    """

    row: int
    job_id: str
    column: str
    code: str
    message: str
    of_column: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A row that cannot become a job, with everything that is wrong with it."""

    row: int
    manifest: str
    job_id: str
    problems: tuple[Problem, ...]


def shown(value: object) -> str:
    """A value as it may stand in a message: short, printable, without credentials."""
    text = redacted(_written(value)[:_READ_CHARACTERS])
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return text[:_SHOWN_CHARACTERS] + "..."


def _written(value: object) -> str:
    """As people write it, not as Python does; no more of a long text than can be shown."""
    if isinstance(value, str):
        return repr(value[:_READ_CHARACTERS])
    if isinstance(value, bytes):
        return "(bytes)"
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | list | tuple | dict):
        return _as_json(value)
    if isinstance(value, int) and value.bit_length() > _READ_CHARACTERS:
        return "(a number of hundreds of digits)"
    return str(value)


def _as_json(value: object) -> str:
    """The beginning, so that a list without end costs no more than a short one."""
    pieces, length = [], 0
    for piece in json.JSONEncoder(ensure_ascii=False, default=_written).iterencode(value):
        pieces.append(piece[:_READ_CHARACTERS])
        length += len(piece)
        if length > _READ_CHARACTERS:
            break
    return "".join(pieces)
