"""The known text of a row's recording: whether its words are taken from it, and why not."""

from __future__ import annotations

from pathlib import Path

from manifests.job import Job
from pipeline.media.recognition import whisperx
from pipeline.media.recognition.align import AlignedSpeech
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.recognition.transcribed import (
    WARPING,
    copying_voice,
    said_in_transcribed,
    why_unused,
)


def has_transcript(job: Job) -> bool:
    """Whether the row has a recording and the text that it says."""
    return not job.is_spoken and job.transcript is not None


def unused_transcript(job: Job, hearing: RecognitionSettings) -> str:
    """The warning of a row whose transcript is left aside; empty where it is used."""
    if not has_transcript(job):
        return ""
    if hearing.engine == whisperx.ENGINE:
        why = f"the settings have {whisperx.ENGINE} listen to recordings"
    else:
        why = why_unused(job.language)
    return f"transcript_unused: {why}, so the words are not taken from it" if why else ""


def is_transcribed(job: Job, hearing: RecognitionSettings) -> bool:
    """Whether the words of the row's recording are those of its transcript."""
    return has_transcript(job) and not unused_transcript(job, hearing)


def transcript_part(job: Job, hearing: RecognitionSettings) -> tuple[str, ...]:
    """What of it is in the name of a take; nothing for rows without one."""
    if not has_transcript(job):
        return ()
    voice = copying_voice(job.language) if is_transcribed(job, hearing) else None
    return (str(job.transcript), *((WARPING, voice.name, voice.digest) if voice else ()))


def said_in_transcript(job: Job, speech: Path) -> AlignedSpeech | None:
    """Words and phones of the recording; raises as `said_in_transcribed`."""
    voice = copying_voice(job.language)
    return None if voice is None else said_in_transcribed(speech, str(job.transcript), voice)
