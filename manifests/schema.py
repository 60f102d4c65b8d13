"""The columns of a manifest, and the version that every Parquet file of ours carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.errors import BadInput
from manifests.job import Aspect, Continuity, CueFit, Framing

Kind = Literal[
    "text", "uri", "int32", "int64", "float64", "timestamp", "list<text>", "map<text,text>"
]

_ARROW: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "uri": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "list<text>": pa.list_(pa.string()),
    "map<text,text>": pa.map_(pa.string(), pa.string()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the manifest; `allowed` lists the words of a closed choice.

    A text has at most `longest` characters, and tabs and line breaks only with `lines`. Lists have
    at most `entries` of that length; maps too, for the keys; their values have `longest` together.
    """

    name: str
    kind: Kind = "text"
    allowed: tuple[str, ...] = ()
    longest: int = 1000
    lines: bool = False
    entries: int = 64


LONGEST_SCRIPT = 200_000
"""Characters: about four hours of speech."""

LONGEST_URI = 4096
"""Characters: the longest path that Linux opens."""

COLUMNS: Mapping[str, Column] = {
    column.name: column
    for column in (
        Column(name="job_id", lines=True),  # has a rule of its own
        Column(name="portrait_uri", kind="uri", longest=LONGEST_URI),
        Column(name="audio_uri", kind="uri", longest=LONGEST_URI),
        Column(name="script", longest=LONGEST_SCRIPT, lines=True),
        Column(name="script_uri", kind="uri", longest=LONGEST_URI),
        Column(name="source_script_uri", kind="uri", longest=LONGEST_URI),
        Column(name="cue_fit", allowed=get_args(CueFit)),
        Column(name="transcript", longest=LONGEST_SCRIPT, lines=True),
        Column(name="language", lines=True),
        Column(name="voice"),
        Column(name="voices", kind="map<text,text>", longest=20_000),
        Column(name="lexicon_uri", kind="uri", longest=LONGEST_URI),
        Column(name="speaker"),
        Column(name="title"),
        Column(name="prompt", longest=4000, lines=True),
        Column(name="seed", kind="int64"),
        Column(name="preset"),
        Column(name="framing", allowed=get_args(Framing)),
        Column(name="aspect", allowed=get_args(Aspect)),
        Column(name="continuity", allowed=get_args(Continuity)),
        Column(name="target_duration_s", kind="float64"),
        Column(name="bed_uri", kind="uri", longest=LONGEST_URI),
        Column(name="deliverables", kind="list<text>"),
        Column(name="priority", kind="int32"),
        Column(name="due", kind="timestamp"),
        Column(name="consent_id"),
        Column(name="consent_expires", kind="timestamp"),
        Column(name="territories", kind="list<text>", entries=400),
        Column(name="metadata", kind="map<text,text>", longest=250_000, lines=True),
    )
}

REQUIRED = ("job_id", "portrait_uri")
SPEECH_SOURCES = ("audio_uri", "script", "script_uri")

_KEY = "rushes.schema"
_MEANT = {
    "audio": "audio_uri",
    "deadline": "due",
    "duration": "target_duration_s",
    "id": "job_id",
    "image": "portrait_uri",
    "image_uri": "portrait_uri",
    "lang": "language",
    "locale": "language",
    "narration": "audio_uri",
    "photo": "portrait_uri",
    "subtitles": "script_uri",
    "text": "script",
}


def meant(name: str) -> str | None:
    """The column of ours that an unknown `name` was probably meant to be."""
    lower = name.strip().lower()
    if lower in _MEANT:
        return _MEANT[lower]
    return next(iter(get_close_matches(lower, COLUMNS, n=1, cutoff=0.7)), None)


def stamped(fields: Iterable[tuple[str, pa.DataType]], version: str) -> pa.Schema:
    """An Arrow schema that carries its version, such as `results/1`, in its metadata."""
    return pa.schema(list(fields), metadata={_KEY: version})


def require_readable(schema: pa.Schema, version: str, uri: str) -> None:
    """Refuse a file of another kind or of a newer major version; one without a version passes.

    Raises BadInput `newer_schema` or `other_schema`.
    """
    found = (schema.metadata or {}).get(_KEY.encode(), version.encode()).decode(errors="replace")
    kind, _, number = version.partition("/")
    found_kind, _, found_number = found.partition("/")
    if found_kind != kind:
        raise BadInput("other_schema", f"{uri} holds {found_kind!r}, not {kind!r}; name another.")
    major = found_number.partition(".")[0]
    if not major.isdecimal() or int(major) > int(number):
        raise BadInput(
            "newer_schema",
            f"{uri} is written as {found}, this program reads up to {version}; update rushes.",
        )


JOBS = "jobs/1"
JOBS_SCHEMA = stamped(((name, _ARROW[column.kind]) for name, column in COLUMNS.items()), JOBS)
