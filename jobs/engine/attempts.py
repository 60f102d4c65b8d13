"""Counting what a job cost, and the ledger rows that say so."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jobs.engine.phases import Failure
from jobs.engine.retry_budget import NextTry
from jobs.engine.tasks import Task
from jobs.engine.worker import Outcome
from jobs.logs.fields import fields_bound
from manifests.errors import FailureKind
from manifests.ledger import Attempt
from pipeline.nouns import ChunkProgress, Published, SegmentProgress

LOGGER = logging.getLogger("rushes.driver")


@dataclass(slots=True)
class Effort:
    """The calls of one attempt so far; for `generate` one attempt is a chunk, of many calls."""

    seconds: float = 0.0
    made: int = 0
    reused: int = 0

    def add(self, task: Task, outcome: Outcome) -> None:
        self.seconds += outcome.seconds
        if isinstance(task.item, ChunkProgress) and isinstance(outcome.result, SegmentProgress):
            self.made += outcome.result.made
            self.reused += outcome.result.found


@dataclass(slots=True)
class Tally:
    """What a job cost in this run: seconds by stage, segments rendered, attempts ended; `dropped`
    are finished files that were not as they had been stored."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    segments_made: int = 0
    attempts: int = 0
    dropped: dict[str, None] = field(default_factory=dict)
    open_efforts: dict[str, Effort] = field(default_factory=lambda: defaultdict(Effort))

    def count(self, task: Task, outcome: Outcome) -> None:
        """Add one call of a task."""
        effort = self.open_efforts[task.fingerprint]
        before = effort.made
        effort.add(task, outcome)
        self.segments_made += effort.made - before
        self.seconds[task.step.stage] += outcome.seconds
        self.dropped |= dict.fromkeys(outcome.dropped)

    def close(self, task: Task) -> Effort:
        """End the task's attempt; the next one counts from nothing."""
        self.attempts += 1
        return self.open_efforts.pop(task.fingerprint, Effort())


def _by_preset() -> defaultdict[str, float]:
    return defaultdict(float)


@dataclass(slots=True)
class RunCounters:
    """What a run used so far, by preset: seconds of generators in all calls, those in calls that
    rendered a segment, and the segments that were rendered. Of all that were `drawn`, found ones
    too, gates `refused` some."""

    generator_s: defaultdict[str, float] = field(default_factory=_by_preset)
    rendering_s: defaultdict[str, float] = field(default_factory=_by_preset)
    segments: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    drawn: int = 0
    refused: int = 0

    def count(self, tally: Tally, task: Task, outcome: Outcome) -> None:
        """Add one call of a task to what its job cost, and to what the run used."""
        tally.count(task, outcome)
        if not task.generates:
            return
        preset, result = task.order.preset.name, outcome.result
        self.generator_s[preset] += outcome.seconds
        if isinstance(result, SegmentProgress):
            self.drawn += result.made + result.found
            self.refused += refused_in(task, outcome)
        if isinstance(result, SegmentProgress) and result.made:
            self.rendering_s[preset] += outcome.seconds
            self.segments[preset] += result.made

    @property
    def used_s(self) -> float:
        """Seconds of generators, whatever came of them."""
        return sum(self.generator_s.values())

    @property
    def paces(self) -> dict[str, float]:
        """Seconds of generators for a segment, failed calls included, by preset that made one."""
        return {
            preset: self.generator_s[preset] / segments
            for preset, segments in self.segments.items()
            if segments
        }

    def pace_of(self, preset: str) -> float:
        """The pace of the preset; before it made a segment, that of all; 0 before any was made."""
        segments = sum(self.segments.values())
        return self.paces.get(preset, self.used_s / segments if segments else 0.0)


def refused_in(task: Task, outcome: Outcome) -> int:
    """Segments that gates refused in a call."""
    result, item = outcome.result, task.item
    if not (isinstance(result, SegmentProgress) and isinstance(item, ChunkProgress)):
        return 0
    return len(result.shot.tried) - len(item.tried)


def ends_attempt(outcome: Outcome) -> bool:
    """A chunk is one attempt, however many segment calls it took; other tasks are one call."""
    result = outcome.result
    return not isinstance(result, SegmentProgress) or result.shot.complete or bool(result.refused)


def judged_outcome(outcome: Outcome) -> Outcome:
    """A chunk that gates let nothing be delivered of has failed, with all that was drawn."""
    result = outcome.result
    if not isinstance(result, SegmentProgress) or not result.refused:
        return outcome
    failure = Failure(kind=FailureKind.REJECTED, code="gate_failed", message=result.refused)
    return replace(outcome, failure=failure)


def ended_attempt(
    task: Task, outcome: Outcome, effort: Effort, run_id: str, now: datetime
) -> Attempt:
    """The ledger row of an attempt that came to an end, good or bad."""
    failure = outcome.failure or Failure(kind="", code="", message="")
    result = outcome.result
    return Attempt(
        task=task.fingerprint,
        stage=task.step.stage,
        job_id=task.order.job.job_id,
        job=task.order.request_id,
        chunk=task.step.chunk,
        state="done" if outcome.failure is None else "failed",
        error=failure.kind,
        error_code=failure.code,
        error_message=failure.message,
        worker=outcome.worker,
        host=outcome.host,
        run_id=run_id,
        segments_made=effort.made,
        segments_reused=effort.reused,
        reused=outcome.reused or (task.generates and not effort.made and not outcome.failure),
        gpu_s=effort.seconds if task.generates else 0.0,
        seconds=effort.seconds,
        started=now - timedelta(seconds=effort.seconds),
        finished=now,
        output=result.video.uri if isinstance(result, Published) else "",
    )


def interrupted_attempt(task: Task, effort: Effort, run_id: str, now: datetime) -> Attempt:
    """The ledger row of a chunk that a stop left between two segments."""
    return Attempt(
        task=task.fingerprint,
        stage=task.step.stage,
        job_id=task.order.job.job_id,
        job=task.order.request_id,
        chunk=task.step.chunk,
        state="interrupted",
        run_id=run_id,
        segments_made=effort.made,
        segments_reused=effort.reused,
        gpu_s=effort.seconds,
        seconds=effort.seconds,
        started=now - timedelta(seconds=effort.seconds),
        finished=now,
    )


def log_failure(task: Task, failure: Failure, again: NextTry | None) -> None:
    """Also of what a worker could not log, because it is gone."""
    labels = task.labels
    then = f"it is tried again after {again.after_s:g} s" if again else "it is not tried again"
    told = (failure.kind, failure.code, failure.message, then)
    with fields_bound(job=labels.job, stage=labels.stage):
        LOGGER.warning("%s [%s]: %s; %s", *told)
