"""Rows whose files would share a name, or have none: refused before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from jobs.config import RunConfig
from jobs.output.reviews import as_made
from manifests.errors import BadInput
from manifests.job import Job, seed_of
from manifests.problems import Invalid, Problem, shown
from manifests.results import read_results, results_uri
from manifests.storage import storage_of
from pipeline.checks.unopened import problem_of
from pipeline.delivery.file_names import (
    NamedRow,
    TakenNames,
    clashes,
    file_names,
    name_digest,
)
from pipeline.delivery.naming import name_key

Row = Job | Invalid

Place = tuple[str, int]
"""A manifest and the number of a row in it."""

REMEDY = "add {job_id} to `naming`, or change what the names are made of"

Owned = tuple[str, str]
"""The name of a file, and the job that has it."""

NamesOf = Callable[[Job], Mapping[str, str]]


def names_by(config: RunConfig) -> NamesOf:
    """Tells the names of a row's files; raises `BadInput` `bad_file_name`."""
    presets, delivery = config.presets, config.delivery

    def names_of(job: Job) -> Mapping[str, str]:
        preset = config.preset_of(job, presets).name
        return file_names(NamedRow(job=job, preset=preset, seed=seed_of(job)), delivery)

    return names_of


@dataclass(slots=True)
class NameCheck:
    """Looks at rows one after the other; whose names come twice is known when all were seen."""

    names_of: NamesOf
    taken: TakenNames = field(default_factory=TakenNames)

    def see(self, row: Row) -> tuple[Problem, ...]:
        """What is wrong with the row's own names, if anything is."""
        if isinstance(row, Job):
            try:
                self.taken.add(self.names_of(row).values())
            except BadInput as error:
                return (problem_of(row, "", error),)
        return ()

    def clashes(self, again: Callable[[], Iterable[Row]]) -> Mapping[Place, tuple[Problem, ...]]:
        """The rows whose files share a name with another file, by their places; reads the rows
        `again` where there are such."""
        shared = self.taken.shared()
        if not shared:
            return {}
        found: dict[Place, tuple[Problem, ...]] = {}
        for name, jobs in clashes(self._named(again()), shared):
            for job in jobs:
                others = [each for each in jobs if each.job_id != job.job_id]
                found.setdefault((job.manifest, job.row), (_clash(name, job, others),))
        return found

    def _named(self, rows: Iterable[Row]) -> Iterator[tuple[Job, Mapping[str, str]]]:
        for row in rows:
            if isinstance(row, Job):
                try:
                    yield row, self.names_of(row)
                except BadInput:
                    continue


def with_own_names(rows: Sequence[Row], config: RunConfig) -> list[Row]:
    """The rows, refused where their files have no name or one that another file has too."""
    check = NameCheck(names_by(config))
    seen = [_refused(row, check.see(row)) for row in rows]
    found = check.clashes(lambda: seen)
    return [_refused(row, found.get((row.manifest, row.row), ())) for row in seen]


def apart_from(
    rows: Sequence[Row], taken: Callable[[], Iterable[Owned]], config: RunConfig
) -> list[Row]:
    """The rows, refused where one of their files has a name that is taken."""
    ours, theirs = NameCheck(names_by(config)), TakenNames()
    theirs.add(name for name, _ in taken())
    if not len(theirs):
        return list(rows)
    for row in rows:
        ours.see(row)
    shared = ours.taken.shared_with(theirs)
    if not shared:
        return list(rows)
    owners = {name_key(name): job_id for name, job_id in taken() if name_digest(name) in shared}
    return [
        _apart(row, ours.names_of(row), owners) if isinstance(row, Job) else row for row in rows
    ]


def names_in_output(out: str, mine: Collection[str]) -> Iterator[Owned]:
    """Names of delivered files of other jobs than `mine`; none where the results are damaged."""
    if storage_of(out).stat(results_uri(out)) is None:
        return
    with suppress(BadInput):
        for result in read_results(out):
            if as_made(result).status == "done" and result.job_id not in mine:
                for file in result.deliverables:
                    yield file.uri.rpartition("/")[2], result.job_id


def names_of_jobs(jobs: Iterable[Job], config: RunConfig) -> Iterator[Owned]:
    """Names of the files of rows that were found to have names of their own."""
    names_of = names_by(config)
    for job in jobs:
        yield from ((name, job.job_id) for name in names_of(job).values())


def _apart(job: Job, names: Mapping[str, str], owners: Mapping[str, str]) -> Row:
    for name in names.values():
        owner = owners.get(name_key(name))
        if owner is not None:
            told = f"its file {shown(name)} has the name of a file of {owner}, an earlier row"
            return _refused(job, (_problem(job, f"{told}; {REMEDY}"),))
    return job


def _clash(name: str, job: Job, others: Sequence[Job]) -> Problem:
    if not others:
        told = f"two of its files would be called {shown(name)}; add {{profile}} to `naming`"
        return _problem(job, told)
    first = others[0]
    where = f"row {first.row}" + ("" if first.manifest == job.manifest else f" of {first.manifest}")
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    told = f"its file {shown(name)} has the name of a file of {where} ({first.job_id}){more}"
    return _problem(job, f"{told}; {REMEDY}")


def _problem(job: Job, told: str) -> Problem:
    return problem_of(job, "", BadInput("duplicate_name", f"Row {job.row}: {told}."))


def _refused(row: Row, problems: tuple[Problem, ...]) -> Row:
    if not problems or isinstance(row, Invalid):
        return row
    return Invalid(row=row.row, manifest=row.manifest, job_id=row.job_id, problems=problems)
