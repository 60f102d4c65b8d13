"""What an erasure comes to: found in results, sidecars, manifests and records, before anything
goes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from jobs.config import RunConfig
from jobs.keeping.erasure_plan import ErasurePlan, Wanted, erasure_plan
from jobs.keeping.possessions import holdings_of, personal
from jobs.keeping.stock import rows_now
from jobs.output.delivered_rights import (
    DeliveredRights,
    EarlierVideo,
    delivered_rights,
    earlier_videos,
)
from jobs.output.erasures import Whose, read_erasures
from jobs.output.instruction_files import Watch
from jobs.output.own_names import names_of_jobs
from jobs.output.reviews import as_made
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import (
    FinishedRow,
    StoredWork,
    finished_rows,
    sidecar_uri,
    stored_work,
)
from jobs.output.work_records import is_below, report_files
from manifests.errors import ManifestUnusable, RushesError
from manifests.job import Job
from manifests.results import Deliverable, Result, read_results, results_uri
from manifests.storage import join, storage_of
from pipeline.delivery.file_names import FOLDER
from pipeline.delivery.package.mhl import is_of_package
from pipeline.prepare import take_name
from pipeline.quality.versions import versions_uri
from pipeline.workspace.inputs import Inputs, fetch_inputs
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What goes: the `works` and then the `files` in the order in which they are removed, and lines
    of logs with one of the `marks`.

    `left` are takes of the person's files that rows claim which are not finished and stay, and
    `others` finished rows that were made from the same files and stay;
    `unread` are manifests and inputs that could not be read, so that what unfinished rows made of
    them was not told apart.
    """

    whose: Whose
    id: str
    jobs: frozenset[str]
    works: tuple[str, ...]
    files: tuple[str, ...]
    bytes: int
    marks: frozenset[str]
    left: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """All that is known under an output folder of whose its rows are."""

    results: Mapping[str, Result]
    rights: Mapping[str, DeliveredRights]
    rows: Mapping[str, Job]
    bundles: Mapping[str, str]
    earlier: tuple[EarlierVideo, ...] = ()
    unread: list[str] = field(default_factory=list)

    def jobs_of(self, whose: Whose, wanted: str) -> Iterator[str]:
        """The jobs of a consent, or the job itself if anybody knows it."""
        if whose == "job":
            known = {*self.results, *self.rows, *self.bundles}
            yield from {wanted} & (known | {video.rights.job_id for video in self.earlier})
            return
        for job, consent in self._consents():
            if consent == wanted:
                yield job

    def _consents(self) -> Iterator[tuple[str, str | None]]:
        """Each job with a consent that some record of it names."""
        yield from ((job, told.consent_id) for job, told in self.rights.items())
        yield from ((each.rights.job_id, each.rights.consent_id) for each in self.earlier)
        yield from ((job, row.consent_id) for job, row in self.rows.items())
        yield from ((job, _consent_in(uri)) for job, uri in self.bundles.items())


def look_for(out: str) -> Found:
    """Read from the folder; `ManifestUnusable` when it is not the output of a run, `BadInput` when
    its results are damaged: nobody could tell then what other rows need."""
    now = rows_now(read_run_file(out), Watch(out)())
    known = read_results(out) if storage_of(out).stat(results_uri(out)) else ()
    results = {result.job_id: as_made(result) for result in reversed(list(known))}
    folder = join(out, "_run", "replay", "")
    bundles = {uri.removeprefix(folder).removesuffix(".json"): uri for uri in _listed(folder)}
    return Found(
        results=results,
        rights=delivered_rights(results.values()),
        rows={job.job_id: job for job in now.jobs},
        bundles=bundles,
        earlier=tuple(earlier_videos(out, results.values())),
        unread=list(now.unread),
    )


