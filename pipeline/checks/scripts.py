"""A row's script before anything is spoken: which cues may be late, and what will be said otherwise
than it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.problems import Problem
from pipeline.checks.unopened import problem_of, warning_of
from pipeline.dubbing.cast import Cast, cast_of
from pipeline.dubbing.cue_estimate import estimates, told_of_estimates
from pipeline.limits import Limits
from pipeline.media.text.check_script import check_script
from pipeline.media.text.cleaning.plain_script import LINE_END, plain_script
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.reading import Reading, read
from pipeline.media.text.sentences import split_script
from pipeline.media.voice.grades import check_letters
from pipeline.take_sound import fetched_script, lexicon_of_row, voice_of_row
from pipeline.timed_cues import TimedScript
from pipeline.workspace.inputs import fetch_column
from pipeline.workspace.workspace import Workspace

MOST_SENTENCES = 50
"""Sentences of a row that are shown; how many more there are is told."""

_LONGEST_SHOWN = 300


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDifferently:
    """A sentence that is not said as it is written: `where` it stands, and who `reads` it."""

    where: str
    written: str
    said: str
    reads: tuple[str, ...]

    def __str__(self) -> str:
        written, said = self.written[:_LONGEST_SHOWN], self.said[:_LONGEST_SHOWN]
        return f"{self.where}: {written!r} is said {said!r} [{', '.join(self.reads)}]"


def spoken_of(job: Job, workspace: Workspace, limits: Limits) -> Iterator[str]:
    """A line for each sentence of the row that is said otherwise than it is written."""
    if not job.is_spoken:
        return
    try:
        found = list(islice(_differences(job, workspace, limits), 100 * MOST_SENTENCES))
    except BadInput as error:
        yield f"its script cannot be read: {error.message} [{error.code}]"
        return
    yield from map(str, found[:MOST_SENTENCES])
    if len(found) > MOST_SENTENCES:
        yield f"and {len(found) - MOST_SENTENCES} more sentences"


def _differences(job: Job, workspace: Workspace, limits: Limits) -> Iterator[ReadDifferently]:
    lexicon = _lexicon(job, workspace, limits).of_language(job.language)
    for where, script in _texts(job, workspace, limits):
        plain = plain_script(script).replace(LINE_END, "")
        if plain != script:
            named = where or "the script"
            yield ReadDifferently(where=named, written=script, said=plain, reads=("markdown",))
        for number, sentence in enumerate(split_script(script, language=job.language), start=1):
            reading = read(sentence.text, job.language, lexicon)
            if reading.said != sentence.text:
                yield ReadDifferently(
                    where=where or f"sentence {number}",
                    written=sentence.text,
                    said=reading.said,
                    reads=readers_of(reading),
                )


def readers_of(reading: Reading) -> tuple[str, ...]:
    """Who decided how a text is said, in the order of the text."""
    said = [piece for piece in reading.pieces if piece.by != "as_written"]
    found = ["guessed by rules" if piece.guessed else str(piece.by) for piece in said]
    return tuple(dict.fromkeys(found))


def _texts(job: Job, workspace: Workspace, limits: Limits) -> Iterator[tuple[str, str]]:
    """The row's script, or each of its cues with its name."""
    if job.script_uri is None:
        yield "", job.script or ""
        return
    with workspace.scratch_dir() as desk:
        script = fetched_script(job, desk, limits.admission)
    if isinstance(script, str):
        yield "", script
        return
    yield from ((cue.label, cue.said) for cue in script.cues)


def _lexicon(job: Job, workspace: Workspace, limits: Limits) -> Lexicon:
    if job.lexicon_uri is None:
        return EMPTY
    with workspace.scratch_dir() as desk:
        path = fetch_column(job, "lexicon_uri", desk, limits.admission)
        lexicon = lexicon_of_row(path, job)
    return lexicon.for_voice(reads_phones=voice_of_row(job, limits).reads_phones)
