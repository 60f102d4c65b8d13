"""Prepare: from a manifest row to a take: clean speech, the delivery mix, the portrait with its
face, the phones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.captions.deliverables import require_words
from pipeline.checks.checked_sounds import kept_sound
from pipeline.dubbing.row import over_bed
from pipeline.dubbing.transcript import transcript_part
from pipeline.limits import Limits
from pipeline.media.picture.best_frame import is_video
from pipeline.media.picture.image import DECODED
from pipeline.media.sound.audio import SOUND
from pipeline.media.text.sentences import parting_of
from pipeline.media.text.spoken_words import READING
from pipeline.media.voice.voices import require_known
from pipeline.nouns import Take
from pipeline.presets import Preset
from pipeline.stage import Resources, StageName
from pipeline.take_portrait import looks_of, plate_part
from pipeline.take_sound import (
    Sound,
    lexicon_of_row,
    ready_sound,
    script_file_parts,
    script_of_row,
    sound_name,
    voice_of_row,
    voices_told,
)
from pipeline.words import FORMAT
from pipeline.workspace.inputs import Inputs, fetch_inputs, nameless
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """The recipe; face, voice and aligner models load on first use in the worker."""

    name: ClassVar[str] = StageName.PREPARE
    needs: ClassVar[Resources] = Resources()
    preset: Preset
    limits: Limits = field(default_factory=Limits)

    def load(self) -> Callable[[Job, Workspace], Take]:
        return partial(prepare, preset=self.preset, limits=self.limits)


def prepare(job: Job, workspace: Workspace, *, preset: Preset, limits: Limits) -> Take:
    """The row's take: the one already made from the same bytes, or a new one."""
    if job.voice is not None and not job.is_spoken:
        require_known(job.voice, limits.voices)
    with workspace.scratch_dir() as desk:
        inputs = fetch_inputs(job, desk, limits.admission)
        name = take_name(job, inputs, preset, limits)
        made = workspace.find_finished(name, Take)
        if made is not None:
            require_words(job, made, workspace, limits)
            return made
        looks = looks_of(job, inputs, preset, limits, workspace)
        sound = _sound_of(job, inputs, limits, workspace, desk)
        bed_warnings = over_bed(inputs.bed, job, sound.spans, limits.audio, desk)
        take = Take(
            fingerprint=name,
            frames=sound.frames,
            width=looks.width,
            height=looks.height,
            speech=workspace.store(desk / "speech.wav", name, "speech.wav"),
            mix=workspace.store(desk / "mix.wav", name, "mix.wav"),
            portrait=looks.portrait,
            landmarks=looks.landmarks,
            phones=workspace.store(desk / "phones.npz", name, "phones.npz"),
            words=workspace.store(desk / "words.json", name, "words.json"),
            head=looks.head,
            spans=sound.spans,
            inputs=inputs.digests,
            voices=voices_told(job, limits),
            vocals="" if job.is_spoken else limits.vocals.sha256,
            warnings=nameless((*looks.warnings, *sound.warnings, *bed_warnings), job),
            plate=looks.plate,
        )
        take = workspace.commit(name, take)
        workspace.sweep_now_and_then()
        require_words(job, take, workspace, limits)
        return take


def _sound_of(job: Job, inputs: Inputs, limits: Limits, workspace: Workspace, desk: Path) -> Sound:
    """The row's sound with its files in `desk`: the one that a check kept, or a new one."""
    lexicon = lexicon_of_row(inputs.lexicon, job)
    script = script_of_row(inputs.script, inputs.source_script, job)
    audio, pronunciations = inputs.digest("audio_uri"), inputs.digest("lexicon_uri")
    name = sound_name(job, audio, pronunciations, limits, inputs.script_digests)
    kept = kept_sound(name, workspace, desk)
    return kept or ready_sound(inputs.narration, lexicon, job, limits, desk, script)


