"""Which sound track of a file is taken, and which channel of many: the one in which somebody
speaks. A bounded part is listened to, so a film of two hours costs what one of ten minutes does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput, Transient
from model.shapes import SPEECH_RATE
from pipeline.media.process import ProgramFailed
from pipeline.media.sound.recording import Recording, as_it_is, float_blocks, recording_of
from pipeline.media.sound.tracks import SoundTracks
from pipeline.media.sound.vad import spoken_s

WINDOW_S = 120.0
WINDOWS = 5
"""So much is listened to at a time, and so often while nobody speaks in any track."""

WINDOW_CHANNELS = 8
"""Of more channels less is listened to at a time, to hold no more in memory."""

LEAST_SPEECH_S = 0.5
NEARLY = 0.8
"""A track with so much of the most speech is as good, and the one that players take comes first."""

SILENT = 10 ** (-60 / 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The recording that is taken, one channel of it or all, and what is told of that."""

    recording: Recording
    only: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened:
    """What was heard in a track: seconds of speech in each channel, and whether there is sound."""

    recording: Recording
    speech_s: tuple[float, ...]
    sounds: bool

    @property
    def most_s(self) -> float:
        return max(self.speech_s, default=0.0)


def choose_track(source: Path, name: str, tracks: SoundTracks, *, voice: bool) -> Choice:
    """For a narration (`voice`) the track with speech; for a bed the first that sounds.

    Raises `BadInput("audio_unreadable")` when none can be decoded after all.
    """
    first = recording_of(source, name, tracks.usable[0])
    unnamed = voice and _is_unnamed(first)
    if len(tracks.usable) == 1 and not unnamed:
        return Choice(recording=first, only=None, warnings=_told_left_out(name, tracks.left_out))
    recordings = [replace(first, header=header) for header in tracks.usable]
    heard, failed = _listened(recordings, voice=voice)
    left_out = (*tracks.left_out, *failed)
    if not heard:
        raise BadInput(
            "audio_unreadable",
            f"no sound track of {name} can be decoded ({'; '.join(left_out)}); export it as WAV.",
        )
    taken = heard[best_of(heard)]
    only = channel_with_speech(taken.speech_s) if _is_unnamed(taken.recording) else None
    told = (*_told_taken(name, taken, tracks.count, only), *_told_left_out(name, left_out))
    return Choice(recording=taken.recording, only=only, warnings=told)


def best_of(heard: Sequence[Listened]) -> int:
    """The first track with nearly the most speech; without any, the first that sounds."""
    most_s = max(each.most_s for each in heard)
    if most_s >= LEAST_SPEECH_S:
        return next(at for at, each in enumerate(heard) if each.most_s >= NEARLY * most_s)
    return next((at for at, each in enumerate(heard) if each.sounds), 0)


def channel_with_speech(speech_s: Sequence[float]) -> int | None:
    """Of the channels of a track; None when nobody speaks in any."""
    most = int(np.argmax(speech_s)) if speech_s else 0
    return most if speech_s and speech_s[most] >= LEAST_SPEECH_S else None


def _is_unnamed(recording: Recording) -> bool:
    """Whether nobody says what its channels are: microphones, most likely."""
    header = recording.header
    return header.channels > 2 and header.layout == f"{header.channels} channels"  # noqa: PLR2004


def _listened(
    recordings: Sequence[Recording], *, voice: bool
) -> tuple[list[Listened], tuple[str, ...]]:
    """Window after window, until somebody speaks (in a bed: until a track sounds)."""
    failed: dict[int, str] = {}
    heard: list[Listened] = []
    for window in range(WINDOWS):
        now = {}
        for recording in recordings:
            number = recording.header.number
            if number not in failed:
                try:
                    now[number] = _listen(recording, window, voice=voice)
                except LookupError:
                    failed[number] = f"track {number}: it cannot be decoded"
        heard = _together(heard, [each for number, each in now.items() if number not in failed])
        if any(each.most_s >= LEAST_SPEECH_S or (each.sounds and not voice) for each in heard):
            break
    return heard, tuple(failed.values())


def _together(before: Sequence[Listened], now: Sequence[Listened]) -> list[Listened]:
    if not before:
        return list(now)
    sounded = {each.recording.header.number for each in before if each.sounds}
    return [
        replace(each, sounds=each.sounds or each.recording.header.number in sounded) for each in now
    ]


def _listen(recording: Recording, window: int, *, voice: bool) -> Listened:
    """Raises `LookupError` where nothing can be decoded from the very start."""
    channels = recording.header.channels
    length_s = WINDOW_S * min(1.0, WINDOW_CHANNELS / channels)
    heard = as_it_is(recording, SPEECH_RATE, ss=window * length_s, t=length_s)
    try:
        with float_blocks(heard, rate=SPEECH_RATE, channels=channels) as blocks:
            sound = np.concatenate([np.zeros((0, channels), np.float32), *blocks])
    except ProgramFailed as failure:
        error = recording.unreadable(failure)
        if isinstance(error, Transient):
            raise error from failure
        raise LookupError from failure
    if not len(sound) and not window:
        raise LookupError
    loud = np.abs(sound).max(axis=0, initial=0.0) >= SILENT
    speech_s = tuple(_speech_of(sound, loud)) if voice else ()
    return Listened(recording=recording, speech_s=speech_s, sounds=bool(loud.any()))


def _speech_of(sound: NDArray[np.float32], loud: NDArray[np.bool_]) -> Iterator[float]:
    for channel, sounds in zip(sound.T, loud, strict=True):
        clean = np.clip(np.nan_to_num(channel), -1.0, 1.0)
        yield spoken_s(np.ascontiguousarray(clean)) if sounds else 0.0


def _told_taken(name: str, taken: Listened, count: int, only: int | None) -> Iterator[str]:
    header = taken.recording.header
    why = "where most is said" if taken.most_s >= LEAST_SPEECH_S else "the first that sounds"
    if count > 1:
        yield (
            f"several_tracks: of the {count} sound tracks of {name} track {header.number} was"
            f" taken, {why}"
        )
    if only is not None:
        yield (
            f"one_channel: the header of {name} does not say what its {header.channels} channels"
            f" are; channel {only + 1}, where most is said, was taken alone"
        )


def _told_left_out(name: str, left_out: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"track_left_out: {each} of {name} cannot be decoded; it was left out" for each in left_out
    )
