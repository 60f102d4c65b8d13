"""Reads manifests into a load: rows as a stream, recordings by their headers, finished work taken
off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import compress, islice
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TypeVar

from jobs.config import RunConfig
from jobs.quote.done import Done, LeftRows
from jobs.quote.lengths import (
    CHARACTERS_PER_S,
    GUESS_SPREAD,
    Length,
    declared_length,
    script_length,
)
from jobs.quote.made import NOTHING_MADE, Made
from jobs.quote.stored_finish import StoredFinishes
from jobs.quote.workload import DrawnTake, LoadBuilder, Workload
from manifests.errors import BadInput, Transient
from manifests.job import Job
from manifests.problems import Invalid
from manifests.validate import examine
from pipeline.checks.unopened import Unopened
from pipeline.delivery.finishing.finishers import Finishing
from pipeline.delivery.finishing.pace import distinct_finishings
from pipeline.delivery.profiles import Profiles, profiles_of
from pipeline.media.remote import stored_length_s
from pipeline.presets import Preset, preset_named
from pipeline.take_sound import fetched_script
from pipeline.timed_cues import TimedScript
from pipeline.workspace.inputs import Admission, admitted

_PROBES = 16
"""Headers are read in parallel: on S3 each is some round trips."""

_ROWS = 2000
"""Rows that are looked at together."""

UNKNOWN_S = 60.0
"""Taken for a recording when nothing tells the length of any."""

T = TypeVar("T")


@dataclass(slots=True)
class WorkloadReader:
    """Turns jobs into a load, until the time for opening recordings is over."""

    config: RunConfig
    presets: Mapping[str, Preset]
    out: str | None = None
    deadline: float = float("inf")
    lengths: list[float] = field(default_factory=list)
    unknown: list[tuple[Job, Preset, Made]] = field(default_factory=list)
    unvoiced: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    unopened: Unopened = field(init=False)
    profiles: Profiles = field(init=False)
    stored: StoredFinishes | None = field(init=False)

    def __post_init__(self) -> None:
        self.profiles = self.config.delivery.table
        self.stored = StoredFinishes(self.out, self.config.limits) if self.out else None
        self.unopened = Unopened(self.config.limits)

    def refuses(self, row: Job | Invalid) -> bool:
        """Whether a run would refuse the row, as far as its text tells; counts why. A warning
        refuses nothing."""
        problems = row.problems if isinstance(row, Invalid) else self.unopened.problems(row)
        first = next((problem for problem in problems if not problem.warning), None)
        if first is not None:
            self.refused[first.code] += 1
        return first is not None

    def add(self, builder: LoadBuilder, jobs: Sequence[Job], made: Sequence[Made]) -> None:
        """Add rows to a load; those of unknown length wait until the others are known."""
        wanted = [not self.refuses(job) for job in jobs]
        jobs, made = list(compress(jobs, wanted)), list(compress(made, wanted))
        for job, done, length in zip(jobs, made, self.lengths_of(jobs), strict=True):
            preset = self.config.preset_of(job, self.presets)
            if isinstance(length, BadInput):
                self.refused[length.code] += 1
            elif length is None:
                self.unknown.append((job, preset, done))
            else:
                finishes = self.finishes_of(job)
                drawn = self.drawn_take(job, preset) if finishes and done.drawn else None
                builder.add(job, preset, length, done, finishes, drawn)

    def drawn_take(self, job: Job, preset: Preset) -> DrawnTake | None:
        """None where it is not stored, or the time for opening files is over."""
        if self.stored is None or monotonic() >= self.deadline:
            return None
        return self.stored.of(job, preset)

    def lengths_of(self, jobs: Sequence[Job]) -> Iterator[Length | BadInput | None]:
        """The lengths in the order of the jobs; files are opened beside each other."""
        opened = [job for job in jobs if job.script is None]
        with ThreadPoolExecutor(_PROBES) as probes:
            found = probes.map(self.opened_length, opened)
            for job in jobs:
                yield next(found) if job.script is None else self.spoken_length(job)

    def opened_length(self, job: Job) -> Length | BadInput | None:
        """The length of what a row names as a file; None when nothing tells it."""
        return self.filed_length(job) if job.is_spoken else self.recorded_length(job)

    def filed_length(self, job: Job) -> Length | BadInput | None:
        """The length of a script in a file: a timed one lasts up to its last cue."""
        if job.target_duration_s is not None:
            return Length(job.target_duration_s)
        if monotonic() >= self.deadline:
            return None
        try:
            with TemporaryDirectory() as folder:
                script = fetched_script(job, Path(folder), self.config.admission)
        except BadInput as error:
            return error
        except Transient:
            return None
        if isinstance(script, TimedScript):
            return Length(script.cues[-1].stop_s)
        return self.spoken_length(replace(job, script=script))

    def recorded_length(self, job: Job) -> Length | BadInput | None:
        """The length of a recording; None when nothing tells it, the error when none can be."""
        found: Length | BadInput | None = declared_length(job)
        if found is None and monotonic() < self.deadline:
            found = probed_length(job, self.config.admission)
        if isinstance(found, Length):
            self.lengths.append(found.seconds)
        return found

    def spoken_length(self, job: Job) -> Length:
        spoken = job.language.partition("-")[0].lower()
        if spoken not in CHARACTERS_PER_S:
            self.unvoiced.add(spoken)
        return script_length(job)

    def finishes_of(self, job: Job) -> tuple[Finishing, ...]:
        """What enlarges the frames of a row, each once however many of its profiles share it."""
        return distinct_finishings(each.finish for each in profiles_of(job, self.profiles))

    def load(self, builder: LoadBuilder) -> Workload:
        usual = Length(fmean(self.lengths) if self.lengths else UNKNOWN_S, GUESS_SPREAD)
        for job, preset, made in self.unknown:
            builder.add(job, preset, usual, made, self.finishes_of(job))
        return builder.load(
            invalid=self.refused.total(),
            guessed=len(self.unknown),
            unvoiced=self.unvoiced,
            refused=self.refused,
        )


def probed_length(job: Job, admission: Admission) -> Length | BadInput | None:
    try:
        seconds = stored_length_s(admitted(str(job.audio_uri), admission.roots_for(job)))
    except BadInput as error:
        return error
    except Transient:
        return None
    return Length(seconds) if seconds else None


def survey(manifests: Sequence[str], config: RunConfig, out: str | None = None) -> Workload:
    """The load of the manifests; with `out`, only what is not yet done there.

    Raises `ManifestUnusable` when a manifest cannot be read.
    """
    presets = config.presets
    preset_named(config.preset, presets)
    found = WorkloadReader(config=config, presets=presets, out=out)
    builder = LoadBuilder(split=config.split)
    done = Done.under(out, config) if out is not None else None
    counted: Counter[str] = Counter()
    for rows in some_of(examine(manifests, config.known_names)):
        jobs = [row for row in rows if isinstance(row, Job)]
        for row in rows:
            if isinstance(row, Invalid):
                found.refuses(row)
        left = done.left(jobs) if done else LeftRows(jobs=[(job, NOTHING_MADE) for job in jobs])
        counted.update(
            finished=left.finished, cancelled=left.cancelled, held=left.held, changed=left.changed
        )
        found.add(builder, [job for job, _ in left.jobs], [made for _, made in left.jobs])
    return replace(
        found.load(builder),
        finished=counted["finished"],
        cancelled=counted["cancelled"],
        held=counted["held"],
        changed=counted["changed"],
    )


def load_of(
    jobs: Iterable[tuple[Job, Made]], config: RunConfig, *, out: str, longest_s: float
) -> Workload:
    """The load of jobs that a run under `out` is about to begin; files are opened for
    `longest_s`."""
    found = WorkloadReader(
        config=config, presets=config.presets, out=out, deadline=monotonic() + longest_s
    )
    builder = LoadBuilder(split=config.split)
    for some in some_of(jobs):
        found.add(builder, [job for job, _ in some], [made for _, made in some])
    return found.load(builder)


def some_of(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """The items, some at a time."""
    left = iter(items)
    while some := list(islice(left, _ROWS)):
        yield some
