"""What differs between the rows of two nights, from what both said of themselves: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from manifests.results import Result

Said = str | float | int | None
"""A value on one side; None where that side has none."""

ChangeKind = Literal["row", "status", "made_of", "shape", "quality", "gate", "warning", "file"]

OF_A_NIGHT = frozenset({"sidecar"})
"""Deliverables whose bytes tell when they were made; what they say is compared instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """A row of one night: its result; by name the digests of its inputs, the seeds of its segments,
    and what gates it breaches, as a level with a value."""

    result: Result
    inputs: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    retakes: int = 0
    chosen: int = 0
    cuts_s: tuple[float, ...] = ()
    breaches: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """What is said by the `one` night and by the `other`."""

    kind: ChangeKind
    name: str
    one: Said
    other: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """A row that differs, and in what."""

    job_id: str
    changes: tuple[RowChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightDifference:
    """Rows of one night alone, rows that differ, and how many are the same."""

    only_one: tuple[str, ...]
    only_other: tuple[str, ...]
    rows: tuple[RowDifference, ...]
    same: int

    @property
    def differs(self) -> bool:
        return bool(self.only_one or self.only_other or self.rows)


def night_difference(ones: Sequence[ComparedRow], others: Sequence[ComparedRow]) -> NightDifference:
    """By job id; of rows with one id the first counts, as in a run."""
    first, second = _by_job(ones), _by_job(others)
    both = [job for job in first if job in second]
    found = [
        RowDifference(job_id=job, changes=changes)
        for job in both
        if (changes := tuple(row_changes(first[job], second[job])))
    ]
    return NightDifference(
        only_one=tuple(job for job in first if job not in second),
        only_other=tuple(job for job in second if job not in first),
        rows=tuple(found),
        same=len(both) - len(found),
    )


def _by_job(rows: Sequence[ComparedRow]) -> dict[str, ComparedRow]:
    found: dict[str, ComparedRow] = {}
    for row in rows:
        found.setdefault(row.result.job_id, row)
    return found


def row_changes(one: ComparedRow, other: ComparedRow) -> Iterator[RowChange]:
    """Of two rows of one job. Times, places and costs of the runs are no difference."""
    yield from _named("status", _status(one), _status(other))
    yield from _named("made_of", _made_of(one), _made_of(other))
    yield from _named("shape", _shape(one.result), _shape(other.result))
    yield from _named("quality", one.result.quality, other.result.quality)
    yield from _named("gate", one.breaches, other.breaches)
    yield from _named("warning", _warnings(one.result), _warnings(other.result))
    yield from _named("file", _files(one.result), _files(other.result))


def _named(
    kind: ChangeKind, one: Mapping[str, Said], other: Mapping[str, Said]
) -> Iterator[RowChange]:
    """Of values by name, in the order of the first, then what only the other has."""
    for name in dict.fromkeys((*one, *other)):
        before, after = one.get(name), other.get(name)
        if before != after:
            yield RowChange(kind=kind, name=name, one=before, other=after)


def _status(row: ComparedRow) -> dict[str, Said]:
    return {"status": row.result.status, "error": row.result.error_code}


def _made_of(row: ComparedRow) -> dict[str, Said]:
    """What a video is drawn from; a seed of its own for each segment."""
    result = row.result
    told: dict[str, Said] = {
        "preset": result.preset,
        "weights": result.weights_digest,
        "seed": result.seed,
        "request": result.fingerprint,
        "retakes": row.retakes,
        "version chosen": row.chosen,
        "cuts": " ".join(f"{cut:g}" for cut in row.cuts_s),
    }
    told |= {f"input {name}": digest for name, digest in row.inputs.items()}
    return told | {f"seed of segment {number}": seed for number, seed in enumerate(row.seeds)}


def _shape(result: Result) -> dict[str, Said]:
    names = ("duration_s", "frames", "fps", "width", "height", "chunks", "segments")
    return {name: getattr(result, name) for name in names}


def _warnings(result: Result) -> dict[str, Said]:
    """By code; the sentences of one code together."""
    found: dict[str, Said] = {}
    for warning in result.warnings:
        code, _, told = warning.partition(": ")
        found[code] = f"{found[code]}; {told}" if code in found else told
    return found


def _files(result: Result) -> dict[str, Said]:
    files = [file for file in result.deliverables if file.profile not in OF_A_NIGHT]
    return {file.profile: file.sha256 for file in files}


def inputs_by_name(inputs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Digests by the last part of their URIs, numbered where several are called alike: nights lie
    in different places."""
    found: dict[str, str] = {}
    for uri, digest in inputs:
        name, number = uri.rstrip("/").rpartition("/")[2], 2
        label = name
        while label in found:
            label, number = f"{name} ({number})", number + 1
        found[label] = digest
    return found


def lines_of_changes(changes: Sequence[RowChange]) -> Iterator[str]:
    """For people."""
    for change in changes:
        step = ""
        if isinstance(change.one, float) and isinstance(change.other, float):
            step = f" ({change.other - change.one:+.4g})"
        one, other = (_shown(value) for value in (change.one, change.other))
        yield f"  {change.kind} {change.name}: {one} -> {other}{step}"


def _shown(value: Said) -> str:
    if value is None:
        return "none"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return f"{text[:12]}.." if len(text) in (40, 64) and text.isalnum() else text


def pairs_of(one: Result, other: Result) -> Iterator[tuple[str, str, str]]:
    """Profile and both URIs of files of one profile whose bytes are others."""
    seconds = {file.profile: file for file in other.deliverables}
    for file in one.deliverables:
        second = seconds.get(file.profile)
        if second is not None and file.sha256 != second.sha256:
            yield file.profile, file.uri, second.uri
