"""`rushes check`: every problem of every row, before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from jobs.config import RunConfig
from jobs.console import (
    ALL_DONE,
    SOME_NOT_DONE,
    Consents,
    Manifests,
    RequireConsent,
    many,
    say,
    warn_of_columns,
)
from jobs.output.consent_gate import Clock, utc_now
from jobs.output.own_names import NameCheck, Place, names_by
from jobs.settings_file import load_config
from manifests.consent import ConsentRegister, consent_refusal, end_warning
from manifests.job import Job
from manifests.problems import Invalid, Problem
from manifests.reading.consents import ConsentRules
from manifests.reading.rows import name_below
from manifests.storage import absolute
from manifests.validate import examine
from pipeline.checks.opened import inspect
from pipeline.checks.scripts import estimated, spoken_of
from pipeline.checks.unopened import Unopened, unused_columns, warning_of
from pipeline.presets import Preset, preset_named
from pipeline.workspace.workspace import Workspace

NOT_OPENED = (
    "not looked at: the files of the rows but scripts, and whether speech fits its slot and its "
    "cues, which are only estimated (--media opens and speaks them); what a run needs of its "
    "machines, of GPUs and of OUT"
)
NOT_LOOKED_AT = (
    "not looked at: what needs GPUs, weights or OUT (rendering, room, rights to write), time and "
    "memory that a run bounds, and voices, fonts and recognisers of other machines than this one"
)
"""What is said at the end of a check."""


def check_command(
    manifests: Manifests,
    media: Annotated[
        bool, typer.Option("--media", help="Open every file, and speak every script.")
    ] = False,
    spoken: Annotated[
        bool, typer.Option("--spoken", help="Show what is said otherwise than it is written.")
    ] = False,
    consents: Consents = None,
    require_consent: RequireConsent = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")] = None,
) -> None:
    """Tell every problem of every row: row, column, reason. Nothing is made.

    Exit code 0: no problems. 1: some rows have problems. 2: a manifest cannot be read.
    """
    settings = load_config(config, consents=consents, require_consent=require_consent)
    uris = [absolute(uri) for uri in manifests]
    warn_of_columns(uris)
    rows, problems = check_manifest(uris, settings, media=media, spoken=spoken, tell=say)
    told = many(rows, "row")
    say(f"{told}, {problems} with problems" if problems else f"{told}, no problems")
    say(NOT_LOOKED_AT if media else NOT_OPENED)
    raise typer.Exit(SOME_NOT_DONE if problems else ALL_DONE)


def check_manifest(
    manifests: Sequence[str],
    config: RunConfig,
    *,
    media: bool,
    tell: Callable[[str], None],
    spoken: bool = False,
    clock: Clock = utc_now,
) -> tuple[int, int]:
    """Tell each problem, and with `spoken` what is said otherwise than it is written; returns the
    number of rows, and of rows with problems."""
    rows = 0
    preset_named(config.preset, config.presets)
    presets, place = config.presets, checking_place(config)
    place.open()
    unopened, columns = Unopened(config.limits), ColumnProblems(tell)
    names, bad = NameCheck(names_by(config)), set[Place]()
    rules = config.consent_rules
    consents = CheckedConsents(rules, clock(), rules.read())
    for row in examine(manifests, config.known_names):
        rows += 1
        preset = config.preset_of(row, presets) if isinstance(row, Job) else None
        problems = list(problems_of(row, unopened, place, preset, consents, media=media))
        problems += [*names.see(row), *late_already(row, consents.now)]
        if any(not problem.warning for problem in problems):
            bad.add((row.manifest, row.row))
        file = name_below(row.manifest, manifests)
        for problem in problems:
            columns.tell_or_add(file, problem)
        if spoken and isinstance(row, Job):
            for line in spoken_of(row, place, config.limits):
                tell(f"{file} row {row.row} {row.job_id} script: {line}")
    shared = names.clashes(lambda: examine(manifests, config.known_names))
    for (manifest, _), (problem,) in shared.items():
        tell(problem_line(problem, name_below(manifest, manifests)))
    columns.tell_all()
    return rows, len(bad | shared.keys())


def problem_line(problem: Problem, file: str) -> str:
    """A line for people."""
    where = f"{file} row {problem.row} {problem.job_id or '-'} {problem.column}".rstrip()
    kind = "warning: " if problem.warning else ""
    return f"{where}: {kind}{problem.message} [{problem.code}]"


def checking_place(config: RunConfig) -> Workspace:
    """Nothing is made but what the next run finds in scratch."""
    return Workspace(out="", scratch=config.scratch, scratch_bytes=int(config.scratch_gb * 2**30))


@dataclass(slots=True)
class ColumnProblems:
    """What is wrong with whole columns is told once for all rows of a file."""

    tell: Callable[[str], None]
    rows: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    """First row and number of rows."""

    def tell_or_add(self, file: str, problem: Problem) -> None:
        if not problem.of_column:
            self.tell(problem_line(problem, file))
            return
        known = self.rows.setdefault((file, problem.of_column, problem.code), [problem.row, 0])
        known[1] += 1

    def tell_all(self) -> None:
        for (file, message, code), (first, count) in self.rows.items():
            many = f"{count} rows, the first is row {first}" if count > 1 else f"row {first}"
            self.tell(f"{file}: {message} ({many}) [{code}]")


def late_already(row: Job | Invalid, now: datetime) -> Iterator[Problem]:
    """A warning where a run that begins now would be too late."""
    if isinstance(row, Job) and row.due is not None and row.due < now:
        told = f"late: it was due at {row.due:%Y-%m-%dT%H:%M:%SZ}; it is made all the same"
        yield warning_of(row, "due", told)


@dataclass(frozen=True, slots=True)
class CheckedConsents:
    """What the consents of rows come to at one time, by the register as it was read then."""

    rules: ConsentRules
    now: datetime
    register: ConsentRegister | None

    def refusal(self, job: Job, portrait: str | None) -> Problem | None:
        return consent_refusal(job, portrait, self.now, self.register, required=self.rules.required)

    def problems(self, job: Job) -> Iterator[Problem]:
        """What is wrong with the row's consent before its files are opened, and a warning."""
        refused = self.refusal(job, None)
        yield from (refused,) if refused else ()
        if told := end_warning(job, self.register):
            yield warning_of(job, "consent_expires", told)


def problems_of(
    row: Job | Invalid,
    unopened: Unopened,
    workspace: Workspace,
    preset: Preset | None,
    consents: CheckedConsents,
    *,
    media: bool,
) -> Iterator[Problem]:
    """The row's problems, each once; with `media` its files are opened as the preset would."""
    if isinstance(row, Invalid):
        yield from row.problems
        return
    found = [*unopened.problems(row), *consents.problems(row)]
    if preset is not None:
        found += unused_columns(row, preset)
        consented = partial(consents.refusal, row)
        look = inspect(row, workspace, preset, unopened.limits, consented) if media else None
        found += estimated(row, workspace, unopened.limits) if look is None else look
    seen = set()
    for problem in found:
        same = problem.message if problem.warning else problem.column
        known = (problem.warning, problem.code, same)
        if known not in seen:
            yield problem
        seen.add(known)
