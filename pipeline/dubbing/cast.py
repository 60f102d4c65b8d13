"""Who speaks which cue of a timed script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from manifests.errors import BadInput
from manifests.fingerprint import Value
from manifests.job import Job
from manifests.problems import shown
from pipeline.media.voice.speech import choose_voice
from pipeline.media.voice.voices import Voice
from pipeline.timed_cues import TimedScript, is_timed

_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The row's own voice, and those of speakers by their names in small letters."""

    own: Voice
    by_speaker: Mapping[str, Voice] = field(default_factory=dict)

    def voice_of(self, speaker: str) -> Voice:
        return self.by_speaker.get(speaker.casefold(), self.own)

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Each once."""
        all_of_them = (self.own, *self.by_speaker.values())
        return tuple({voice.name: voice for voice in all_of_them}.values())

    @property
    def part(self) -> list[Value]:
        """What of it is in names of finished work."""
        voices = sorted(self.by_speaker.items())
        return [[speaker, voice.name, voice.digest] for speaker, voice in voices]


def cast_of(job: Job, given: Sequence[Voice] = ()) -> Cast:
    """Only cues have speakers. Raises `BadInput` as `choose_voice` does, with the one's name."""
    asked = job.voices if is_timed(job.script_uri) else {}
    return Cast(
        own=choose_voice(job.language, job.voice, given, job.speaker),
        by_speaker={
            speaker.strip().casefold(): _voice_of(speaker, name, job, given)
            for speaker, name in asked.items()
        },
    )


def _voice_of(speaker: str, name: str, job: Job, given: Sequence[Voice]) -> Voice:
    try:
        return choose_voice(job.language, name, given)
    except BadInput as error:
        raise BadInput(error.code, f"The voice of {shown(speaker)}: {error.message}") from error


def told_of_cast(script: TimedScript, voices: Mapping[str, str], cast: Cast) -> Iterator[str]:
    """Warnings of speakers without a voice of their own, and of voices that nobody is given."""
    speakers = dict.fromkeys(cue.speaker for cue in script.cues if cue.speaker)
    voiceless = [name for name in speakers if name.casefold() not in cast.by_speaker]
    if voiceless:
        names = ", ".join(voiceless[:_SHOWN])
        yield (
            f"speaker_voiceless: {names}: taken for names of speakers, which are not said; spoken "
            f"by {cast.own.name}; name them in `voices`"
        )
    there = {name.casefold() for name in speakers}
    idle = [name for name in voices if name.strip().casefold() not in there]
    if idle:
        yield f"voices_unused: {', '.join(idle[:_SHOWN])}: no cue names such a speaker"
