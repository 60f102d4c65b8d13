"""`rushes retake`: the rest of a finished video once more, with another seed."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Annotated

import typer

from jobs.console import Out, say
from jobs.engine.steering import RetakeFrom, frame_at, retaken
from jobs.output.instruction_files import Watch, give
from jobs.output.let_go import CODE, let_go_rows
from jobs.output.results_writer import results_so_far
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import sidecar_uri
from manifests.errors import ManifestUnusable
from manifests.results import Result
from manifests.storage import absolute, redacted, storage_of
from model.shapes import FPS
from pipeline.sidecar import chunks_from_cuts, read_sidecar


def retake_command(
    out: Out,
    job: Annotated[str, typer.Argument(help="Id of a finished job.")],
    from_s: Annotated[
        float, typer.Option("--from", help="Second of the video that the retake holds.", min=0)
    ],
    seed: Annotated[int, typer.Option(help="Of all that follows.", min=0, max=2**63 - 1)],
) -> None:
    """Ask for a video again with another seed, from the segment on that holds a second of it.

    The segments before it stay as they are, to the bit. A run that goes on makes it, else the
    next one. Exit code 0: said. 2: the job is not finished, or shorter, or its work was let go and
    its inputs are gone.
    """
    out = absolute(out)
    read_run_file(out)
    result = finished(out, job)
    begins, left = where(result, from_s)
    anew = is_let_go(out, result)
    again = RetakeFrom(jobs=(job,), given=datetime.now(UTC), from_s=from_s, seed=seed)
    before = Watch(out)().retakes.get(job, ())
    if retaken(before, again.retake) == before:
        say(f"{job} was asked for like this before; nothing new is said.")
        return
    give(out, again)
    say(
        f"{job} is made again from {begins:.2f} s on with seed {seed}: {left} segments. "
        "A run that goes on makes it, else the same `rushes run` again."
    )
    if anew:
        say(f"Its work was let go: all {result.segments} segments are rendered anew.")


def is_let_go(out: str, result: Result) -> bool:
    """Whether the work behind the result was let go; raises `ManifestUnusable` `let_go` when it
    cannot be made again either, since a file that it was made from is gone."""
    if result.job_id not in let_go_rows(out, [result]):
        return False
    for file in read_sidecar(sidecar_uri(result)).inputs:
        if storage_of(file.uri).stat(file.uri) is None:
            message = (
                f"the work behind {result.job_id} was let go, and {redacted(file.uri)}, which it "
                "was made from, is gone: put it back, then ask again"
            )
            raise ManifestUnusable(CODE, message)
    return True


def finished(out: str, job: str) -> Result:
    """The result of the job; `ManifestUnusable` unless it is done."""
    found = next((result for result in results_so_far(out) if result.job_id == job), None)
    if found is None or found.status != "done":
        message = f"{job} is not finished in {out}: only a video that is there can be retaken"
        raise ManifestUnusable("not_finished", message)
    return found


def where(result: Result, from_s: float) -> tuple[float, int]:
    """The second at which the segment that holds `from_s` begins, and the segments from it on.

    Raises `ManifestUnusable` when the video is shorter.
    """
    if not isfinite(from_s) or frame_at(from_s) >= result.frames:
        message = f"{result.job_id} ends at {result.frames / FPS:.2f} s: name an earlier second"
        raise ManifestUnusable("retake_beyond", message)
    uri = next(file.uri for file in result.deliverables if file.profile == "sidecar")
    chunks = chunks_from_cuts(read_sidecar(uri).cuts_s, result.frames)
    segments = [each for chunk in chunks for each in chunk.segments]
    ahead = [each for each in segments if each.stop > frame_at(from_s)]
    return ahead[0].start / FPS, len(ahead)
