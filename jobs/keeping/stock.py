"""What work is stored under an output folder, and whose rows still need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.engine.steering import Steering
from jobs.keeping.letting import WorkInStock
from jobs.orders import input_versions, retakes_on, row_name_of
from jobs.output.approvals import proof_of
from jobs.output.instruction_files import Watch
from jobs.output.results_writer import results_by_job
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import FinishedRow, StoredWork, finished_rows, stored_work
from manifests.errors import RushesError
from manifests.job import Job, seed_of
from manifests.results import Result, Status
from manifests.storage import join, storage_of
from manifests.validate import examine
from pipeline.nouns import PreparedPortrait, Take
from pipeline.nouns.lines import changing
from pipeline.split import CutList
from pipeline.workspace.workspace import record_name

_LOOKERS = 16

PREPARED = frozenset(
    {
        *(record_name(noun) for noun in (Take, PreparedPortrait, CutList)),
        *("speech.wav", "mix.wav", "phones.npz", "words.json", "portrait.png", "landmarks.npy"),
    }
)
"""Files of takes and of their portraits and cuts. They stay: any row that is not finished may share
them, which only its inputs tell, and they are small beside what is rendered of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsNow:
    """What the rows of a run are now: its jobs, and whether all of its manifests could be read and
    all of their rows were jobs. `unread` are the manifests that could not."""

    jobs: tuple[Job, ...]
    whole: bool
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktaking:
    """What is there, and what to say of it: `unread` manifests, and rows whose sidecars are."""

    stock: WorkInStock
    results: Mapping[str, Result]
    unread: tuple[str, ...]


def take_stock(out: str, now_s: float) -> Stocktaking:
    """Look at everything under `out`; `ManifestUnusable` when it is not the output of a run."""
    ran, results, steering = read_run_file(out), results_by_job(out), Watch(out)()
    now = rows_now(ran, steering)
    found = finished_rows(results.values())
    rows = [row for row in found.values() if isinstance(row, FinishedRow)]
    proof = proof_of(ran, results.values(), steering.approvals)
    reasons = Reasons(
        steering=steering,
        waiting=frozenset(proof.waiting if proof else ()),
        whole=frozenset(_whole(out, results.values())),
        changed=frozenset(_changed(rows, now.jobs)),
        open_seeds=frozenset(_open_seeds(now.jobs, results, steering)),
    )
    needed = {row.job_id: why for row in rows if (why := reasons.why_needed(row))}
    over = {row.job_id for row in rows} | _with_status(results, "erased")
    all_rows = {job.job_id for job in now.jobs} | results.keys()
    closed = now.whole and not needed and all_rows == over
    works = stored_work(out)
    prepared = {name for name, work in works.items() if is_prepared(work)}
    stock = WorkInStock(
        works={name: work for name, work in works.items() if name not in prepared},
        rows=rows,
        needed=needed,
        closed=closed,
        now_s=now_s,
        prepared_bytes=sum(works[name].bytes for name in prepared),
    )
    return Stocktaking(stock=stock, results=results, unread=now.unread)


def is_prepared(work: StoredWork) -> bool:
    """Whether it is a take, its portrait or its cuts."""
    return any(uri.rpartition("/")[2] in PREPARED for uri in work.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """All that keeps the work of a finished row.

    `waiting` are rows of a proof that nobody approved, `whole` those whose delivered files are
    there, `changed` those that say something else by now. `open_seeds` are those of rows that are
    not finished: two rows share segments only where they share a seed.
    """

    steering: Steering
    waiting: frozenset[str]
    whole: frozenset[str]
    changed: frozenset[str]
    open_seeds: frozenset[int]

    def why_needed(self, row: FinishedRow) -> str:
        """Why the row's work stays; "" when it may go."""
        return next((why for why in self._said(row) if why), "")

    def _said(self, row: FinishedRow) -> Iterator[str]:
        yield "held" if row.job_id in self.steering.held else ""
        yield "a retake is pending" if self._pending(row) else ""
        yield "a version is chosen" if self._chosen(row) != row.chosen else ""
        yield "waits for approval" if row.job_id in self.waiting else ""
        yield "its row has changed" if row.job_id in self.changed else ""
        yield "" if row.job_id in self.whole else "delivered files are missing"
        yield (
            "shares its seed with rows that are not finished" if row.seeds & self.open_seeds else ""
        )

    def _pending(self, row: FinishedRow) -> bool:
        said, choice = self.steering.retakes.get(row.job_id, ()), self.steering.choices
        return changing(retakes_on(choice.get(row.job_id), said), row.seed) != row.retakes

    def _chosen(self, row: FinishedRow) -> int:
        choice = self.steering.choices.get(row.job_id)
        return choice.number if choice else 0


def rows_now(ran: Mapping[str, object], steering: Steering) -> RowsNow:
    """Read from the manifests of the last run and those that were added."""
    manifests = ran.get("manifests")
    uris = dict.fromkeys([*(manifests if isinstance(manifests, list) else ()), *steering.added])
    jobs, unread, whole = [], [], True
    for uri in uris:
        try:
            rows = list(examine([uri]))
        except RushesError:
            unread.append(uri)
            continue
        whole = whole and all(isinstance(row, Job) for row in rows)
        jobs += [row for row in rows if isinstance(row, Job)]
    return RowsNow(jobs=tuple(jobs), whole=whole and not unread, unread=tuple(unread))


def _whole(out: str, results: Iterable[Result]) -> Iterator[str]:
    """Rows all of whose delivered files are there in full length, from one listing."""
    there = {uri: stat.bytes for uri, stat in storage_of(out).stats(join(out, "videos"))}
    for result in results:
        if all(there.get(file.uri) == file.bytes for file in result.deliverables):
            yield result.job_id


def _changed(rows: Sequence[FinishedRow], jobs: Sequence[Job]) -> Iterator[str]:
    """Finished rows that say something else by now, or whose inputs are others. One whose inputs
    are gone can be made neither anew nor otherwise."""
    before = {row.job_id: row.row for row in rows if row.row}
    asked = [job for job in jobs if job.job_id in before]
    with ThreadPoolExecutor(_LOOKERS) as lookers:
        for job, versions in zip(asked, lookers.map(input_versions, asked), strict=True):
            there = all("/" in version for version in versions)
            if there and row_name_of(job, versions) != before[job.job_id]:
                yield job.job_id


def _open_seeds(
    jobs: Sequence[Job], results: Mapping[str, Result], steering: Steering
) -> Iterator[int]:
    """The seeds of all rows that are not finished, with those of their retakes."""
    over = _with_status(results, "done", "erased")
    for job in jobs:
        if job.job_id not in over:
            yield seed_of(job)
            yield from (retake.seed for retake in steering.retakes.get(job.job_id, ()))
    for job_id, result in results.items():
        if job_id not in over and result.seed is not None:
            yield result.seed


def _with_status(results: Mapping[str, Result], *statuses: Status) -> set[str]:
    return {job_id for job_id, result in results.items() if result.status in statuses}


def reasons_told(needed: Mapping[str, str]) -> str:
    """How many rows are kept and why, in words."""
    counts = Counter(needed.values())
    return ", ".join(f"{number} {why}" for why, number in sorted(counts.items()))
