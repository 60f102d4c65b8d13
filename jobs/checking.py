"""`rushes check`: every problem of every row, as it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jobs.config import RunConfig
from manifests.job import Job
from manifests.problems import Invalid, Problem
from manifests.validate import examine
from pipeline.inspect import inspect, inspect_voice
from pipeline.presets import preset_named
from pipeline.workplace import Workplace


def check_manifest(
    manifests: Sequence[str], config: RunConfig, *, media: bool, tell: Callable[[str], None]
) -> tuple[int, int]:
    """Tell each problem; returns the number of rows, and of rows with problems."""
    rows = bad = 0
    for row in examine(manifests, presets=frozenset(config.presets)):
        rows += 1
        problems = list(problems_of(row, config, media=media))
        bad += bool(problems)
        for problem in problems:
            file = row.manifest.rpartition("/")[2]
            where = f"{file} row {problem.row} {problem.job_id or '-'} {problem.column}"
            tell(f"{where}: {problem.message} [{problem.code}]")
    return rows, bad


def problems_of(row: Job | Invalid, config: RunConfig, *, media: bool) -> Iterator[Problem]:
    if isinstance(row, Invalid):
        yield from row.problems
        return
    place = Workplace(out="", scratch=config.scratch)
    place.open()
    yield from inspect_voice(row, place)
    if media:
        preset = preset_named(row.preset or config.preset, config.presets)
        yield from inspect(row, place, preset, config.limits)
