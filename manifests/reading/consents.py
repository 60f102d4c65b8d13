"""A register of consents, read from a file: CSV, Parquet or JSON lines, local or on S3.

It gates everything, so what is wrong with it anywhere is wrong with the call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache

from manifests.consent import ALWAYS, Consent, ConsentRegister, consent_refusal
from manifests.errors import BadInput, ManifestUnusable
from manifests.formats import Broken, comma_separated, parquet
from manifests.job import Job
from manifests.problems import Fault, Problem, shown
from manifests.reading.rows import form_of, suffix_of
from manifests.reading.values import NOTHING, time
from manifests.rules import language_fault, territories_fault
from manifests.schema import Column
from manifests.storage import absolute, redacted, storage_of
from manifests.storage.ranged import open_ranged

COLUMNS: Mapping[str, Column] = {
    name: Column(name=name)
    for name in (
        "id",
        "person",
        "portraits",
        "languages",
        "territories",
        "valid_from",
        "valid_to",
        "revoked",
    )
}
REQUIRED = ("id", "person")

LARGEST_BYTES = 256 << 20
"""Of a register: about a million entries."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LONGEST = 200
_EITHER = {"territories": {"NA"}, "languages": {"NA", "nan", "NaN", "NAN"}}
"""Namibia, Nauruan and Min Nan Chinese."""
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRules:
    """What a run asks of consents: the `register` they are looked up in, and whether each row is
    `required` to name one. Cheap to send: the register is read where it is asked."""

    register: str | None = None
    required: bool = False

    def read(self) -> ConsentRegister | None:
        """The register as it is now; it is read again only when its file has changed.

        Raises `ManifestUnusable` when it is none, `Transient` when storage is in trouble.
        """
        return None if self.register is None else register_at(self.register)

    def refusal(self, job: Job, portrait: str | None, when: datetime) -> Problem | None:
        """As `manifests.consent.consent_refusal`, by the register as it is now."""
        return consent_refusal(job, portrait, when, self.read(), required=self.required)


NO_RULES = ConsentRules()


def register_at(uri: str) -> ConsentRegister:
    """The register at `uri`; raises `ManifestUnusable` that names what is wrong with it."""
    uri = absolute(uri)
    try:
        stat = storage_of(uri).stat(uri)
    except BadInput as error:
        raise _unusable(uri, error.message) from error
    if stat is None:
        raise _unusable(uri, "it does not exist; correct the path")
    if stat.bytes > LARGEST_BYTES:
        raise _unusable(uri, f"it has more than {LARGEST_BYTES >> 20} MB")
    return _read(uri, f"{stat.bytes}/{stat.version}")


@lru_cache(maxsize=2)
def _read(uri: str, version: str) -> ConsentRegister:
    del version  # another one is another file
    consents: dict[str, Consent] = {}
    rows: dict[str, int] = {}
    try:
        _require_columns(uri)
        for number, cells in enumerate(_cells(uri), start=1):
            if isinstance(cells, Broken):
                raise _unusable(uri, cells.reason, number)
            consent = _consent(uri, number, cells)
            if consent.id in rows:
                told = f"{shown(consent.id)} is the id of row {rows[consent.id]} too; keep one"
                raise _unusable(uri, told, number, "id")
            rows[consent.id] = number
            consents[consent.id] = consent
    except BadInput as error:
        raise _unusable(uri, error.message) from error
    return ConsentRegister(uri=redacted(uri), consents=consents)


def _cells(uri: str) -> Iterator[Mapping[str, object] | Broken]:
    file, form = open_ranged(uri), form_of(uri)
    if form is parquet:
        return parquet.plain_rows(file)
    cells: Iterator[Mapping[str, object] | Broken] = form.cells(file, COLUMNS)
    return cells


def _require_columns(uri: str) -> None:
    """A column that nobody reads may be the one that revokes; so a name is right or refused."""
    if not suffix_of(uri):
        raise _unusable(uri, "it is not named .parquet, .csv or .jsonl")
    form = form_of(uri)
    options = {"known": COLUMNS} if form is comma_separated else {}
    names: Sequence[str] = form.columns(open_ranged(uri), **options)
    for name in names:
        if name not in COLUMNS:
            near = get_close_matches(name.strip().lower(), COLUMNS, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(COLUMNS)}"
            raise _unusable(uri, f"the column {shown(name)} is not known; {hint}")
        if names.count(name) > 1:
            raise _unusable(uri, f"it has the column {name} twice; drop one")
    lacking = [name for name in REQUIRED if name not in names]
    if lacking and names:
        raise _unusable(uri, f"it has no column {', '.join(lacking)}; add it")


