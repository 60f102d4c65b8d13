"""Names of delivered files, made by a template such as `{title}_{language}_{profile}`.

What a row says is made safe for the file systems that deliveries are copied to; the rule stands at
`safe`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from manifests.errors import BadInput
from manifests.problems import shown

FIELDS = (
    "job_id",
    "language",
    "profile",
    "title",
    "speaker",
    "preset",
    "seed",
    "aspect",
    "rate",
    "height",
)
"""What a template may hold in braces."""

BY_ID = "{job_id}"
"""The template of who names none."""

LONGEST_NAME = 250
"""Bytes: file systems hold 255, and the file with a name's credentials has `.c2pa` behind it."""

LONGEST_VALUE = 128
"""Bytes of a field that stay, so that a title of a thousand characters leaves room for others."""

_PARTING = re.compile(r'[/\\<>:"|?*]')
_BLANKS = re.compile(r"\s+")
_DOTS = re.compile(r"\.{2,}")
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_EDGES = " .-_"
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
"""Windows opens devices by these names, whatever ending follows."""


@dataclass(frozen=True, slots=True)
class NameTemplate:
    """A template that was read: literal texts, and the field behind each (None: behind the
    last)."""

    parts: tuple[tuple[str, str | None], ...] = (("", "job_id"),)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(field for _, field in self.parts if field)

    @property
    def is_by_id(self) -> bool:
        """Whether files are named by the job's id alone, as they are by default."""
        return self.parts == (("", "job_id"),)


def read_template(text: str) -> NameTemplate:
    """Raises `ValueError` that says what to write instead."""
    try:
        found = list(Formatter().parse(unicodedata.normalize("NFC", text)))
    except ValueError as error:
        raise ValueError(f"naming {text!r}: {error}; write fields as {{title}}") from error
    for literal, field, spec, conversion in found:
        _require_plain(text, literal)
        if field in FIELDS and (spec or conversion):
            told = f"naming {text!r}: a field stands alone in its braces; write {{{field}}}"
            raise ValueError(told)
        if field is not None and field not in FIELDS:
            raise ValueError(
                f"naming {text!r}: {{{field}}} is no field of it; there are: {', '.join(FIELDS)}"
            )
    template = NameTemplate(tuple((literal, field) for literal, field, _, _ in found))
    if not template.fields:
        raise ValueError(f"naming {text!r}: all files would have one name; add {{job_id}}")
    if text.startswith((".", "-", " ")):
        raise ValueError(f"naming {text!r}: a name begins with a letter, a digit or a field")
    if len(text.encode()) > LONGEST_NAME:
        raise ValueError(f"naming: it has more than {LONGEST_NAME} bytes; shorten it")
    return template


def _require_plain(text: str, literal: str) -> None:
    """The template's own text is taken as it stands, so nothing in it may need to be made safe."""
    shown = not any(unicodedata.category(sign) in _UNSHOWN for sign in literal)
    if not shown or _PARTING.search(literal) or _DOTS.search(literal):
        raise ValueError(
            f"naming {text!r}: a name holds no folders, no '..', no control characters and none of "
            '/ \\ < > : " | ? *; use letters, digits, . _ -'
        )


def file_name(template: NameTemplate, fields: Mapping[str, str], ending: str) -> str:
    """The name of a file: the template filled in, then `ending`, such as `captioned.mp4` or
    `{language}.srt`, without what the template says of it already.

    Raises `BadInput` `bad_file_name` where the row has nothing to fill a field with, or the name is
    reserved or too long.
    """
    if template.is_by_id:  # an id is safe by its own rule, and such names never change
        return f"{fields['job_id']}.{_ending(template, ending, fields)}"
    stem = "".join(
        literal + (_filled(field, fields) if field else "") for literal, field in template.parts
    ).strip(_EDGES)
    name = f"{stem}.{_ending(template, ending, fields)}"
    if not stem or _RESERVED.fullmatch(stem.partition(".")[0].strip()):
        raise _bad(f"{shown(name)} names no file on Windows; give the row another title or id")
    if len(name.encode()) > LONGEST_NAME:
        raise _bad(f"the name {shown(name)} has more than {LONGEST_NAME} bytes; shorten it")
    return name


def _filled(field: str, fields: Mapping[str, str]) -> str:
    said = fields[field]
    value = said if field == "job_id" else safe(said)
    if not value:
        raise _bad(f"files are named by {{{field}}}, and the row has none; fill the column in")
    return value


def _ending(template: NameTemplate, ending: str, fields: Mapping[str, str]) -> str:
    *middle, extension = ending.split(".")
    kept = (
        part
        for part in middle
        if ("language" if part == "{language}" else "profile") not in template.fields
    )
    said = ".".join([*kept, extension])
    return said.replace("{language}", fields["language"]) if "{" in said else said


def safe(value: str) -> str:
    """What a row says, as it may stand in a file's name everywhere.

    Accents are composed (NFC); signs that show nothing are left out; blanks become `_`, and signs
    that part folders or mean something to a system become `-`; of dots in a row one stays; nothing
    of `.`, `-`, `_` stays at its ends; at most `LONGEST_VALUE` bytes stay.
    """
    text = _PARTING.sub("-", _BLANKS.sub("_", value))
    text = "".join(sign for sign in text if unicodedata.category(sign) not in _UNSHOWN)
    text = _DOTS.sub(".", unicodedata.normalize("NFC", text)).strip(_EDGES)
    cut = text.encode()[:LONGEST_VALUE].decode(errors="ignore")
    return cut.rstrip(_EDGES)


def name_key(name: str) -> str:
    """The same for all names that some file system takes for one: case and accents folded."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)


def _bad(told: str) -> BadInput:
    return BadInput("bad_file_name", told)
