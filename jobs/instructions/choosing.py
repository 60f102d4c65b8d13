"""Asks for another version of a job than the one that gates let through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from jobs.engine.steering import VersionChoice
from jobs.output.instruction_files import Watch, give
from jobs.output.run_file import read_run_file
from manifests.errors import ManifestUnusable
from pipeline.quality.versions import Version, read_versions


def was_of_another_row(version: Version, all_of_job: Sequence[Version]) -> bool:
    """Whether the job was made of another row or preset since, by what was written down last."""
    now = [each for each in all_of_job if each.state == "delivered"] + list(all_of_job[-1:])
    return all((version.row, version.preset) != (each.row, each.preset) for each in now)


def told_choice(out: str, job: str, version: Version) -> str:
    """What becomes of a job by a choice, for people."""
    if not was_of_another_row(version, read_versions(out, job).versions):
        return f"{job} becomes version {version.number} as it is, whatever its gates say."
    return (
        f"Version {version.number} of {job} was made before its row or preset changed: it counts "
        "only once they are again as they were, and until then the job is made as the row is now, "
        "without its retakes."
    )


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