def _consent(uri: str, number: int, cells: Mapping[str, object]) -> Consent:
    values: dict[str, object] = {}
    for name in COLUMNS:
        value = _either(name, cells.get(name)) or _READERS[name](_nothing_of(cells.get(name)))
        if value is None and name in REQUIRED:
            value = _wrong("there is no value; every entry needs one")
        if isinstance(value, Fault):
            raise _unusable(uri, value.detail, number, name)
        values[name] = value
    begins, ends = values["valid_from"], values["valid_to"]
    if isinstance(begins, datetime) and isinstance(ends, datetime) and ends <= begins:
        raise _unusable(uri, "it ends before it begins; correct one of them", number, "valid_to")
    return Consent(
        id=str(values["id"]),
        person=str(values["person"]),
        portraits=frozenset(_texts(values["portraits"])),
        languages=_texts(values["languages"]),
        territories=_texts(values["territories"]),
        begins=begins if isinstance(begins, datetime) else None,
        ends=ends if isinstance(ends, datetime) else None,
        revoked=values["revoked"] if isinstance(values["revoked"], datetime) else None,
    )


def _either(name: str, cell: object) -> Fault | None:
    """Of a cell that is a code and what tools write for nothing: to take it for nothing would widen
    a consent, silently."""
    text = cell.strip() if isinstance(cell, str) else ""
    if text not in _EITHER.get(name, ()):
        return None
    told = f"{shown(text)} is a code of {name}, and what tools write for nothing"
    return _wrong(f'{told}; write ["{text}"] if it is meant, or leave the cell empty')


def _nothing_of(cell: object) -> object:
    """The cell, or None where it is empty or holds what tools write for nothing."""
    if isinstance(cell, str):
        text = cell.strip()
        return None if not text or text in NOTHING else text
    return None if cell == [] else cell


def _text(cell: object) -> str | Fault | None:
    if cell is None:
        return None
    if not isinstance(cell, str):
        return _wrong(f"{shown(cell)} is not text; write it as a string")
    if len(cell) > _LONGEST or not cell.isprintable():
        return _wrong(f"{shown(cell)} is no name in one line of {_LONGEST} characters")
    return cell


def _list(fault_of: Callable[[str], str | None]) -> Callable[[object], tuple[str, ...] | Fault]:
    """A reader of lists, or of a text with blanks, commas or semicolons between its items."""

    def read(cell: object) -> tuple[str, ...] | Fault:
        items = re.split(r"""[\s,;|'"\[\]]+""", cell) if isinstance(cell, str) else cell or []
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return _wrong(f"{shown(cell)} is not a list of text")
        texts = tuple(item for item in items if item)
        fault = next((told for text in texts if (told := fault_of(text))), None)
        return _wrong(fault) if fault else texts

    return read


def _digests(cell: object) -> tuple[str, ...] | Fault:
    found = _list(_digest_fault)(cell)
    return found if isinstance(found, Fault) else tuple(text.lower() for text in found)


def _digest_fault(text: str) -> str | None:
    if _DIGEST.fullmatch(text.lower()):
        return None
    return f"{shown(text)} is no SHA-256; write its 64 hexadecimal digits (sha256sum FILE)"


def _range_fault(text: str) -> str | None:
    fault = None if text == "*" else language_fault(text)
    return fault.detail if fault else None


def _territory_fault(text: str) -> str | None:
    fault = territories_fault((text,))
    return fault.detail if fault else None


def _time(*, whole_day: bool) -> Callable[[object], datetime | Fault | None]:
    """A reader of times in UTC. A day without a time is its beginning; as an end, the beginning of
    the day behind it, so that the whole day belongs to it."""

    def read(cell: object) -> datetime | Fault | None:
        if isinstance(cell, str) and _DAY.fullmatch(cell):
            try:
                cell = date.fromisoformat(cell)
            except ValueError:
                return _wrong(f"{shown(cell)} is no day of the calendar")
        if isinstance(cell, date) and not isinstance(cell, datetime):
            begin = datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
            if whole_day and cell == date.max:
                return None
            return begin + timedelta(days=1) if whole_day else begin
        if isinstance(cell, datetime) and cell.tzinfo is None:
            cell = cell.replace(tzinfo=UTC)
        return None if cell is None else time(cell)

    return read


def _revoked(cell: object) -> datetime | Fault | None:
    said = _TRUTH.get(cell.lower(), cell) if isinstance(cell, str) else cell
    if isinstance(said, bool):
        return ALWAYS if said else None
    found = _time(whole_day=False)(said)
    if isinstance(found, Fault):
        return _wrong(f"{shown(cell)} is neither true nor false nor a time")
    return found


def _wrong(detail: str) -> Fault:
    return Fault(code="wrong_type", detail=detail)


_READERS: Mapping[str, Callable[[object], object]] = {
    "id": _text,
    "person": _text,
    "portraits": _digests,
    "languages": _list(_range_fault),
    "territories": _list(_territory_fault),
    "valid_from": _time(whole_day=False),
    "valid_to": _time(whole_day=True),
    "revoked": _revoked,
}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _unusable(uri: str, why: str, row: int = 0, column: str = "") -> ManifestUnusable:
    place = f", row {row}" * bool(row) + f", column {column}" * bool(column)
    message = f"the register of consents {redacted(uri)}{place}: {why.rstrip('.')}."
    return ManifestUnusable("consents_unusable", message)
