"""What a dubbed row asks of its sound: the slot of its scene, and a bed under the voice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from manifests.job import Job
from pipeline.dubbing.bed import lay_bed
from pipeline.dubbing.retime import retime
from pipeline.dubbing.slots import Fit, plan_fit
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.vad import speech_spans
from pipeline.media.voice.speech import Spoken
from pipeline.nouns import Span


def in_slot(job: Job, frames: int, desk: Path) -> tuple[Fit, tuple[Span, ...]]:
    """Bring `speech.wav` and `mix.wav` (and `vocals.wav`, where there is one) to the length that
    the row asks for, if it does; where somebody speaks then. Raises `BadInput("slot_missed")`."""
    speech, mix, vocals = desk / "speech.wav", desk / "mix.wav", desk / "vocals.wav"
    spans = speech_spans(speech)
    if job.target_duration_s is None:
        return Fit(frames=frames), spans
    fit = plan_fit(frames, spans, job.target_duration_s)
    if fit.changes:
        retime(speech, mix, vocals if vocals.exists() else mix, fit, desk)
    return fit, tuple(map(fit.moved_span, spans))


def told_of_speech(spans: tuple[Span, ...], name: str) -> tuple[str, ...]:
    """A warning where nobody speaks in a recording, perhaps since it is the wrong one."""
    if spans:
        return ()
    return (f"no_speech: nobody speaks in {name}, so the mouth stays shut; is it the right file?",)


def retold(spoken: Spoken, fit: Fit) -> Spoken:
    """What was spoken, at the times where it is in its slot."""
    if not fit.changes:
        return spoken
    sentences = tuple(each.moved(fit.moved) for each in spoken.sentences)
    return replace(spoken, frames=fit.frames, sentences=sentences)


def over_bed(
    bed: Path | None, job: Job, spans: tuple[Span, ...], limits: AudioLimits, desk: Path
) -> tuple[str, ...]:
    """Lay the row's bed under `mix.wav`; `speech.wav`, which drives the lips, stays the clean
    voice. Returns warnings."""
    if bed is None:
        return ()
    return lay_bed(
        bed, name=str(job.bed_uri), mix=desk / "mix.wav", spans=spans, limits=limits, desk=desk
    )
