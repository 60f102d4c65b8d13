"""`rushes status`: where a run stands, told from its output folder alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.console import many
from jobs.logs.process_log import logs_of
from jobs.output.approvals import Proof, proof_of
from jobs.output.consent_gate import Clock, utc_now
from jobs.output.delivered_rights import (
    TouchedVideo,
    delivered_rights,
    earlier_videos,
    touched_earlier,
    touched_videos,
)
from jobs.output.instruction_files import Watch
from jobs.output.let_go import let_go_rows
from jobs.output.results_writer import results_so_far
from jobs.output.reviews import reviewed
from jobs.output.run_file import read_run_file, rows_of_others
from manifests.errors import Preempted, RushesError
from manifests.ledger import Attempt, Ledger
from manifests.reading.consents import register_at
from manifests.results import Result
from pipeline.stage import StageName

PASSED = tuple(StageName)
"""The stages in the order in which a job passes them."""

LATELY = timedelta(minutes=30)
"""The pace is that of the last attempts, not of the whole night."""

SHOWN = 20
"""So many jobs are told one by one; of more, their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedJob:
    """A job without a result: the last stage that ended for it, and its finished chunks."""

    job_id: str
    stage: str
    chunks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRow:
    """A row that did not become a video, and why."""

    job_id: str
    status: str
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the run cost, in seconds of generators.

    Attempts that failed took `failed_s`, and attempts on workers that were lost took `lost_s`. Both
    count whole attempts, although the segments that an attempt finished were kept.
    `segments_per_hour` is the pace of the last while.
    """

    attempts: int
    segments_made: int
    segments_reused: int
    gpu_s: float
    failed_s: float
    lost_s: float
    segments_per_hour: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """Where a run stands; `proof` is None when it is no proof. `logs`: which files are its logs.
    `let_go`: rows whose work of `let_go_bytes` is gone, which a retake renders from their start.
    `touched`: delivered videos whose consents do not hold any more, by the register asked, if one
    was; `unasked` tells why none could be. `rows_of_others`: of earlier runs, not in the manifests
    of this one; they keep their results, and `ended` counts them too.
    """

    out: str
    run_id: str
    started: str
    rows: int
    ended: dict[str, int]
    begun: tuple[UnfinishedJob, ...]
    troubles: tuple[FailedRow, ...]
    held: tuple[str, ...]
    proof: Proof | None
    work: Work
    logs: str = ""
    let_go: tuple[str, ...] = ()
    let_go_bytes: int = 0
    touched: tuple[TouchedVideo, ...] = ()
    unasked: str = ""
    rows_of_others: int = 0


def run_status(out: str, consents: str | None = None, clock: Clock = utc_now) -> RunStatus:
    """Read from the folder; `ManifestUnusable` when `out` is not the output of a run, or `consents`
    no register."""
    ran = read_run_file(out)
    results, attempts = results_so_far(out), list(Ledger(out).read())
    steering, gone = Watch(out)(), let_go_rows(out, results)
    touched, unasked = touched_now(out, results, consents, clock())
    told = [reviewed(result, steering.rejections) for result in results]
    return RunStatus(
        out=out,
        run_id=str(ran["run_id"]),
        started=str(ran["started"]),
        rows=int(str(ran["rows"])),
        rows_of_others=rows_of_others(ran),
        ended=dict(sorted(Counter(result.status for result in told).items())),
        begun=tuple(begun_jobs(results, attempts)),
        troubles=tuple(troubles_of(told)),
        held=tuple(sorted(steering.held)),
        proof=proof_of(ran, results, steering.approvals),
        work=work_of(attempts),
        logs=logs_of(out, str(ran["run_id"])),
        let_go=tuple(sorted(gone)),
        let_go_bytes=sum(row.bytes for row in gone.values()),
        touched=touched,
        unasked=unasked,
    )


def touched_now(
    out: str, results: Sequence[Result], consents: str | None, when: datetime
) -> tuple[tuple[TouchedVideo, ...], str]:
    """The videos whose consents do not hold any more, by the register given, else by that of the
    last run; and why that one could not be asked."""
    config = read_run_file(out).get("config")
    recorded = config.get("consents") if isinstance(config, dict) else None
    if consents is None and not isinstance(recorded, str):
        return (), ""
    try:
        register = register_at(consents or str(recorded))
    except RushesError as error:
        if consents is not None:
            raise
        return (), error.message
    touched = touched_videos(results, delivered_rights(results), register, when)
    earlier = touched_earlier(earlier_videos(out, results), register, when)
    return (*touched, *earlier), ""


def begun_jobs(results: Iterable[Result], attempts: Iterable[Attempt]) -> Iterator[UnfinishedJob]:
    """Jobs that were begun and have no result yet, by their ids."""
    over = {result.job_id for result in results}
    behind: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for attempt in attempts:
        if attempt.job_id not in over and attempt.state == "done":
            behind[attempt.job_id].add((attempt.stage, attempt.chunk))
    for job_id, ended in sorted(behind.items()):
        last = max((stage for stage, _ in ended), key=PASSED.index)
        if last != PASSED[-1]:
            chunks = sum(stage == StageName.GENERATE for stage, _ in ended)
            yield UnfinishedJob(job_id=job_id, stage=last, chunks=chunks)


def troubles_of(results: Iterable[Result]) -> Iterator[FailedRow]:
    for result in results:
        if result.status != "done":
            yield FailedRow(
                job_id=result.job_id,
                status=result.status,
                error_code=result.error_code or "",
                error_message=result.error_message or "",
            )


def work_of(attempts: Sequence[Attempt]) -> Work:
    """Sums over all attempts."""
    failed = [attempt for attempt in attempts if attempt.state == "failed"]
    lost = [a for a in failed if a.error == Preempted.__name__ or a.error_code == "worker_lost"]
    failed_s = sum(attempt.gpu_s for attempt in failed)
    lost_s = sum(attempt.gpu_s for attempt in lost)
    return Work(
        attempts=len(attempts),
        segments_made=sum(attempt.segments_made for attempt in attempts),
        segments_reused=sum(attempt.segments_reused for attempt in attempts),
        gpu_s=round(sum(attempt.gpu_s for attempt in attempts), 3),
        failed_s=round(failed_s - lost_s, 3),
        lost_s=round(lost_s, 3),
        segments_per_hour=round(pace(attempts), 1),
    )


def pace(attempts: Sequence[Attempt]) -> float:
    """Segments an hour, over the attempts that ended in the last half hour of the ledger."""
    rendering = [attempt for attempt in attempts if attempt.segments_made]
    if not rendering:
        return 0.0
    end = max(attempt.finished for attempt in rendering)
    late = [attempt for attempt in rendering if attempt.finished >= end - LATELY]
    begin: datetime = max(min(attempt.started for attempt in late), end - LATELY)
    hours = (end - begin).total_seconds() / 3600
    return sum(attempt.segments_made for attempt in late) / hours if hours > 0 else 0.0


def status_lines(status: RunStatus) -> Iterator[str]:
    """For people: who must act first, then what goes on."""
    ended = ", ".join(f"{number} {name}" for name, number in status.ended.items())
    without = max(0, status.rows + status.rows_of_others - sum(status.ended.values()))
    others = f" and {status.rows_of_others} of earlier runs" if status.rows_of_others else ""
    began = status.started[:19].replace("T", " ")
    yield f"{status.out}: run {status.run_id} began {began} UTC, {many(status.rows, 'row')}{others}"
    yield f"{ended or 'none ended yet'}; {without} without a result"
    failures = [
        f"  {t.status}  {t.job_id}: {t.error_message} [{t.error_code}]" for t in status.troubles
    ]
    yield from shortened(failures, "rows with a reason in results.parquet")
    begun = [f"  begun  {b.job_id}: {stage_told(b)}" for b in status.begun]
    yield from shortened(begun, "jobs begun")
    yield from shortened([f"  held  {job_id}" for job_id in status.held], "jobs held")
    touched = [f"  {t.code}  {t.job_id}: {touched_told(t)}" for t in status.touched]
    if touched:
        yield f"{len(touched)} delivered videos without a valid consent:"
    yield from shortened(touched, "videos, which --json names")
    if status.unasked:
        yield f"consents were not looked at: {status.unasked}"
    if status.proof is not None:
        waiting = status.proof.waiting
        yield f"{status.proof.approved} approved, {len(waiting)} to be approved"
        yield from shortened([f"  to approve  {job_id}" for job_id in waiting], "to be approved")
    if status.let_go:
        rows = many(len(status.let_go), "row")
        yield f"work of {rows} was let go, {status.let_go_bytes / 1e6:.1f} MB"
        gone = [f"  let go  {job_id}: a retake renders it anew" for job_id in status.let_go]
        yield from shortened(gone, "let go")
    yield work_told(status.work)
    if status.logs:
        yield f"logs: {status.logs}"


def touched_told(video: TouchedVideo) -> str:
    """Whose video it is, why it is named, and its files."""
    return f"{video.person or '-'}: {video.message} {', '.join(video.files)}"


def stage_told(begun: UnfinishedJob) -> str:
    chunks = f", {begun.chunks} chunks rendered" if begun.stage == StageName.GENERATE else ""
    return f"{begun.stage} ended{chunks}"


def shortened(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more {what}"


def work_told(work: Work) -> str:
    text = (
        f"{many(work.attempts, 'attempt')}, {many(work.segments_made, 'segment')} rendered "
        f"in {work.gpu_s:.0f} s, "
        f"{work.segments_reused} taken up from before"
    )
    if work.segments_per_hour:
        text += f", {work.segments_per_hour:.0f} segments an hour of late"
    wasted = {"in failed attempts": work.failed_s, "with lost workers": work.lost_s}
    parts = [f"{s:.0f} s ({100 * s / work.gpu_s:.0f} %) {how}" for how, s in wasted.items() if s]
    return "; ".join([text, *parts])
