"""A row's script in its file: read, and its cues estimated, before anything is spoken."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.problems import Problem
from pipeline.checks.unopened import problem_of, warning_of
from pipeline.dubbing.cast import Cast, cast_of
from pipeline.dubbing.cue_estimate import estimates, told_of_estimates
from pipeline.limits import Limits
from pipeline.media.text.check_script import check_script
from pipeline.media.voice.grades import check_letters
from pipeline.take_sound import fetched_script
from pipeline.timed_cues import TimedScript
from pipeline.workspace.workspace import Workspace


def estimated(job: Job, workspace: Workspace, limits: Limits) -> Iterator[Problem]:
    """What is wrong with the row's script in a file, and which cues may be late."""
    if job.script_uri is None:
        return
    try:
        with workspace.scratch_dir() as desk:
            script = fetched_script(job, desk, limits.admission)
        cast = _cast(job, limits)
        if isinstance(script, TimedScript):
            found = estimates(script, job, cast, limits.cues) if cast else []
            for told in told_of_estimates(found):
                yield warning_of(job, "script_uri", told)
        else:
            check_script(script, job.language)
            if cast is not None:
                check_letters(script.splitlines(), cast.own)
    except RushesError as error:
        if error.code == "unread_script" and job.lexicon_uri is not None:
            return  # which may say how those words are spoken
        yield problem_of(job, "script_uri", error)


def _cast(job: Job, limits: Limits) -> Cast | None:
    """None where a voice is missing, which is told of its own column."""
    try:
        return cast_of(job, limits.voices)
    except BadInput:
        return None
