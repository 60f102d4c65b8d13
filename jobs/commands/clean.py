"""`rushes clean`: let go of the work behind finished rows, once it is old or too much."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from jobs.config import RunConfig
from jobs.console import Out, say, say_as_it_is, tell
from jobs.keeping.clean import Cleaning, cleaned, foreseen
from jobs.keeping.stock import reasons_told
from jobs.output.foreign_settings import keeping_handed
from jobs.output.lease_holder import lease_unless_busy
from jobs.output.run_file import read_run_file
from jobs.settings_file import load_config
from manifests.storage import absolute
from pipeline.workspace.keep_work import KeepWork

SHOWN = 20
"""So many rows are told one by one; of more, their number."""


def clean_command(
    out: Out,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would go; nothing is touched.")
    ] = False,
    days: Annotated[
        float | None, typer.Option(help="Keep work this long; default 7, 0 for not at all.", min=0)
    ] = None,
    most_bytes: Annotated[
        int | None,
        typer.Option("--bytes", help="Then the oldest goes until all work takes no more.", min=0),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="TOML file with settings; `keep_work` is read.")
    ] = None,
) -> None:
    """Let go of the stored work behind finished rows: segments, joins, encodes.

    What was delivered, takes, records and costs stay, and all work that rows need that are not
    finished, held, to be retaken or to be approved. Refused while a run works on OUT. Exit code 0:
    done. 2: OUT is not the output of a run, or is being worked on.
    """
    out = absolute(out)
    settings = settings_for(out, config)
    keep = kept_by(settings.keep_work, days, most_bytes)
    if dry_run:
        told = foreseen(out, keep, time.time())
    else:
        with lease_unless_busy(out, settings.lease_s) as lease:
            told = cleaned(out, keep, lease)
    if as_json:
        say_as_it_is(json.dumps({"out": out, "dry_run": dry_run, **asdict(told)}, indent=2))
        return
    for uri in told.unread:
        tell(
            f"{uri} cannot be read from here; its rows may need what no finished row has: it stays"
        )
    for line in cleaning_lines(told, dry_run=dry_run):
        say(line)


def settings_for(out: str, config: Path | None) -> RunConfig:
    """Ours; where they do not say what is kept, as the last run under `out` was told, and no lease
    shorter than its."""
    return keeping_handed(read_run_file(out).get("config"), load_config(config))


def kept_by(keep: KeepWork, days: float | None, most_bytes: int | None) -> KeepWork:
    """The settings, with what the call says over them."""
    if days is not None:
        keep = replace(keep, days=days)
    return keep if most_bytes is None else replace(keep, bytes=most_bytes)


def cleaning_lines(told: Cleaning, *, dry_run: bool) -> Iterator[str]:
    """For people: which rows are dearer to retake from now on, and what stays and why."""
    goes = "would go" if dry_run else "went"
    for job_id, lost in list(told.rows.items())[:SHOWN]:
        yield f"  {job_id}: {lost / 1e6:.1f} MB; a retake renders it from its start"
    if len(told.rows) > SHOWN:
        yield f"  and {len(told.rows) - SHOWN} more rows"
    yield (
        f"{told.bytes / 1e6:.1f} MB {goes}: work of {len(told.rows)} finished rows and "
        f"{told.others} pieces that no row has; {told.left_bytes / 1e6:.1f} MB stay"
    )
    if told.needed:
        yield f"kept whatever its age, in rows: {reasons_told(told.needed)}"
