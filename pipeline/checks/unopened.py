"""What a run would refuse of a row, or not use, as far as that is known without opening its
files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.problems import Problem
from pipeline.captions.deliverables import (
    captions_asked,
    is_captioned,
    refuse_captions,
    text_of_script,
)
from pipeline.dubbing.transcript import is_transcribed
from pipeline.limits import Limits
from pipeline.media.fonts import lettering_for
from pipeline.media.text.check_script import check_script
from pipeline.media.voice.grades import check_letters, told_of_grade
from pipeline.media.voice.voices import Voice, choose_voice, require_known
from pipeline.preset_warnings import unused
from pipeline.presets import Preset
from pipeline.timed_cues import is_timed
from pipeline.words import Words
from pipeline.workspace.inputs import admitted, named_files


@dataclass(frozen=True, slots=True)
class Unopened:
    """Looks at rows as their texts stand. Voices are looked up once for each language and name: a
    manifest has many rows and few of those."""

    limits: Limits = field(default_factory=Limits)
    _speakers: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str | None, str | None], Voice | BadInput] = field(default_factory=dict)

    def problems(self, job: Job) -> Iterator[Problem]:
        """Files that the row may not name, voices that there are not, a script that is not text,
        captions that cannot be had."""
        roots = self.limits.admission.roots_for(job)
        for column, uri in named_files(job):
            yield from _refused(job, column, partial(admitted, uri, roots))
        if not job.is_spoken:
            yield from self._of_recording(job)
            return
        yield from self._of_voice(job, "voice", job.voice)
        if is_timed(job.script_uri):
            for name in dict.fromkeys(job.voices.values()):
                yield from self._of_voice(job, "voices", name)
        if job.script is not None:
            yield from self._of_script(job, job.script)

    def _of_voice(self, job: Job, column: str, name: str | None) -> Iterator[Problem]:
        voice = self._voice_of(job, name)
        if isinstance(voice, BadInput):
            yield problem_of(job, column, voice)
            return
        yield from (warning_of(job, column, told) for told in told_of_grade(voice))
        if name is None and job.speaker:
            yield from self._of_speaker(job, voice, job.speaker)

    def _of_speaker(self, job: Job, voice: Voice, speaker: str) -> Iterator[Problem]:
        """Where rows of one speaker are spoken by voices that are not one."""
        own = voice.name.partition(":")[0]
        first = self._speakers.setdefault(speaker.strip().casefold(), voice.name)
        if first.partition(":")[0] != own:
            told = (
                f"speaker_voice: {speaker} is spoken by {voice.name} and elsewhere by {first}; "
                "a name such as `espeak:+f2` in `voice` of all rows keeps one voice"
            )
            yield warning_of(job, "speaker", told)

    def _voice_of(self, job: Job, name: str | None) -> Voice | BadInput:
        asked = (job.language, name, job.speaker)
        if asked not in self._known:
            try:
                self._known[asked] = choose_voice(
                    job.language, name, self.limits.voices, job.speaker
                )
            except BadInput as error:
                self._known[asked] = error
        return self._known[asked]

    def _of_script(self, job: Job, script: str) -> Iterator[Problem]:
        wrong = refusal(lambda: check_script(script, job.language))
        voice = self._voice_of(job, job.voice)
        if wrong is None and job.lexicon_uri is None and not isinstance(voice, BadInput):
            wrong = refusal(lambda: check_letters(script.splitlines(), voice))
        if wrong is not None:
            yield problem_of(job, "script", wrong)
        if is_captioned(job, self.limits):
            fonts = self.limits.fonts
            yield from _refused(
                job, "deliverables", lambda: lettering_for(text_of_script(script), fonts)
            )

    def _of_recording(self, job: Job) -> Iterator[Problem]:
        name = job.voice
        if name is not None:
            yield from _refused(job, "voice", lambda: require_known(name, self.limits.voices))
        if is_transcribed(job, self.limits.hearing):
            text = str(job.transcript)
            yield from _refused(job, "transcript", lambda: check_script(text, job.language))
        elif captions_asked(job, self.limits) and not self.limits.hearing.listener(job.language):
            limits = self.limits
            yield from _refused(job, "deliverables", lambda: refuse_captions(job, Words(), limits))


def unused_columns(job: Job, preset: Preset) -> Iterator[Problem]:
    """Columns that the row fills in and that change nothing: warnings."""
    for column, told in unused(job, preset):
        yield warning_of(job, column, told)


def refusal(look: Callable[[], object]) -> BadInput | None:
    try:
        look()
    except BadInput as error:
        return error
    return None


def _refused(job: Job, column: str, look: Callable[[], object]) -> Iterator[Problem]:
    error = refusal(look)
    if error is not None:
        yield problem_of(job, column, error)


def problem_of(job: Job, column: str, error: RushesError) -> Problem:
    return Problem(
        row=job.row, job_id=job.job_id, column=column, code=error.code, message=error.message
    )


def warning_of(job: Job, column: str, warning: str) -> Problem:
    code, _, message = warning.partition(": ")
    return Problem(
        row=job.row, job_id=job.job_id, column=column, code=code, message=message, warning=True
    )