def erasing(
    out: str, whose: Whose, wanted: str, config: RunConfig, workspace: Workspace
) -> Erasing:
    """What an erasure of a consent or a job would remove.

    Raises `ManifestUnusable("nothing_to_erase")` when nothing here is of it.
    """
    found = look_for(out)
    before = [r for r in read_erasures(out).values() if (r.whose, r.id) == (whose, wanted)]
    jobs = frozenset(found.jobs_of(whose, wanted)).union(*(r.jobs for r in before))
    if not jobs:
        message = f"nothing under {out} is of the {whose} {wanted}"
        raise ManifestUnusable("nothing_to_erase", message)
    works, persons = stored_work(out), Persons()
    persons.take_delivered(found, jobs)
    persons.take_unfinished(found, jobs, config, workspace)
    if whose == "consent":
        persons.digests |= _registered(config, wanted)
    plan = _planned(found, works, persons, jobs)
    delivered = sum(f.bytes for job in jobs if job in found.results for f in _of(found, job))
    return Erasing(
        whose=whose,
        id=wanted,
        jobs=jobs,
        works=tuple(uri for name in sorted(plan.names) for uri in works[name].files),
        files=tuple(dict.fromkeys(_files_of(out, found, jobs, config))),
        bytes=sum(works[name].bytes for name in plan.names) + delivered,
        marks=frozenset(_marks_of(found, jobs, persons)),
        left=tuple(sorted(plan.left)),
        others=tuple(sorted(_others(found, jobs, persons))),
        unread=tuple(found.unread),
    )


@dataclass(slots=True)
class Persons:
    """The digests of portraits and recordings of the persons, by their files too, and the names of
    takes that were surely theirs."""

    digests: set[str] = field(default_factory=set)
    by_uri: dict[str, str] = field(default_factory=dict)
    takes: set[str] = field(default_factory=set)

    def take_delivered(self, found: Found, jobs: Iterable[str]) -> None:
        """From the sidecars of finished rows."""
        now = [found.rights[job] for job in jobs if job in found.rights]
        before = [each.rights for each in found.earlier if each.rights.job_id in jobs]
        for told in (*now, *before):
            mine = personal([each.sha256 for each in told.inputs], told.voices)
            self.digests |= mine
            self.by_uri |= {each.uri: each.sha256 for each in told.inputs if each.sha256 in mine}

    def take_unfinished(
        self, found: Found, jobs: Iterable[str], config: RunConfig, workspace: Workspace
    ) -> None:
        """From the files that rows name of which no sidecar tells; those that cannot be read are
        `unread`."""
        for row in (found.rows[j] for j in jobs if j in found.rows and j not in found.rights):
            try:
                with workspace.scratch_dir() as desk:
                    self._take_files(row, fetch_inputs(row, desk, config.admission), config)
            except RushesError as error:
                found.unread.append(f"{row.job_id}: {error.message}")

    def _take_files(self, row: Job, inputs: Inputs, config: RunConfig) -> None:
        named = {row.portrait_uri: inputs.digest("portrait_uri")}
        if row.audio_uri is not None:
            named[row.audio_uri] = inputs.digest("audio_uri")
        self.digests |= set(named.values())
        self.by_uri |= named
        preset = config.preset_of(row, config.presets)
        self.takes.add(take_name(row, inputs, preset, config.limits))


def _registered(config: RunConfig, consent: str) -> frozenset[str]:
    """The portraits that the register has of the consent, if it can be read."""
    with suppress(RushesError):
        register = config.consent_rules.read()
        if register is not None and consent in register.consents:
            return register.consents[consent].portraits
    return frozenset()


