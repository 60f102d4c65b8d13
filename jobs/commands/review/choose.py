"""`rushes choose`: another version of a video than the one that its gates let through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from jobs.console import Out, say
from jobs.instructions.choosing import ask_version, told_choice
from manifests.storage import absolute
from pipeline.quality.versions import Version, read_versions


def choose_command(
    out: Out,
    job: Annotated[str, typer.Argument(help="Id of a job.")],
    version: Annotated[
        int | None, typer.Argument(help="Its number; without one, all are listed.", min=1)
    ] = None,
) -> None:
    """Take a version of a job as it is, whatever its gates say; or list its versions.

    A run that goes on makes it, else the next one; what was drawn of it is taken up. Exit code 0:
    said. 2: there is no such version.
    """
    out = absolute(out)
    if version is None:
        for line in lines_of_versions(read_versions(out, job).versions):
            say(line)
        return
    asked = ask_version(out, job, version)
    told = told_choice(out, job, asked)
    say(f"{told} A run that goes on makes it, else the same `rushes run` again.")


def lines_of_versions(versions: tuple[Version, ...]) -> Iterator[str]:
    """A line for each version, for people."""
    if not versions:
        yield "No version is written down: no run has finished or rejected this job yet."
    for version in versions:
        where = f" at {version.at_s:.2f} s" if version.at_s is not None else ""
        why = f": {version.why}" if version.why else ""
        yield f"{version.number}  {version.state}  {version.level}{where}{why}"
