"""`rushes erase`: remove all that was made of a person, and let nothing be made of it again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.config import RunConfig
from jobs.console import Out, many, say, tell
from jobs.keeping.erase import erased
from jobs.keeping.erasing import Erasing, erasing
from jobs.output.erasures import Erasure, Whose, read_erasures, remember_erasure
from jobs.output.foreign_settings import settings_handed
from jobs.output.lease_holder import Lease, lease_unless_busy
from jobs.output.run_file import read_run_file
from jobs.report.write import ReportWriter
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable, RushesError
from manifests.storage import absolute, join, storage_of
from pipeline.workspace.workspace import Workspace

SHOWN = 20
"""So many jobs are told one by one; of more, their number."""


def erase_command(  # noqa: PLR0913, PLR0917  the flags
    out: Out,
    consent: Annotated[
        str | None, typer.Option(help="Erase all rows that name this consent.")
    ] = None,
    job: Annotated[str | None, typer.Option(help="Erase the row of this id.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would go; nothing is touched.")
    ] = False,
    lift: Annotated[
        bool, typer.Option("--lift", help="Let what was erased be made again, instead.")
    ] = False,
    consents: Annotated[
        str | None, typer.Option(help="Register of consents, for the person's portraits.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file: folders and weights of this machine.")
    ] = None,
) -> None:
    """Remove all that was made of a person, and let nothing be made of it again.

    Delivered files, stored work, replay bundles, lines of logs and this machine's caches go; what
    other people's rows need stays. Refused while a run works on OUT. Exit code 0: done. 2: nothing
    here is of it, or OUT is being worked on.
    """
    out = absolute(out)
    whose, wanted = selected(consent, job)
    settings = settings_for_erasing(out, config, consents)
    if lift:
        lift_erasure(out, whose, wanted)
        return
    workspace = Workspace(
        out=out, scratch=settings.scratch.absolute(), scratch_bytes=int(settings.scratch_gb * 2**30)
    )
    if dry_run:
        tell_erasing(erasing(out, whose, wanted, settings, workspace), dry_run=True)
        return
    with lease_unless_busy(out, settings.lease_s) as lease:
        what = erasing(out, whose, wanted, settings, workspace)
        record = erased(what, lease, workspace, settings.signing)
        write_report_again(lease)
    tell_erasing(what, dry_run=False)
    told = f"{many(len(record.jobs), 'job')}, which no run makes again"
    say(f"Written down under {out}/_run/erased: {told}.")


def selected(consent: str | None, job: str | None) -> tuple[Whose, str]:
    """What is to be erased; `ManifestUnusable` unless it is one of both."""
    if consent and not job:
        return "consent", consent
    if job and not consent:
        return "job", job
    raise ManifestUnusable("no_jobs", "name what to erase: --consent ID or --job ID")


def settings_for_erasing(out: str, config: Path | None, consents: str | None) -> RunConfig:
    """Those of this machine, and what the last run was made with where they say nothing."""
    ran = read_run_file(out).get("config")
    return settings_handed(ran, load_config(config, consents=consents))


def lift_erasure(out: str, whose: Whose, wanted: str) -> None:
    """Let the jobs be made again, by a word behind those that were said."""
    before = [r for r in read_erasures(out).values() if (r.whose, r.id) == (whose, wanted)]
    if not before or before[-1].lifted:
        raise ManifestUnusable("no_jobs", f"nothing of the {whose} {wanted} is erased in {out}")
    now = datetime.now(UTC)
    word = Erasure(whose=whose, id=wanted, begun=now, ended=now, jobs=before[-1].jobs, lifted=True)
    remember_erasure(out, word)
    say(f"The next run may make {', '.join(word.jobs[:SHOWN])} again.")


def write_report_again(lease: Lease) -> None:
    """Of what is left, where there was a report; trouble with that is told, for all is erased."""
    page = join(lease.out, "report.html")
    try:
        if storage_of(page).stat(page) is not None:
            ReportWriter(lease.out, lease.number).write(lambda: True)
    except (RushesError, OSError) as error:
        tell(f"the report is not written anew ({error}); `rushes report {lease.out}` does it")


def tell_erasing(what: Erasing, *, dry_run: bool) -> None:
    for line in erasing_lines(what, dry_run=dry_run):
        say(line)
    for text in what.unread:
        tell(f"{text}: what an unfinished row made of it was not told apart")
    if what.others:
        jobs = ", ".join(what.others[:SHOWN])
        tell(f"made from the same files, and staying: {many(len(what.others), 'row')}: {jobs}")
    for name in what.left:
        tell(f"_run/work/{name} stays: rows that are not finished name the same files")


def erasing_lines(what: Erasing, *, dry_run: bool) -> Iterator[str]:
    """For people: which jobs, and how much."""
    jobs = sorted(what.jobs)
    yield from (f"  {job}" for job in jobs[:SHOWN])
    if len(jobs) > SHOWN:
        yield f"  and {len(jobs) - SHOWN} more jobs"
    goes = "would go" if dry_run else "went"
    yield (
        f"{len(what.files)} files that people see and {len(what.works)} of stored work {goes}, "
        f"{what.bytes / 1e6:.1f} MB; so do lines of logs, and this machine's caches"
    )