def _planned(
    found: Found, works: Mapping[str, StoredWork], persons: Persons, jobs: frozenset[str]
) -> ErasurePlan:
    rows = {
        row.job_id: row.names
        for row in finished_rows(found.results.values()).values()
        if isinstance(row, FinishedRow)
    }
    done = {job for job, result in found.results.items() if result.status == "done"}
    open_rows = [row for job, row in found.rows.items() if job not in done | jobs]
    claimed = {persons.by_uri.get(uri or "", "") for row in open_rows for uri in _faces_of(row)}
    wanted = Wanted(
        jobs=jobs,
        digests=frozenset(persons.digests),
        takes=frozenset(persons.takes),
        claimed=frozenset(claimed - {""}),
    )
    return erasure_plan(holdings_of(works, rows), wanted)


def _others(found: Found, jobs: frozenset[str], persons: Persons) -> Iterator[str]:
    """Finished rows of nobody's or another's consent that show or sound like the person."""
    for job, told in found.rights.items():
        mine = personal([each.sha256 for each in told.inputs], told.voices)
        if job not in jobs and mine & persons.digests:
            yield job


def _faces_of(row: Job) -> tuple[str | None, str | None]:
    return row.portrait_uri, row.audio_uri


def _of(found: Found, job: str) -> tuple[Deliverable, ...]:
    return found.results[job].deliverables if job in found.results else ()


def _files_of(out: str, found: Found, jobs: frozenset[str], config: RunConfig) -> Iterator[str]:
    """Whatever of the jobs people can see, and replay bundles; sidecars last: they tell whose the
    rest is."""
    theirs = {file.uri for job in found.results.keys() - jobs for file in _of(found, job)}
    known = {*found.results, *found.rows, *found.bundles, *jobs}
    named = _own_names(found, jobs, config)
    mine = [file.uri for job in sorted(jobs) for file in _of(found, job) if is_below(out, file.uri)]
    for uri in _listed(join(out, FOLDER)):
        name = uri.rpartition("/")[2]
        if not is_of_package(out, uri) and (name in named or owner_of(name, known) in jobs):
            mine.append(uri)
    mine += [found.bundles[job] for job in sorted(jobs & found.bundles.keys())]
    versions = {versions_uri(out, job) for job in jobs}
    mine += [uri for uri in _listed(join(out, "_run", "versions")) if uri in versions]
    mine += report_files(out, jobs)
    before = [video.files for video in found.earlier if video.rights.job_id in jobs]
    mine += [uri for files in before for uri in files]
    sidecars = {join(out, FOLDER, f"{job}.json") for job in jobs}
    sidecars |= {sidecar_uri(found.results[job]) for job in jobs if job in found.results}
    sidecars |= {files[-1] for files in before}
    yield from (uri for uri in mine if uri not in sidecars and uri not in theirs)
    yield from (uri for uri in mine if uri in sidecars and uri not in theirs)


def _own_names(found: Found, jobs: frozenset[str], config: RunConfig) -> frozenset[str]:
    """The names that a run would give to the files of the rows: one that was killed may have."""
    names: set[str] = set()
    for row in (found.rows[job] for job in jobs if job in found.rows):
        with suppress(RushesError):  # it has no names, or its preset is not here
            names |= {name for name, _ in names_of_jobs([row], config)}
    return frozenset(names)


def owner_of(name: str, known: Iterable[str]) -> str:
    """The job whose id begins a file's name: the longest that does; "" where none does."""
    return max((job for job in known if f"{name}.".startswith(f"{job}.")), key=len, default="")


def _marks_of(found: Found, jobs: Iterable[str], persons: Persons) -> Iterator[str]:
    """What lines of logs hold that speak of the jobs or of their files."""
    for job in jobs:
        yield f'"job": {json.dumps(job)}'
        yield from (file.uri for file in _of(found, job))
    yield from persons.digests
    yield from persons.by_uri


def _listed(folder: str) -> Iterator[str]:
    return storage_of(folder).list(folder)


def _consent_in(uri: str) -> str | None:
    """The consent that a replay bundle's row names."""
    try:
        told = json.loads(storage_of(uri).read(uri))
        return str(told["job"]["consent_id"])
    except (RushesError, ValueError, KeyError, TypeError):
        return None
