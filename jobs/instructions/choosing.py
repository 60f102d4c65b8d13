"""Asks for another version of a job than the one that gates let through."""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.engine.steering import VersionChoice
from jobs.output.instruction_files import Watch, give
from jobs.output.run_file import read_run_file
from manifests.errors import ManifestUnusable
from pipeline.quality.versions import Version, read_versions


def ask_version(out: str, job: str, number: int) -> Version:
    """Give the instruction that the job is wanted as this version; returns what it is.

    Raises `ManifestUnusable`: `not_a_run`, or `no_version` that names those there are.
    """
    read_run_file(out)
    there = {version.number: version for version in read_versions(out, job).versions}
    version = there.get(number)
    if version is None:
        numbers = ", ".join(map(str, there)) or "none yet: no run has finished or rejected it"
        message = f"{job} has no version {number} in {out}; there are {numbers}"
        raise ManifestUnusable("no_version", message)
    before = Watch(out)()
    standing = before.choices.get(job)
    if standing is None or standing.number != number or before.retakes.get(job):
        give(
            out,
            VersionChoice(
                jobs=(job,),
                given=datetime.now(UTC),
                number=number,
                recipe=version.recipe,
                row=version.row,
                preset=version.preset,
            ),
        )
    return version
