"""`rushes report`: the page that shows a night, from its output folder alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from jobs.console import Out, say
from jobs.output.run_file import read_run_file
from jobs.report.night import Night
from jobs.report.write import ReportWriter
from manifests.errors import ManifestUnusable
from manifests.storage import absolute, join
from manifests.storage.uri import S3

UNITS_S = {"m": 60, "h": 3600, "d": 86_400}

LONGEST_S = 7 * UNITS_S["d"]
"""S3 signs for no longer."""


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
    night = ReportWriter(out, sign=sign).write(until=lambda: not pictures)
    say(told_of_night(night))
    page = join(out, "report.html")
    say(sign(page) if sign else page)


def signer_of_urls(out: str, told: str) -> Callable[[str], str]:
    """Makes URLs of files; `ManifestUnusable` for a time that S3 does not sign for, or a disk."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", told)
    seconds = int(found[1]) * UNITS_S[found[2]] if found else 0
    if not out.startswith(S3) or not 0 < seconds <= LONGEST_S:
        message = (
            f"--presign {told} of {out}: name an s3:// output and a time such as 12h, up to 7d"
        )
        raise ManifestUnusable("presign_unusable", message)
    return partial(_presigned, seconds=seconds)


def _presigned(uri: str, seconds: int) -> str:
    from manifests.storage.s3 import S3Storage  # noqa: PLC0415 - loads boto3

    return S3Storage().presigned(uri, seconds)


def told_of_night(night: Night) -> str:
    """For people: what needs somebody, then the rest."""
    needed = sum(job.need in ("decide", "mend") for job in night.jobs)
    states = ", ".join(f"{count} {state}" for state, count in sorted(night.counts.items()))
    notes = "".join(f"; {note}" for note in night.notes)
    return f"{needed} of {len(night.jobs)} jobs need somebody: {states or 'none yet'}{notes}"
