"""`rushes report`: the page that shows a night, from its output folder alone."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.console import Out, say
from jobs.output.run_file import read_run_file
from jobs.report.night import Night
from jobs.report.presigned import signer_of_urls
from jobs.report.write import ReportWriter
from manifests.storage import absolute, join


def report_command(
    out: Out,
    presign: Annotated[
        str | None,
        typer.Option(help="Name all files by URLs that open for so long: 30m, 12h, 7d. S3 only."),
    ] = None,
    pictures: Annotated[
        bool, typer.Option(help="Make posters, strips and curves that are not there yet.")
    ] = True,
) -> None:
    """Write the page that shows a night: OUT/report.html, for a browser, without a network.

    It is read from OUT alone; writing it while a run goes on is safe. Exit code 0: written. 2: OUT
    is not the output of a run, or cannot be presigned.
    """
    out = absolute(out)
    read_run_file(out)
    sign = signer_of_urls(out, presign) if presign else None
    night = ReportWriter(out, sign=sign, keeps_signed=False).write(until=lambda: not pictures)
    say(told_of_night(night))
    page = join(out, "report.html")
    say(sign(page) if sign else page)


def told_of_night(night: Night) -> str:
    """For people: what needs somebody, then the rest."""
    needed = sum(job.need in ("decide", "mend") for job in night.jobs)
    states = ", ".join(f"{count} {state}" for state, count in sorted(night.counts.items()))
    notes = "".join(f"; {note}" for note in night.notes)
    return f"{needed} of {len(night.jobs)} jobs need somebody: {states or 'none yet'}{notes}"
