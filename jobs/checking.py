"""`rushes check`: every problem of every row, as it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from jobs.config import RunConfig
from manifests.job import Job
from manifests.problems import Invalid, Problem
from manifests.rows import name_below
from manifests.validate import examine
from pipeline.inspect import Voices, inspect, outside
from pipeline.prepare import Limits
from pipeline.presets import Preset, preset_named
from pipeline.workplace import Workplace


def check_manifest(
    manifests: Sequence[str], config: RunConfig, *, media: bool, tell: Callable[[str], None]
) -> tuple[int, int]:
    """Tell each problem; returns the number of rows, and of rows with problems."""
    rows = bad = 0
    preset_named(config.preset, config.presets)
    presets, place = config.presets, Workplace(out="", scratch=config.scratch)
    place.open()
    voices, columns = Voices(fonts=config.limits.fonts), ColumnProblems(tell)
    for row in examine(manifests, presets=frozenset(presets)):
        rows += 1
        preset = presets.get(row.preset or config.preset) if isinstance(row, Job) else None
        problems = list(problems_of(row, voices, place, preset if media else None, config.limits))
        bad += any(not problem.warning for problem in problems)
        file = name_below(row.manifest, manifests)
        for problem in problems:
            if problem.of_column:
                columns.add(file, problem)
                continue
            where = f"{file} row {problem.row} {problem.job_id or '-'} {problem.column}"
            kind = "warning: " if problem.warning else ""
            tell(f"{where}: {kind}{problem.message} [{problem.code}]")
    columns.tell_all()
    return rows, bad


@dataclass(slots=True)
class ColumnProblems:
    """What is wrong with whole columns is told once for all rows of a file."""

    tell: Callable[[str], None]
    rows: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    """First row and number of rows."""

    def add(self, file: str, problem: Problem) -> None:
        known = self.rows.setdefault((file, problem.of_column, problem.code), [problem.row, 0])
        known[1] += 1

    def tell_all(self) -> None:
        for (file, message, code), (first, count) in self.rows.items():
            many = f"{count} rows, the first is row {first}" if count > 1 else f"row {first}"
            self.tell(f"{file}: {message} ({many}) [{code}]")


def problems_of(
    row: Job | Invalid,
    voices: Voices,
    place: Workplace,
    preset: Preset | None,
    limits: Limits,
) -> Iterator[Problem]:
    """The row's problems; with a preset its media are opened as that would."""
    if isinstance(row, Invalid):
        yield from row.problems
        return
    yield from voices.problems(row)
    forbidden = tuple(outside(row, limits))
    yield from forbidden
    if preset is not None and not forbidden:
        yield from inspect(row, place, preset, limits)
