"""The costly half of a manifest check: open what a row names, speak what it says, and tell
everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.problems import Problem
from manifests.schema import SPEECH_SOURCES
from pipeline.captions.deliverables import captions_asked, refuse_captions
from pipeline.checks.checked_sounds import keep_sound, kept_sound
from pipeline.checks.unopened import problem_of, warning_of
from pipeline.dubbing.row import over_bed
from pipeline.dubbing.transcript import has_transcript
from pipeline.limits import Limits
from pipeline.media.sound.audio import decode_bed
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.transcript import differences
from pipeline.media.voice.speech import check_lexicon
from pipeline.presets import Preset
from pipeline.take_portrait import ready_picture
from pipeline.take_sound import (
    Sound,
    fetched_script,
    lexicon_of_row,
    ready_recording,
    ready_sound,
    sound_name,
    voice_of_row,
)
from pipeline.timed_cues import TimedScript
from pipeline.words import Words, load_words
from pipeline.workspace.inputs import fetch_column, fetched_as, nameless
from pipeline.workspace.workspace import Workspace

TRANSCRIPT = "transcript"
"""Key of `metadata` under which a row with a recording may carry the text that it should say."""

SHOWN = 5

COLUMN_OF = {
    "transcript_other": "transcript",
    "transcript_unspoken": "transcript",
    "slot_missed": "target_duration_s",
    "voices_unused": "voices",
    "speaker_voiceless": "voices",
    "no_words": "deliverables",
    "no_glyphs": "deliverables",
    "no_voice": "voice",
    "unknown_voice": "voice",
    "voice_language": "voice",
    "lexicon_phones": "lexicon_uri",
    "lexicon_wrong": "lexicon_uri",
}
"""Columns to blame for what comes to light in another one's file."""


def anybody(portrait: str) -> Problem | None:
    """Every portrait may be used."""
    del portrait
    return None


