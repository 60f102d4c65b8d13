"""Every row of the manifests becomes a job or a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from manifests.errors import BadInput
from manifests.job import Job
from manifests.problems import Code, Fault, Invalid, Problem, shown
from manifests.reading.rows import Row, read_rows
from manifests.reading.values import value_of
from manifests.rules import RULES
from manifests.schema import COLUMNS, REQUIRED, SPEECH_SOURCES, Column
from manifests.storage.uri import is_of_windows, redacted, resolve

Faults = list[tuple[str, Fault]]
"""Columns and what is wrong with each; "" for the row as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """The presets and delivery profiles that rows may name (None: they are not looked at).

    `unusable` tells why a preset that there is cannot be used here, or nothing.
    """

    presets: Collection[str] | None = None
    profiles: Collection[str] | None = None
    unusable: Callable[[str], str] = lambda _: ""


def examine(manifests: Sequence[str], known: KnownNames = KnownNames()) -> Iterator[Job | Invalid]:
    """The rows of all `manifests` in order, each as a job or with all of its problems, such as
    names outside the `known` ones.

    Raises ManifestUnusable before the first row when a manifest cannot be read or lacks a column.
    """
    tables = [read_rows(uri) for uri in manifests]
    return _examine((row for table in tables for row in table), known)


def read_jobs(uri: str) -> Iterator[Job]:
    """The jobs of one manifest; raises BadInput `invalid_row` at the first row that is none."""
    for item in examine([uri]):
        if isinstance(item, Invalid):
            text = " ".join(problem.message for problem in item.problems)
            raise BadInput("invalid_row", f"{redacted(item.manifest)}: {text}")
        yield item


def _examine(rows: Iterable[Row], known: KnownNames) -> Iterator[Job | Invalid]:
    used = UsedIds()
    for row in rows:
        values, faults = _read(row, known)
        job_id = values.get("job_id")
        if isinstance(job_id, str) and (fault := used.fault(job_id, row)):
            faults.append(("job_id", fault))
        if faults:
            yield _invalid(row, faults)
        else:
            yield Job(**values, row=row.number, manifest=row.manifest)


class UsedIds:
    """Job ids of all rows so far; upper and lower case count as the same, as in some file systems.

    Costs about 150 bytes an id.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._manifests: dict[str, int] = {}

    def fault(self, job_id: str, row: Row) -> Fault | None:
        """Take the id for `row`, or say which row has it."""
        manifest = self._manifests.setdefault(row.manifest, len(self._manifests))
        folded = job_id.lower()
        taken = self._rows.get(folded)
        if taken is None:
            # row and manifest in one number: a million tuples would cost more than the ids
            self._rows[folded] = row.number << 20 | manifest
            return None
        return Fault(
            code="duplicate_job_id",
            detail=f"{shown(job_id)} is taken by row {taken >> 20} of {self._name(taken)} "
            "(upper and lower case count as the same); choose another",
        )

    def _name(self, place: int) -> str:
        return redacted(list(self._manifests)[place & (1 << 20) - 1])


def _read(row: Row, known: KnownNames) -> tuple[dict[str, Any], Faults]:
    """The row's values that are right, and what is wrong with the others."""
    if row.broken:
        return {}, [("", Fault(code="malformed_row", detail=row.broken))]
    values: dict[str, Any] = {}
    faults: Faults = []
    for name, cell in row.values.items():
        if cell is None or (value := value_of(COLUMNS[name], cell)) is None:
            continue
        value = _checked(COLUMNS[name], value, row, known)
        if isinstance(value, Fault):
            faults.append((name, value))
        else:
            values[name] = value
    return values, faults + _absences({*values, *(name for name, _ in faults)})


def _checked(column: Column, value: object, row: Row, known: KnownNames) -> object:
    """The value as it stands in a job, or what is wrong with it."""
    if isinstance(value, Fault):
        return value
    rule = RULES.get(column.name)
    if rule and (fault := rule(value)):
        return fault
    if column.allowed and value not in column.allowed:
        return _outside("unknown_value", value, column.allowed)
    if fault := unknown_fault(column, value, known):
        return fault
    if column.kind == "uri":
        return _resolved(str(value), row.manifest)
    return value


def unknown_fault(column: Column, value: object, known: KnownNames) -> Fault | None:
    """The fault of a preset or a delivery profile that there is not."""
    presets, profiles = known.presets, known.profiles
    if column.name == "preset" and presets is not None and value not in presets:
        return _outside("unknown_preset", value, presets)
    if column.name == "preset" and presets is not None and (why := known.unusable(str(value))):
        return Fault(code="renderer_unusable", detail=why)
    if column.name == "deliverables" and profiles is not None and isinstance(value, tuple):
        unknown = [name for name in value if name not in profiles]
        return _outside("unknown_profile", unknown[0], profiles) if unknown else None
    return None


def _outside(code: Code, value: object, allowed: Iterable[str]) -> Fault:
    choice = ", ".join(sorted(allowed))
    return Fault(code=code, detail=f"{shown(value)} is not known; choose one of: {choice}")


def _resolved(uri: str, manifest: str) -> str | Fault:
    try:
        return resolve(uri, manifest)
    except BadInput:
        what = "a path of Windows" if is_of_windows(uri) else "no place for files"
        return Fault(
            code="bad_uri",
            detail=f"{shown(uri)} is {what}; write an absolute path, one relative to "
            "the manifest, file:// or s3://BUCKET/KEY",
        )


def _absences(given: Collection[str]) -> Faults:
    missing = Fault(code="missing_value", detail="there is no value; every row needs one")
    faults = [(name, missing) for name in REQUIRED if name not in given]
    sources = [name for name in SPEECH_SOURCES if name in given]
    if len(sources) != 1:
        found = " and ".join(sources) if sources else "none"
        detail = f"{found} of {', '.join(SPEECH_SOURCES)} is given; fill exactly one"
        faults.append(("script", Fault(code="one_speech_source", detail=detail)))
    return faults


def _invalid(row: Row, faults: Faults) -> Invalid:
    job_id = row.values.get("job_id")
    job_id = job_id.encode(errors="replace").decode() if isinstance(job_id, str) else ""
    problems = (
        Problem(
            row=row.number,
            job_id=job_id,
            column=column,
            code=fault.code,
            message=f"Row {row.number}{column and f', column {column}'}: {fault.detail}.",
            of_column=f"Column {column}: {fault.detail}." if fault.of_column else "",
        )
        for column, fault in faults
    )
    return Invalid(row=row.number, manifest=row.manifest, job_id=job_id, problems=tuple(problems))
