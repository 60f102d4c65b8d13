"""Counting what a job cost, and the ledger rows that say so."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from jobs.executor import Report
from jobs.tasks import Task
from jobs.work import Outcome
from manifests.ledger import Attempt
from pipeline.nouns import Advance, Shot


class Tally:
    """Seconds by stage, attempts, and segments made or taken up, of one job in this run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.attempts = 0
        self.made: dict[int, int] = defaultdict(int)
        self.reused: dict[int, int] = defaultdict(int)
        self.chunk_s: dict[int, float] = defaultdict(float)

    def count(self, task: Task, outcome: Outcome) -> None:
        """Add one call: which of the segments it returned are new, and what it took."""
        self.attempts += outcome.failure is not None or not task.generates
        self.seconds[task.step.stage] += outcome.seconds
        if isinstance(task.item, Shot):
            self.chunk_s[task.step.chunk] += outcome.seconds
        if isinstance(task.item, Shot) and isinstance(outcome.made, Advance):
            advance = outcome.made
            new = len(advance.shot.done) - len(task.item.done)
            self.made[task.step.chunk] += advance.made
            self.reused[task.step.chunk] += new - advance.made
            self.attempts += advance.shot.complete


def attempt_of(report: Report, tally: Tally, run_id: str, now: datetime) -> Attempt:
    """The ledger row of an attempt that just ended."""
    task, outcome = report.task, report.outcome
    chunk = task.step.chunk
    seconds = tally.chunk_s[chunk] if task.generates else outcome.seconds
    failure = outcome.failure
    return Attempt(
        task=task.fingerprint,
        stage=task.step.stage,
        job_id=task.order.job.job_id,
        job=task.order.asked,
        chunk=chunk,
        state="done" if failure is None else "failed",
        error=failure.kind if failure else "",
        error_code=failure.code if failure else "",
        error_message=failure.message if failure else "",
        worker=outcome.worker,
        host=outcome.host,
        run_id=run_id,
        segments_made=tally.made[chunk] if task.generates else 0,
        segments_reused=tally.reused[chunk] if task.generates else 0,
        reused=task.generates and tally.made[chunk] == 0,
        gpu_s=seconds if task.generates else 0.0,
        seconds=seconds,
        started=now - timedelta(seconds=seconds),
        finished=now,
        output="",
    )
