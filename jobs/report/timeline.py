"""The timeline of a night's workers, from its ledger: pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from jobs.report.night import SpanKind, WorkerLane, WorkSpan
from manifests.ledger import Attempt
from pipeline.stage import StageName

MOST_SPANS = 400
"""In a lane: a page of 1440 pixels shows no more of them."""

MOST_LANES = 200


def worker_lanes(
    attempts: Iterable[Attempt], run_id: str
) -> tuple[datetime | None, list[WorkerLane]]:
    """Where the timeline begins, and a lane for each worker of the run, those that rendered first;
    of a run without attempts, of the last one that has any."""
    known = list(attempts)
    last = max(known, key=lambda each: each.finished).run_id if known else ""
    mine = [a for a in known if a.run_id == run_id] or [a for a in known if a.run_id == last]
    if not mine:
        return None, []
    by_worker: defaultdict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in mine:
        by_worker[attempt.host, attempt.worker].append(attempt)
    begin = min(a.started for a in mine)
    end = max(a.finished for a in mine)
    lanes = [_lane(worker, tries, begin, end) for worker, tries in by_worker.items()]
    rendered = {(a.host, a.worker) for a in mine if a.stage == StageName.GENERATE}
    lanes.sort(key=lambda lane: ((lane.host, lane.worker) not in rendered, lane.worker))
    return begin, lanes[:MOST_LANES]


def _lane(
    worker: tuple[str, str], attempts: Sequence[Attempt], begin: datetime, end: datetime
) -> WorkerLane:
    whole_s = (end - begin).total_seconds()
    spans = list(_spans(sorted(attempts, key=lambda a: (a.started, a.finished)), begin, whole_s))
    sums: defaultdict[SpanKind, float] = defaultdict(float)
    for span in spans:
        sums[span.kind] += span.stop_s - span.start_s
    return WorkerLane(
        host=worker[0],
        worker=worker[1],
        spans=tuple(merged_spans(spans, whole_s / MOST_SPANS)),
        work_s=round(sums["work"], 1),
        redone_s=round(sums["redone"], 1),
        cold_s=round(sums["cold"], 1),
        idle_s=round(sums["idle"], 1),
    )


def _spans(attempts: Sequence[Attempt], begin: datetime, whole_s: float) -> Iterator[WorkSpan]:
    """What the worker did and, between, when it did nothing; until its first work it is cold."""
    at = 0.0
    for attempt in attempts:
        start_s = max(at, _since(attempt.started, begin))
        stop_s = max(start_s, _since(attempt.finished, begin))
        if start_s > at:
            yield WorkSpan(start_s=at, stop_s=start_s, kind="idle" if at else "cold")
        kind: SpanKind = "work" if attempt.state == "done" else "redone"
        yield WorkSpan(start_s=start_s, stop_s=stop_s, kind=kind, job_id=attempt.job_id)
        at = stop_s
    if whole_s > at:
        yield WorkSpan(start_s=at, stop_s=whole_s, kind="idle")


def _since(when: datetime, begin: datetime) -> float:
    return (when - begin) / timedelta(seconds=1)


def merged_spans(spans: Iterable[WorkSpan], shortest_s: float) -> Iterator[WorkSpan]:
    """Neighbours of one kind as one, and what nobody would see as a part of what stands before
    it."""
    last: WorkSpan | None = None
    for span in spans:
        if last is None:
            last = span
        elif span.kind == last.kind or span.stop_s - last.start_s < shortest_s:
            kind = _longer(last, span)
            same = last.job_id == span.job_id
            last = WorkSpan(
                start_s=last.start_s,
                stop_s=span.stop_s,
                kind=kind,
                job_id=last.job_id if same else "",
            )
        else:
            yield _rounded(last)
            last = span
    if last is not None:
        yield _rounded(last)


def _longer(one: WorkSpan, other: WorkSpan) -> SpanKind:
    longer = one.stop_s - one.start_s >= other.stop_s - other.start_s
    return one.kind if longer else other.kind


def _rounded(span: WorkSpan) -> WorkSpan:
    return WorkSpan(
        start_s=round(span.start_s, 2),
        stop_s=round(span.stop_s, 2),
        kind=span.kind,
        job_id=span.job_id,
    )
