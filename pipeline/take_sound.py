"""The sound of a take: what a recording or a script gives, with what is said when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath

from manifests.fingerprint import Value, fingerprint
from manifests.job import Job
from pipeline.captions.timed_script import (
    ScriptFile,
    read_script,
    refuse_beyond,
    with_speakers,
)
from pipeline.dubbing.cast import cast_of
from pipeline.dubbing.row import in_slot, retold, told_of_speech
from pipeline.dubbing.timed_speech import VERSION, speak_timed
from pipeline.dubbing.transcript import (
    is_transcribed,
    said_in_transcript,
    transcript_part,
    unused_transcript,
)
from pipeline.limits import Limits
from pipeline.media.recognition.align import AlignedSpeech
from pipeline.media.recognition.copied import copying_part, said_in_speech
from pipeline.media.recognition.recognise import said_in_recording
from pipeline.media.sound.audio import SOUND, Narration, decode_narration, is_silent
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.vocals import isolate
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.pls import read_any_lexicon
from pipeline.media.text.sentences import parting_of
from pipeline.media.text.spoken_words import READING
from pipeline.media.voice.grades import told_of_grade
from pipeline.media.voice.roster import licence_of
from pipeline.media.voice.speech import Voice, choose_voice, speak_script
from pipeline.nouns import Span
from pipeline.phones import save_phones
from pipeline.timed_cues import TimedScript
from pipeline.words import FORMAT, save_words
from pipeline.workspace.inputs import Admission, fetch_column

MADE = ("speech.wav", "mix.wav", "phones.npz", "words.json")
"""The files of a sound, on the frame grid, before a bed is laid under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """How long the speech and the mix are, and where somebody speaks in them."""

    frames: int
    spans: tuple[Span, ...]
    warnings: tuple[str, ...]


def voice_of_row(job: Job, limits: Limits) -> Voice:
    """Raises `BadInput` as `choose_voice` does."""
    return choose_voice(job.language, job.voice, limits.voices, job.speaker)


def voices_told(job: Job, limits: Limits) -> tuple[str, ...]:
    """The voices of a row that is spoken, with licence and digest, for its sidecar."""
    if not job.is_spoken:
        return ()
    voices = cast_of(job, limits.voices).voices
    return tuple(f"{each.name} ({licence_of(each)}), {each.digest}" for each in voices)


def sound_name(
    job: Job, narration: str, lexicon: str, limits: Limits, scripts: Sequence[str] = ()
) -> str:
    """Fingerprint of a sound: the digests of its inputs ("" for none; `scripts` are those of its
    files of text) and what is done to them."""
    spoken = job.is_spoken
    voice = voice_of_row(job, limits) if spoken else None
    return fingerprint(
        "sound",
        files=[narration, lexicon if spoken else ""],
        script=job.script,
        voice=[voice.name, voice.digest] if voice else None,
        language=job.language,
        limits=[asdict(limits.audio), *(() if spoken else limits.vocals.part)],
        words=[FORMAT, READING, *(words_part(job.language) if voice else ())],
        slot_s=job.target_duration_s,
        sound=SOUND,
        listener=()
        if spoken
        else (*limits.hearing.listener(job.language), *transcript_part(job, limits.hearing)),
        **script_file_parts(job, limits, scripts),
    )


def words_part(language: str) -> tuple[Value, ...]:
    """What names of spoken work hold of how its words are told apart and found."""
    return (*parting_of(language), *copying_part(language))


def script_file_parts(job: Job, limits: Limits, digests: Sequence[str]) -> dict[str, Value]:
    """What names of work hold of a script in a file; nothing where the row has none."""
    if job.script_uri is None:
        return {}
    uris = (job.script_uri, job.source_script_uri or "")
    return {
        "script_files": list(digests),
        "read_as": [PurePosixPath(uri).suffix.lower() for uri in uris],
        "cast": cast_of(job, limits.voices).part,
        "cues": [VERSION, job.cue_fit, *limits.cues.part],
    }


def ready_sound(
    narration: Path | None,
    lexicon: Lexicon,
    job: Job,
    limits: Limits,
    desk: Path,
    script: str | TimedScript = "",
) -> Sound:
    """Write `speech.wav`, `mix.wav`, `phones.npz` and `words.json` from the recording or the
    script (`script_of_row`)."""
    lexicon = lexicon.of_language(job.language)
    if isinstance(script, TimedScript):
        return timed_sound(script, lexicon, job, limits, desk)
    if narration is None:
        return spoken_sound(lexicon, replace(job, script=script or job.script), limits, desk)
    sound = ready_recording(narration, job, limits, desk)
    return _with_words(sound, _said(job, sound, limits, desk / "speech.wav"), desk)


def _said(job: Job, sound: Sound, limits: Limits, speech: Path) -> AlignedSpeech:
    """By the row's transcript where there is one, else what is heard."""
    if sound.spans and is_transcribed(job, limits.hearing):
        known = said_in_transcript(job, speech)
        if known is not None:
            return known
    return said_in_recording(speech, sound.spans, job.language, limits.hearing)


