"""A timed script spoken: each cue on its time and within its room, or refused with its miss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from manifests.errors import BadInput
from manifests.job import Job
from model.shapes import FPS
from pipeline.dubbing.cast import Cast, told_of_cast
from pipeline.dubbing.cue_fit import CuePlan, PlacedCue, plan_cues
from pipeline.dubbing.cue_speech import CueSpeaker, SpokenCue
from pipeline.dubbing.cue_track import lay_cues
from pipeline.dubbing.slots import MOST_STRETCH
from pipeline.limits import CueLimits
from pipeline.media.text.lexicon import Lexicon
from pipeline.media.voice.spoken import Spoken
from pipeline.media.voice.voices import Voice
from pipeline.timed_cues import FittedCue, ScriptCue, TimedScript

VERSION = 3
"""Of the way in which timed scripts are spoken; names of finished work hold it."""

SHOWN = 20
"""Cues that one message or warning tells; the sidecar has all."""

_LATE_S = 0.001
"""What a cue may begin late without a word: times are in milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenScript:
    """What was spoken, and how each cue was fitted."""

    spoken: Spoken
    cues: tuple[FittedCue, ...]


def speak_timed(
    script: TimedScript, job: Job, cast: Cast, lexicon: Lexicon, limits: CueLimits, desk: Path
) -> SpokenScript:
    """Write `mix.wav` and `speech.wav` of the cues to `desk`.

    Raises `BadInput`: `cues_late`, `nothing_to_speak`, as `speak_script` does with the cue's
    number; and `Transient`.
    """
    with TemporaryDirectory(dir=desk) as folder:
        speaker = CueSpeaker(cast, lexicon, limits, Path(folder))
        said, plan = _spoken(script, job, speaker)
        if not any(cue.sound.length_s for cue in said):
            message = f"Nothing of the script can be spoken by {cast.own.name}; write words."
            raise BadInput("nothing_to_speak", message)
        refuse_late(script, plan, job)
        sentences = tuple(lay_cues(said, plan, frames_of_script(script, plan, job), desk))
    fitted = tuple(
        fitted_as(cue, each, placed, cast.voice_of(cue.speaker))
        for cue, each, placed in zip(script.cues, said, plan.placed, strict=True)
    )
    warnings = (
        *(warning for cue in said for warning in cue.warnings),
        *told_of_cast(script, job.voices, cast),
        *told_of_fits(fitted),
    )
    spoken = Spoken(
        frames=frames_of_script(script, plan, job),
        sentences=sentences,
        warnings=warnings,
        language=cast.own.languages[0],
        lexicon=lexicon.for_voice(reads_phones=cast.own.reads_phones),
    )
    return SpokenScript(spoken=spoken, cues=fitted)


def _spoken(script: TimedScript, job: Job, speaker: CueSpeaker) -> tuple[list[SpokenCue], CuePlan]:
    """The cues, said as fast as they must be, and where each goes."""
    said = speaker.speak(script.cues, dict.fromkeys(range(len(script.cues)), 1.0))
    starts = [cue.start_s for cue in script.cues]
    overrun = job.cue_fit == "overrun"
    while True:
        sounds = [said[at].sound for at in range(len(starts))]
        plan = plan_cues(starts, end_of_rooms(script, job), sounds, overrun=overrun)
        if not plan.faster:
            return [said[at] for at in range(len(starts))], plan
        said |= speaker.speak(script.cues, plan.faster)


def end_of_rooms(script: TimedScript, job: Job) -> float:
    """Where the last cue must end: with the video where its length is known, else with its own
    time; with `overrun`, a video goes on as long as is needed."""
    if job.target_duration_s is not None:
        return round(job.target_duration_s * FPS) / FPS
    return float("inf") if job.cue_fit == "overrun" else script.cues[-1].stop_s


def refuse_late(script: TimedScript, plan: CuePlan, job: Job) -> None:
    """Raises `BadInput("cues_late")` that tells every cue which cannot be in its room."""
    end_s = end_of_rooms(script, job)
    late = [
        f"{cue.label} needs {placed.fit.length_s:.2f} s and has {placed.room_s:.2f} s: "
        f"{placed.fit.late_s:.2f} s too long"
        for cue, placed in zip(script.cues, plan.placed, strict=True)
        if placed.fit.late_s and (job.cue_fit == "refuse" or placed.ends_s > end_s)
    ]
    if late:
        goal = "the next cue" if job.cue_fit == "refuse" else "the end of the video"
        raise BadInput(
            "cues_late",
            f"{len(late)} of {len(script.cues)} cues are not said before {goal}, without their "
            f"silences, by the fastest voice and with a stretch of {MOST_STRETCH:.0%}: "
            f"{_some(late)}. Shorten their texts, give them more time"
            f"{_way_out(script, late, job)}.",
        )


def _way_out(script: TimedScript, late: Sequence[str], job: Job) -> str:
    last = late[-1].startswith(f"{script.cues[-1].label} ")
    longer = " (the last one up to target_duration_s, if the row has one)"
    let = ", or let them run into the next silence (cue_fit overrun)"
    ended = last and job.target_duration_s is None
    return (longer if ended else "") + (let if job.cue_fit == "refuse" else "")


def frames_of_script(script: TimedScript, plan: CuePlan, job: Job) -> int:
    """How long the video is: as long as its row says, else to the end of the last cue."""
    if job.target_duration_s is not None:
        return max(1, round(job.target_duration_s * FPS))
    last_s = max(script.cues[-1].stop_s, *(placed.ends_s for placed in plan.placed))
    return ceil(round(last_s * FPS, 3))


def fitted_as(cue: ScriptCue, said: SpokenCue, placed: PlacedCue, voice: Voice) -> FittedCue:
    return FittedCue(
        cue=cue,
        voice=voice.name if said.sound.length_s else "",
        begins_s=round(placed.begins_s, 3),
        ends_s=round(placed.ends_s, 3),
        trimmed_s=round(placed.fit.trimmed_s, 3),
        rate=said.sound.rate,
        factor=round(placed.fit.factor, 4),
    )


def told_of_fits(cues: Sequence[FittedCue]) -> Iterator[str]:
    """Warnings of what was done to cues, and of those that begin late."""
    fitted = [f"{each.cue.label} {each.told}" for each in cues if each.told]
    if fitted:
        yield f"cues_fitted: {len(fitted)} of {len(cues)}: {_some(fitted)}"
    late = [
        f"{each.cue.label} {each.begins_s - each.cue.start_s:.2f} s"
        for each in cues
        if each.begins_s - each.cue.start_s > _LATE_S
    ]
    if late:
        yield f"cues_overrun: {len(late)} of {len(cues)} begin late: {_some(late)}"


def _some(told: Sequence[str]) -> str:
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more
