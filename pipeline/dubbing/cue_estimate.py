"""How long the cues of a timed script will probably be: estimated from their letters, unspoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from manifests.job import Job
from pipeline.dubbing.cast import Cast
from pipeline.dubbing.cue_fit import cue_rooms
from pipeline.dubbing.cue_speech import sentences_of_cue
from pipeline.dubbing.slots import LEAST_PAUSE_S, MOST_STRETCH
from pipeline.dubbing.timed_speech import SHOWN, end_of_rooms
from pipeline.limits import CueLimits
from pipeline.media.text.lexicon import EMPTY
from pipeline.media.text.sentences import Sentence
from pipeline.media.text.spoken_length import spoken_length
from pipeline.media.voice.voices import PacedVoice, Voice
from pipeline.timed_cues import ScriptCue, TimedScript

LETTERS_PER_S: Mapping[str, float] = {"en": 17.0}
"""Measured without pauses: piper:joe, by benchmarks/timed_scripts.py."""

USUAL_LETTERS_PER_S = 14.0
SPREAD = 0.3
"""By how much of it a cue may be shorter or longer than estimated; short ones differ most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueEstimate:
    """A cue takes `least_s` to `most_s`, once silences, rate and stretch are used up, and has
    `room_s`."""

    cue: ScriptCue
    least_s: float
    most_s: float
    room_s: float

    def __str__(self) -> str:
        return f"{self.cue.label} {self.least_s:.1f} to {self.most_s:.1f} s for {self.room_s:.1f} s"


def estimates(script: TimedScript, job: Job, cast: Cast, limits: CueLimits) -> list[CueEstimate]:
    """Of all cues in which something is said. Raises `BadInput` as `sentences_of_cue` does."""
    voices = [cast.voice_of(cue.speaker) for cue in script.cues]
    texts = [
        sentences_of_cue(cue, voice, EMPTY) for cue, voice in zip(script.cues, voices, strict=True)
    ]
    rooms = cue_rooms(
        [cue.start_s for cue in script.cues], end_of_rooms(script, job), [bool(t) for t in texts]
    )
    found: list[CueEstimate] = []
    for cue, voice, text, (start_s, stop_s) in zip(script.cues, voices, texts, rooms, strict=True):
        if text:
            length_s = least_length_s(text, voice, limits)
            found.append(
                CueEstimate(
                    cue=cue,
                    least_s=length_s * (1 - SPREAD),
                    most_s=length_s * (1 + SPREAD),
                    room_s=max(0.0, stop_s - start_s),
                )
            )
    return found


def least_length_s(text: Sequence[Sentence], voice: Voice, limits: CueLimits) -> float:
    """The estimated length of a cue with all that may be done to it."""
    language = voice.languages[0]
    pace = LETTERS_PER_S.get(language.partition("-")[0], USUAL_LETTERS_PER_S)
    letters = sum(spoken_length(each.spoken, language) for each in text)
    rate = 1 + limits.most_rate if isinstance(voice, PacedVoice) else 1.0
    pauses_s = LEAST_PAUSE_S * (len(text) - 1)
    return (letters / pace / rate + pauses_s) * (1 - MOST_STRETCH)


def told_of_estimates(found: Sequence[CueEstimate]) -> Iterator[str]:
    """A warning where cues may be late; nothing where all of them should fit."""
    late = [each for each in found if each.least_s > each.room_s]
    open_ = [each for each in found if each.least_s <= each.room_s < each.most_s]
    if not late and not open_:
        return
    some = "; ".join(map(str, [*late, *open_][:SHOWN]))
    yield (
        f"cues_estimated: of {len(found)} cues, by their letters, {len(late)} will hardly be in "
        f"their rooms and {len(open_)} may not, even as fast as may be: {some}; --media speaks "
        "them and decides"
    )
