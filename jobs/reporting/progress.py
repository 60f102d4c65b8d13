"""How a run is going: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from jobs.console import line_of
from jobs.engine.attempts import Tally
from jobs.engine.observer import Observer
from jobs.engine.phases import Failed, Finished, Phase, segments_done
from jobs.output.result_rows import STATUS_OF
from model.shapes import FPS, NEW_FRAMES

_PLAIN_EVERY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What has been seen so far, from which the time left is judged.

    `jobs_cut` are those whose segments are known; `jobs_blank` ended without any.
    """

    jobs: int
    jobs_over: int
    jobs_cut: int
    jobs_blank: int
    segments: int
    segments_known: int
    segments_made: int
    elapsed_s: float

    @property
    def rate(self) -> float:
        """Segments rendered per second; those taken up from before took no time."""
        return self.segments_made / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until the run ends; None before the first segment.

        A job that is not cut yet counts as long as the mean of the jobs that are.
        """
        if not self.segments_made:
            return None
        each = self.segments_known / max(1, self.jobs_cut)
        unknown = max(0, self.jobs - self.jobs_cut - self.jobs_blank)
        left = self.segments_known - self.segments + unknown * each
        return left / self.rate


def line(pace: Pace) -> str:
    """One line for people."""
    left = "" if pace.left_s is None else f", about {clock(pace.left_s)} left"
    if pace.left_s == 0 and pace.jobs_over < pace.jobs:
        left = ", all is drawn: files are being made"
    made_s = pace.segments * NEW_FRAMES / FPS
    return (
        f"{pace.jobs_over}/{pace.jobs} jobs, {pace.segments}/{pace.segments_known} segments "
        f"({made_s:.0f} s of video), {pace.rate:.2f} segments/s, {clock(pace.elapsed_s)}{left}"
    )


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class Progress(Observer):
    """Counts what the driver tells it and shows it on the console."""

    def __init__(self, *, jobs: int, settled: int, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._jobs = jobs
        self._over = settled
        self._segments: dict[str, tuple[int, int]] = {}  # of the jobs under way, as `_made`
        self._made: dict[str, int] = {}
        self._cut_over = self._segments_over = self._made_over = 0
        self._unseen = settled  # ended without segments of this run
        self._began = monotonic()
        self._told_at = self._began
        self._live = Live("", console=self._console, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        self._console.print(line(self.pace()), highlight=False, soft_wrap=True)

    def pace(self) -> Pace:
        return Pace(
            jobs=self._jobs,
            jobs_over=self._over,
            segments=self._segments_over + sum(done for done, _ in self._segments.values()),
            segments_known=self._segments_over + sum(n for _, n in self._segments.values()),
            segments_made=self._made_over + sum(self._made.values()),
            jobs_cut=self._cut_over + len(self._segments),
            jobs_blank=self._unseen,
            elapsed_s=monotonic() - self._began,
        )

    def more(self, grown: Mapping[str, int]) -> None:
        """Rows came in while the run goes on, or are wanted again: how many more wait, and are of
        each status."""
        rows = sum(grown.values())
        self._jobs += rows
        self._over += rows - grown["waiting"]

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        done, total = segments_done(phase)
        self._made[phase.order.request_id] = tally.segments_made
        if total:
            self._segments[phase.order.request_id] = (done, total)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        self._add_up(phase)
        for uri in tally.dropped:
            text = f"damaged {phase.order.job.job_id}  {uri} was changed or gone; it was made again"
            self._console.print(line_of(text, style="yellow"), soft_wrap=True)
        job = phase.order.job
        if isinstance(phase, Failed):
            self._unseen += 1
            failure = phase.failure
            word = STATUS_OF.get(failure.kind, "failed")
            text = f"{word}  row {job.row} {job.job_id}: {failure.code}: {failure.message}"
            self._console.print(line_of(text, style="red"), soft_wrap=True)
        else:
            master = phase.published.master
            text = f"done    {job.job_id}  {master.duration_s:.2f} s  {phase.published.video.uri}"
            self._console.print(line_of(text), soft_wrap=True)

    def _add_up(self, phase: Finished | Failed) -> None:
        """Of a job that is over only its numbers are kept; of one that failed, what was made."""
        request_id = phase.order.request_id
        self._over += 1
        self._made_over += self._made.pop(request_id, 0)
        known = self._segments.pop(request_id, None)
        if known is not None and isinstance(phase, Finished):
            self._segments_over += known[1]
            self._cut_over += 1

    def tick(self) -> None:
        if self._console.is_terminal:
            self._live.update(Text(line(self.pace())))
        elif monotonic() - self._told_at > _PLAIN_EVERY_S:
            self._told_at = monotonic()
            self._console.print(line(self.pace()), highlight=False, soft_wrap=True)
