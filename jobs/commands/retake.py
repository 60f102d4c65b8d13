"""`rushes retake`: a part of a finished video once more, with another seed."""

from __future__ import annotations

from typing import Annotated

import typer

from jobs.console import Out, say
from jobs.instructions.retake_places import RetakePlace
from jobs.instructions.retaking import ask_retake, told_retake
from manifests.errors import ManifestUnusable
from manifests.storage import absolute


def retake_command(
    out: Out,
    job: Annotated[str, typer.Argument(help="Id of a finished job.")],
    from_s: Annotated[
        float | None, typer.Option("--from", help="Second of the video that it holds.", min=0)
    ] = None,
    to_s: Annotated[
        float | None, typer.Option("--to", help="Second behind which it may end; default: none.")
    ] = None,
    words: Annotated[
        str | None, typer.Option(help="Instead: numbers of words, as in 12-18.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Of what is made again; default: a new one.", min=0, max=2**63 - 1),
    ] = None,
) -> None:
    """Ask for a part of a video again with another seed; what is before and behind stays.

    It begins with the segment that holds a second of the video, and ends in a pause behind another
    one; without --to it goes to the end. A run that goes on makes it, else the next one. Exit code
    0: said. 2: the job is not finished, or shorter, or its work was let go and its inputs are gone.
    """
    asked = ask_retake(absolute(out), job, _place(from_s, to_s, words), seed)
    for sentence in told_retake(asked):
        say(sentence)


def _place(from_s: float | None, to_s: float | None, words: str | None) -> RetakePlace:
    if (from_s is None) == (words is None) or (words is not None and to_s is not None):
        message = "say where: --from SECONDS, with --to SECONDS if you like, or --words 12-18"
        raise ManifestUnusable("no_place", message)
    return RetakePlace(from_s=from_s or 0.0, to_s=to_s, words=words or "")