def inspect(
    job: Job,
    workspace: Workspace,
    preset: Preset,
    limits: Limits,
    consented: Callable[[str], Problem | None] = anybody,
) -> Iterator[Problem]:
    """Problems of the row's files and of its speech, as a run with this preset would come upon
    them, and what that would warn of. `consented` says why a portrait of that digest may not be
    used."""
    with workspace.scratch_dir() as desk:
        yield from Inspection(job, workspace, preset, limits, desk).problems()
        portrait = fetched_as("portrait_uri", desk)
        refused = consented(sha256_of(portrait)) if portrait.exists() else None
        yield from (refused,) if refused else ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """One row, looked at on a desk of its own."""

    job: Job
    workspace: Workspace
    preset: Preset
    limits: Limits
    desk: Path
    script_read: str | TimedScript = ""

    def problems(self) -> Iterator[Problem]:
        yield from self.tried("portrait_uri", self.portrait)
        lexicons: list[Lexicon] = []
        if self.job.lexicon_uri is not None:
            yield from self.tried("lexicon_uri", lambda: self.lexicon(lexicons))
        sounds: list[Sound] = []
        scripts: list[str | TimedScript] = []
        if self.job.script_uri is not None:
            yield from self.tried("script_uri", lambda: self.script(scripts))
        is_read = self.job.script_uri is None or scripts
        if is_read and (self.job.lexicon_uri is None or lexicons or not self.job.is_spoken):
            lexicon = lexicons[0] if lexicons else EMPTY
            script = scripts[0] if scripts else ""
            yield from replace(self, script_read=script).sound(lexicon, sounds)
        if self.job.bed_uri is not None:
            yield from self.tried("bed_uri", lambda: self.bed(sounds))

    def portrait(self) -> Iterator[str]:
        path = self.fetched("portrait_uri")
        yield from ready_picture(path, self.job, self.preset, self.limits, self.desk).warnings

    def lexicon(self, found: list[Lexicon]) -> Iterator[str]:
        lexicon = lexicon_of_row(self.fetched("lexicon_uri"), self.job)
        if self.job.is_spoken:
            check_lexicon(lexicon, voice_of_row(self.job, self.limits))
        found.append(lexicon)
        yield from ()

    def script(self, found: list[str | TimedScript]) -> Iterator[str]:
        """Read the row's script from its file."""
        found.append(fetched_script(self.job, self.desk, self.limits.admission))
        yield from ()

    def sound(self, lexicon: Lexicon, found: list[Sound]) -> Iterator[Problem]:
        """What is wrong with the speech; where that misses its slot, what else is wrong is looked
        for without one."""
        column = next(name for name in SPEECH_SOURCES if getattr(self.job, name) is not None)
        problems = tuple(self.tried(column, lambda: self.speech(lexicon, found)))
        yield from problems
        if not self.job.is_spoken and any(each.code == "slot_missed" for each in problems):
            free = replace(self, job=replace(self.job, target_duration_s=None))
            told = {(each.code, each.message) for each in problems}
            for each in free.tried(column, lambda: free.speech(lexicon, [])):
                if (each.code, each.message) not in told:
                    yield each

    def speech(self, lexicon: Lexicon, found: list[Sound]) -> Iterator[str]:
        """Make the row's sound, as far as anybody asks for it."""
        job = self.job
        if not job.is_spoken and TRANSCRIPT in job.metadata:
            require_listener(job, self.limits)
        if not job.is_spoken and not self.is_listened_to:
            narration = self.fetched("audio_uri")
            sound = ready_recording(narration, job, self.limits, self.desk)
            yield from sound.warnings
        else:
            sound = self.whole_sound(lexicon)
            yield from sound.warnings
            words = load_words(self.desk / "words.json")
            refuse_captions(job, words, self.limits)
            if not job.is_spoken and TRANSCRIPT in job.metadata:
                compare(job, words)
        found.append(sound)

    @property
    def is_listened_to(self) -> bool:
        """Whether the words of the recording decide anything."""
        known = TRANSCRIPT in self.job.metadata or has_transcript(self.job)
        return known or bool(captions_asked(self.job, self.limits))

    def whole_sound(self, lexicon: Lexicon) -> Sound:
        """The sound with its words: one that was kept, or a new one, which is kept for the run."""
        job = self.job
        narration = None if job.is_spoken else self.fetched("audio_uri")
        name = sound_name(
            job,
            self.digest("audio_uri"),
            self.digest("lexicon_uri"),
            self.limits,
            [self.digest("script_uri"), self.digest("source_script_uri")] if job.script_uri else (),
        )
        kept = kept_sound(name, self.workspace, self.desk)
        if kept is not None:
            return kept
        sound = ready_sound(narration, lexicon, job, self.limits, self.desk, self.script_read)
        unnamed = replace(sound, warnings=nameless(sound.warnings, job))
        keep_sound(unnamed, name, self.workspace, self.desk)
        return sound

    def bed(self, sounds: list[Sound]) -> Iterator[str]:
        """Lay it under the speech, where there is one."""
        path, audio = self.fetched("bed_uri"), self.limits.audio
        if sounds:
            yield from over_bed(path, self.job, sounds[0].spans, audio, self.desk)
            return
        ready, mono = self.desk / "bed.wav", self.desk / "mono.wav"
        name = str(self.job.bed_uri)
        yield from decode_bed(path, name=name, speech=mono, mix=ready, limits=audio).warnings

    def digest(self, column: str) -> str:
        """Of a file that was fetched; "" without one."""
        path = fetched_as(column, self.desk)
        return sha256_of(path) if path.exists() else ""

    def fetched(self, column: str) -> Path:
        return fetch_column(self.job, column, self.desk, self.limits.admission)

    def tried(self, column: str, trial: Callable[[], Iterator[str]]) -> Iterator[Problem]:
        """What the trial warns of, and the problem that it ends with, if it does."""
        try:
            for warning in trial():
                yield warning_of(self.job, column, warning)
        except RushesError as error:
            yield problem_of(self.job, COLUMN_OF.get(error.code, column), error)


def require_listener(job: Job, limits: Limits) -> None:
    """Raises `BadInput("no_recogniser")` where nobody here understands a recording whose text is
    known."""
    if not limits.hearing.listener(job.language):
        raise BadInput(
            "no_recogniser",
            f"Nobody here understands {job.language!r}, so the recording cannot be held against "
            f"the {TRANSCRIPT} in its metadata; take it out, or set up [hearing] in the settings.",
        )


def compare(job: Job, words: Words) -> None:
    """Hold a recording against its script: `BadInput("script_differs")` names what only one of the
    two has."""
    found = differences(job.metadata[TRANSCRIPT], words)
    if found:
        told = "; ".join(map(str, found[:SHOWN]))
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise BadInput(
            "script_differs",
            f"The recording and its {TRANSCRIPT} part: {told}{more}. Record what is missing, or "
            f"correct the {TRANSCRIPT}.",
        )