def spoken_sound(lexicon: Lexicon, job: Job, limits: Limits, desk: Path) -> Sound:
    """The script, spoken."""
    speech, voice = desk / "speech.wav", voice_of_row(job, limits)
    spoken = speak_script(
        str(job.script), voice, speech=speech, mix=desk / "mix.wav", lexicon=lexicon
    )
    fit, spans = in_slot(job, spoken.frames, desk)
    sound = Sound(frames=fit.frames, spans=spans, warnings=(*spoken.warnings, *fit.told))
    return _with_words(sound, said_in_speech(retold(spoken, fit), speech), desk)


def timed_sound(
    script: TimedScript, lexicon: Lexicon, job: Job, limits: Limits, desk: Path
) -> Sound:
    """The cues of a timed script, spoken on their times."""
    cast = cast_of(job, limits.voices)
    made = speak_timed(script, job, cast, lexicon, limits.cues, desk)
    spoken, speech = made.spoken, desk / "speech.wav"
    graded = [told for voice in cast.voices for told in told_of_grade(voice)]
    warnings = (*dict.fromkeys(graded), *spoken.warnings)
    sound = Sound(frames=spoken.frames, spans=speech_spans(speech), warnings=warnings)
    said = said_in_speech(spoken, speech)
    return _with_words(sound, replace(said, words=replace(said.words, cues=made.cues)), desk)


def fetched_script(job: Job, desk: Path, admission: Admission) -> str | TimedScript:
    """Read the row's script from its file, which is fetched to `desk`. Raises as `fetch_column`
    and `script_of_row` do."""
    path = fetch_column(job, "script_uri", desk, admission)
    if job.source_script_uri is None:
        return script_of_row(path, None, job)
    return script_of_row(path, fetch_column(job, "source_script_uri", desk, admission), job)


def script_of_row(script: Path | None, source: Path | None, job: Job) -> str | TimedScript:
    """What the row says: its text, or the cues of its file. Raises `BadInput` as `read_script`
    does, and `cues_wrong` for cues beyond the end of the video."""
    if script is None:
        return job.script or ""
    translated = None
    if source is not None:
        translated = ScriptFile(data=source.read_bytes(), name=str(job.source_script_uri))
    file = ScriptFile(data=script.read_bytes(), name=str(job.script_uri))
    found = read_script(file, translated, job.language)
    if isinstance(found, str):
        return found
    refuse_beyond(found, job.target_duration_s)
    return with_speakers(found, job.voices)


def ready_recording(narration: Path, job: Job, limits: Limits, desk: Path) -> Sound:
    """The recording, in its slot, before anybody listens to what it says."""
    told = ready_narration(narration, job, limits, desk)
    voiceless = ready_voice(told.frames, limits, desk)
    fit, spans = in_slot(job, told.frames, desk)
    speechless = () if voiceless else told_of_speech(spans, str(job.audio_uri))
    left_out = unused_transcript(job, limits.hearing)
    unread = (left_out,) if left_out else ()
    warnings = (*told.warnings, *voiceless, *speechless, *unread, *fit.told)
    return Sound(frames=fit.frames, spans=spans, warnings=warnings)


def _with_words(sound: Sound, said: AlignedSpeech, desk: Path) -> Sound:
    """Write what is said when."""
    save_phones(said.phones, desk / "phones.npz")
    save_words(said.words, desk / "words.json")
    if said.phones.source != "energy":
        return sound
    told = "lips_from_loudness: in some of this speech no phones were found"
    return Sound(frames=sound.frames, spans=sound.spans, warnings=(*sound.warnings, told))


def lexicon_of_row(path: Path | None, job: Job) -> Lexicon:
    """The row's pronunciations; `BadInput("lexicon_wrong")` names the lines that are wrong."""
    return EMPTY if path is None else read_any_lexicon(path, name=str(job.lexicon_uri))


def ready_narration(path: Path, job: Job, limits: Limits, desk: Path) -> Narration:
    """Decode a recording to `speech.wav` and `mix.wav`."""
    speech, mix = desk / "speech.wav", desk / "mix.wav"
    name = str(job.audio_uri)
    return decode_narration(path, name=name, speech=speech, mix=mix, limits=limits.audio)


def ready_voice(frames: int, limits: Limits, desk: Path) -> tuple[str, ...]:
    """Make `speech.wav` of the voice alone, if a separator is set; `mix.wav` stays as it is."""
    if not limits.vocals.network:
        return ()
    speech = desk / "speech.wav"
    isolate(desk / "mix.wav", desk / "vocals.wav", speech, limits.vocals, frames=frames)
    if is_silent(speech, limits.audio):
        return ("no_vocals: no voice was found in the recording, so the lips stay closed",)
    return ()