COLUMNS_IN_NAME: Mapping[str, str] = {
    "portrait_uri": "its bytes, and whether it is a video; never where they lie",
    "audio_uri": "the bytes of the recording, and how recordings are read",
    "script": "what is spoken, by whom, by which rules it is read",
    "script_uri": "its bytes, and what kind of file it is",
    "source_script_uri": "its bytes, and what kind of file it is",
    "cue_fit": "of timed scripts: what becomes of late cues",
    "transcript": "what the recording says, and who carries its times over",
    "language": "chooses the voice and who listens",
    "speaker": "chooses among the voices of an engine",
    "voice": "by the digest of the voice that speaks, not by its name alone",
    "voices": "of timed scripts: by the digest of each speaker's voice",
    "lexicon_uri": "the bytes of the pronunciations",
    "framing": "how the portrait meets the canvas",
    "target_duration_s": "the slot that the sound is fitted into",
    "bed_uri": "the bytes of the bed, and how beds are read",
    "deliverables": "whether one shows the whole source picture (`fit = plate`)",
}
"""Columns of a manifest that change a take, and what of them is in its name."""

COLUMNS_NOT_IN_NAME: Mapping[str, str] = {
    "job_id": "names what is delivered",
    "preset": "by what the preset asks of a portrait, so that presets share takes",
    "title": "gives the seed",
    "prompt": "is rendered, and is in the conditions of segments",
    "seed": "is rendered, and is in the names of segments",
    "aspect": "crops the master",
    "continuity": "cuts the take",
    "priority": "changes when a row is worked on",
    "due": "changes when a row is worked on, and its cuts",
    "consent_id": "decides whether a row is made, not what is made of it",
    "consent_expires": "decides whether a row is made, not what is made of it",
    "territories": "decide whether a row is made, not what is made of it",
    "metadata": "is carried through",
}
"""All other columns, and why they change no take."""

LIMITS_IN_NAME: Mapping[str, str] = {
    "audio": "decides which recordings are taken",
    "image": "decides which pictures are taken",
    "hearing": "by who listens to the language",
    "vocals": "by the digest of the network, for recordings",
    "voices": "by the digest of the voice that speaks",
    "cues": "for timed scripts: bound what is done to their speech",
    "plates": "for rows that ask for one of these profiles: their take keeps the whole picture",
}
"""Settings of rows that change a take."""

LIMITS_NOT_IN_NAME: Mapping[str, str] = {
    "fonts": "captions are drawn into the master",
    "captioned": "names profiles whose captions are drawn into the master",
    "admission": "decides which rows are taken, not what is made of them",
}
"""All other settings of rows, and why they change no take."""


def take_name(job: Job, inputs: Inputs, preset: Preset, limits: Limits) -> str:
    """Fingerprint of a take: the bytes of its inputs and what is done to them, not their names.

    Each column and each setting stands in one of the four tables above: a new one is decided on.
    """
    voice = voice_of_row(job, limits) if job.is_spoken else None
    return fingerprint(
        "take",
        files=[*inputs.digests],
        script=job.script,
        voice=[voice.name, voice.digest] if voice else None,
        language=job.language,
        framing=job.framing,
        decoded=DECODED,
        longest_side=preset.longest_side,
        canvas=preset.canvas,
        head_share=preset.head_share,
        limits=[
            asdict(limits.audio),
            asdict(limits.image),
            *(() if job.is_spoken else limits.vocals.part),
        ],
        words=[FORMAT, READING, *(parting_of(job.language) if voice else ())],
        slot_s=job.target_duration_s,
        bed=inputs.bed is not None,
        sound=SOUND if inputs.bed is not None or not job.is_spoken else "",
        video=is_video(job.portrait_uri),
        listener=()
        if job.is_spoken
        else (*limits.hearing.listener(job.language), *transcript_part(job, limits.hearing)),
        **script_file_parts(job, limits, inputs.script_digests),
        **plate_part(job, limits),
    )
