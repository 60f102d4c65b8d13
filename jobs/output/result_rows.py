"""The rows of results.parquet: of jobs that ended now, that ended before, and that never began."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from jobs.engine.attempts import Tally
from jobs.engine.phases import Failed, Finished, Order
from jobs.output.let_go import let_go_rows
from manifests.artifact import C2PA
from manifests.errors import FailureKind
from manifests.problems import Invalid
from manifests.results import Deliverable, Result, Status
from manifests.storage import storage_of
from model.shapes import FPS
from pipeline.captions.deliverables import caption_warnings
from pipeline.delivery.profiles import SIDECAR
from pipeline.devices.class_changes import class_warnings
from pipeline.nouns import Published
from pipeline.preset_warnings import preset_warnings
from pipeline.workspace.copies import DAMAGED

REDRAWN = "redrawn_segments"
"""Stands among the figures of a row: segments that gates refused and others were drawn for."""

SIGNED = f"{SIDECAR}{C2PA}"
"""The deliverable that every signed row has."""

STATUS_OF: Mapping[str, Status] = {
    FailureKind.BAD_INPUT: "invalid",
    FailureKind.REJECTED: "rejected",
    FailureKind.CANCELLED: "cancelled",
    FailureKind.ERASED: "erased",
}
"""Which status a final failure gives; all other kinds are `failed`."""

TRIED_ANEW = frozenset(
    {
        "no_voice",
        "unknown_voice",
        "voice_language",
        "no_glyphs",
        "forbidden",
        "missing_file",
        "file_too_large",
        "input_forbidden",
        "name_taken",
        "input_too_costly",
        "consent_missing",
        "consent_unknown",
        "consent_expired",
        "consent_not_yet",
        "consent_revoked",
        "consent_out_of_scope",
    }
)
"""Invalid rows that another machine, permission, setting or consent may mend without the row
changing."""


def result_of(phase: Finished | Failed, tally: Tally, started: datetime) -> Result:
    """The result of a job that ended in this run."""
    match phase:
        case Finished():
            return done_result(phase, tally, started)
        case Failed(order=order, failure=failure):
            blank = blank_result(
                order,
                status=STATUS_OF.get(failure.kind, "failed"),
                code=failure.code,
                message=f"{row_position(order)}: {failure.message}",
                attempts=tally.attempts,
                started=started,
            )
            return replace(blank, quality=quality_of(phase))


def row_position(order: Order) -> str:
    """Where the row stands: each file of a manifest counts its own rows."""
    file = order.job.manifest.rpartition("/")[2]
    return f"Row {order.job.row} of {file} ({order.job.job_id})"


def done_result(phase: Finished, tally: Tally, started: datetime) -> Result:
    order, published = phase.order, phase.published
    master = published.master
    return Result(
        job_id=order.job.job_id,
        status="done",
        video_uri=published.video.uri,
        sha256=published.video.sha256,
        bytes=published.video.bytes,
        duration_s=master.duration_s,
        frames=master.frames,
        fps=master.fps,
        width=master.width,
        height=master.height,
        chunks=len(phase.clips),
        segments=sum(len(clip.segments) for clip in phase.clips),
        gpu_s=round(sum(s.seconds for clip in phase.clips for s in clip.segments), 3),
        attempts=tally.attempts,
        preset=order.preset.name,
        seed=order.seed,
        weights_digest=order.preset.weights,
        fingerprint=order.request_id,
        quality=quality_of(phase),
        warnings=(
            *phase.reel.take.warnings,
            *preset_warnings(order.job, order.preset),
            *caption_warnings(published.captions),
            *class_warnings(phase.clips),
            *published.master.file_warnings,
            *published.warnings,
            *deadline_warnings(phase, datetime.now(UTC)),
            *damage_warnings(tally),
        ),
        deliverables=deliverables_of(published),
        started=started,
        finished=datetime.now(UTC),
    )


def quality_of(phase: Finished | Failed) -> dict[str, float]:
    """What was measured of the take, if there is one, and how much was drawn in vain for it."""
    redrawn = sum(len(clip.tried) for clip in phase.clips)
    measured = dict(phase.published.quality) if isinstance(phase, Finished) else {}
    return measured | ({REDRAWN: float(redrawn)} if redrawn else {})


def deadline_warnings(phase: Finished, now: datetime) -> Iterator[str]:
    """That a take was cut to be on time, which one chain would not have been, and that it is late
    all the same."""
    job, take = phase.order.job, phase.reel.take
    if job.due is None:
        return
    one_chain = take.frames <= phase.order.preset.longest_chain_s * FPS
    if job.continuity == "auto" and len(phase.clips) > 1 and one_chain:
        starts = (clip.chunk.start / FPS for clip in phase.clips[1:])
        at = ", ".join(f"{start_s:.2f} s" for start_s in starts)
        yield f"cut_to_be_on_time: begun anew at {at}; `continuity` chain forbids it"
    if now > job.due:
        yield f"late: {(now - job.due).total_seconds():.0f} s after it was due"


def damage_warnings(tally: Tally) -> Iterator[str]:
    """That finished work was damaged in its folder, and made again."""
    if tally.dropped:
        first, count = next(iter(tally.dropped)), len(tally.dropped)
        yield (
            f"{DAMAGED}: {count} finished files were changed or gone after they were made, and were"
            f" made again, the first {first}; look after the disk or the folder"
        )


def deliverables_of(published: Published) -> tuple[Deliverable, ...]:
    files = {
        published.master.profile: published.video,
        **{captions.format: captions.file for captions in published.captions},
        **{delivered.profile: delivered.file for delivered in published.deliveries},
        **published.companions,
        SIDECAR: published.sidecar,
        **{f"{each.profile}{C2PA}": each.file for each in published.credentials},
    }
    return tuple(Deliverable(profile=name, **asdict(file)) for name, file in files.items())


def blank_result(
    order: Order, *, status: Status, code: str, message: str, attempts: int, started: datetime
) -> Result:
    """The result of a job without a video."""
    return Result(
        job_id=order.job.job_id,
        status=status,
        error_code=code,
        error_message=message,
        attempts=attempts,
        preset=order.preset.name,
        seed=order.seed,
        weights_digest=order.preset.weights,
        fingerprint=order.request_id,
        started=started,
        finished=datetime.now(UTC),
    )


def invalid_result(row: Invalid) -> Result:
    """The result of a row that was refused before anything was opened."""
    now = datetime.now(UTC)
    return Result(
        job_id=row.job_id,
        status="invalid",
        error_code=row.problems[0].code,
        error_message=" ".join(problem.message for problem in row.problems),
        started=now,
        finished=now,
    )


def settled(
    orders: Sequence[Order],
    before: Mapping[str, Result],
    again: Collection[str] = (),
) -> dict[str, Result]:
    """Results of an earlier run, by request, that still answer an order: its files are there, and
    it is none of those that are delivered `again`."""
    kept = {}
    for order in orders:
        name = order.request_id
        result = before.get(name)
        if result is not None and name not in again and still_true(result):
            kept[name] = result
    return kept


def still_true(result: Result) -> bool:
    if result.status == "done":
        stats = ((storage_of(file.uri).stat(file.uri), file) for file in result.deliverables)
        return all(stat is not None and stat.bytes == file.bytes for stat, file in stats)
    return result.status == "invalid" and result.error_code not in TRIED_ANEW


def to_be_signed(out: str, results: Sequence[Result]) -> frozenset[str]:
    """The requests of rows that were done without a signature and whose work was not let go: only
    publishing them is left to do. Nothing is rendered again to be signed."""
    gone = let_go_rows(out, results)
    return frozenset(
        result.fingerprint or ""
        for result in results
        if result.status == "done"
        and result.job_id not in gone
        and not any(file.profile == SIGNED for file in result.deliverables)
    )
