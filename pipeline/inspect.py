"""The costly half of a manifest check: open what a row names, and say everything that is wrong
with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.problems import Problem
from pipeline.captioning import is_captioned, text_of_script
from pipeline.dubbing import told_of_speech
from pipeline.inputs import admitted, fetch_column, named_files
from pipeline.media.audio import decode_bed
from pipeline.media.fonts import Fonts, lettering_for
from pipeline.media.hearing import said_in_recording
from pipeline.media.scripts import check_script
from pipeline.media.speech import check_lexicon, choose_voice
from pipeline.media.transcript import differences
from pipeline.media.vad import speech_spans
from pipeline.prepare import Limits, lexicon_of_row, ready_narration, ready_picture, ready_voice
from pipeline.presets import Preset
from pipeline.workplace import Workplace

TRANSCRIPT = "transcript"
"""Key of `metadata` under which a row with a recording may carry the text that it should say."""

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Voices:
    """Which voice speaks for a row, looked up once for each language and name: a manifest has many
    rows and few of those; and which of the `fonts` draws what it says."""

    fonts: Fonts = field(default_factory=Fonts)
    _known: dict[tuple[str, str | None], BadInput | None] = field(default_factory=dict)

    def problems(self, job: Job) -> Iterator[Problem]:
        """Problems of a script that no voice of this machine speaks or that is not text; no file is
        opened."""
        if job.script is None:
            return
        asked = (job.language, job.voice)
        if asked not in self._known:
            self._known[asked] = _refusal(choose_voice, *asked)
        no_voice = self._known[asked]
        if no_voice is not None:
            yield _problem(job, "voice", no_voice)
        no_text = _refusal(check_script, job.script, job.language)
        if no_text is not None:
            yield _problem(job, "script", no_text)
        if is_captioned(job):
            no_glyphs = _refusal(lettering_for, text_of_script(job.script), self.fonts)
            if no_glyphs is not None:
                yield _problem(job, "deliverables", no_glyphs)


def _refusal(look: Callable[..., object], *given: object) -> BadInput | None:
    try:
        look(*given)
    except BadInput as error:
        return error
    return None


def outside(job: Job, limits: Limits) -> Iterator[Problem]:
    """Files that the row may not name; none is opened."""
    roots = limits.admission.roots_for(job)
    for column, uri in named_files(job):
        refusal = _refusal(admitted, uri, roots)
        if refusal is not None:
            yield _problem(job, column, refusal)


def inspect(job: Job, place: Workplace, preset: Preset, limits: Limits) -> Iterator[Problem]:
    """Problems of the row's portrait, of its bed, of its narration and of its lexicon, and what a
    run would warn of in its sound."""

    def portrait(desk: Path) -> Iterator[str]:
        path = fetch_column(job, "portrait_uri", desk, limits.admission)
        ready_picture(path, job, preset, limits, desk)
        yield from ()

    def narration(desk: Path) -> Iterator[str]:
        path = fetch_column(job, "audio_uri", desk, limits.admission)
        told = ready_narration(path, job, limits, desk)
        yield from told.warnings
        if not limits.vocals.network:  # with it, the voice is looked for without the music
            yield from told_of_speech(speech_spans(desk / "speech.wav"), str(job.audio_uri))
        if TRANSCRIPT in job.metadata:
            ready_voice(told.frames, limits, desk)
            compare(job, desk / "speech.wav", limits)

    def bed(desk: Path) -> Iterator[str]:
        path = fetch_column(job, "bed_uri", desk, limits.admission)
        ready, mono = desk / "bed.wav", desk / "mono.wav"
        name = str(job.bed_uri)
        told = decode_bed(path, name=name, speech=mono, mix=ready, limits=limits.audio)
        yield from told.warnings

    yield from _tried(job, "portrait_uri", portrait, place)
    if job.bed_uri is not None:
        yield from _tried(job, "bed_uri", bed, place)
    yield from inspect_lexicon(job, place, limits)
    if job.script is None:
        yield from _tried(job, "audio_uri", narration, place)


def inspect_lexicon(job: Job, place: Workplace, limits: Limits) -> Iterator[Problem]:
    """The problem of the row's lexicon, if it has one."""

    def lexicon(desk: Path) -> Iterator[str]:
        path = fetch_column(job, "lexicon_uri", desk, limits.admission)
        found = lexicon_of_row(path, job)
        if job.script is not None:
            check_lexicon(found, choose_voice(job.language, job.voice))
        yield from ()

    if job.lexicon_uri is not None:
        yield from _tried(job, "lexicon_uri", lexicon, place)


def compare(job: Job, speech: Path, limits: Limits) -> None:
    """Listen to a recording whose script is known: `BadInput("script_differs")` names what only
    one of the two has, and `no_recogniser` says that nobody here understands its language."""
    if not limits.hearing.listener(job.language):
        raise BadInput(
            "no_recogniser",
            f"Nobody here understands {job.language!r}, so the recording cannot be held against "
            f"the {TRANSCRIPT} in its metadata; take it out, or set up [hearing] in the settings.",
        )
    said = said_in_recording(speech, speech_spans(speech), job.language, limits.hearing)
    found = differences(job.metadata[TRANSCRIPT], said.words)
    if found:
        told = "; ".join(map(str, found[:SHOWN]))
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise BadInput(
            "script_differs",
            f"The recording and its {TRANSCRIPT} part: {told}{more}. Record what is missing, or "
            f"correct the {TRANSCRIPT}.",
        )


def _tried(
    job: Job, column: str, trial: Callable[[Path], Iterator[str]], place: Workplace
) -> Iterator[Problem]:
    """What the trial warns of, and the problem that it ends with, if it does."""
    found = []
    try:
        with place.desk() as desk:
            for warning in trial(desk):
                found.append(_warned(job, column, warning))  # noqa: PERF401  # kept when it fails
    except RushesError as error:
        found.append(_problem(job, column, error))
    yield from found


def _problem(job: Job, column: str, error: RushesError) -> Problem:
    return Problem(
        row=job.row, job_id=job.job_id, column=column, code=error.code, message=error.message
    )


def _warned(job: Job, column: str, warning: str) -> Problem:
    code, _, message = warning.partition(": ")
    return Problem(
        row=job.row, job_id=job.job_id, column=column, code=code, message=message, warning=True
    )
