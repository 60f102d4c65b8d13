"""Both sound files of a timed script: cues at their times, digital silence everywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import (
    MIX_RATE,
    MIX_SAMPLES_PER_FRAME,
    SPEECH_RATE,
    SPEECH_SAMPLES_PER_FRAME,
)
from pipeline.dubbing.cue_fit import CuePlan, PlacedCue
from pipeline.dubbing.cue_speech import QUIET, SpokenCue
from pipeline.dubbing.retime import fitted_cue
from pipeline.media.sound.wav import MixWriter, SpeechWriter, read_pcm
from pipeline.media.voice.spoken import SpokenSentence

_FULL_SCALE_24 = 1 << 23
_HEARD = 4 * QUIET  # in another tempo silence is a little louder
_KAISER = ("kaiser", 9.0)  # images 90 dB down


def lay_cues(
    said: Sequence[SpokenCue], plan: CuePlan, frames: int, desk: Path
) -> Iterator[SpokenSentence]:
    """Write `mix.wav` and `speech.wav` of that many frames to `desk` while the sentences are taken,
    each with its times there."""
    with (
        MixWriter(desk / "mix.wav", channels=1) as mix,
        SpeechWriter(desk / "speech.wav") as speech,
    ):
        track = CueTrack(mix, speech)
        for cue, placed in zip(said, plan.placed, strict=True):
            if not cue.sound.length_s:
                continue
            retimed = fitted_cue(cue.path, placed.fit, cue.lead_s, cue.path.parent)
            at_s = max(0.0, placed.begins_s - cue.lead_s * placed.fit.factor)
            track.lay(retimed, at_s, frames)
            yield from _sentences_at(cue, placed, at_s)
            for path in {retimed, cue.path}:
                path.unlink()
        track.fill(frames)


def _sentences_at(cue: SpokenCue, placed: PlacedCue, at_s: float) -> Iterator[SpokenSentence]:
    def when(time_s: float) -> float:
        return round(at_s + placed.fit.moved(time_s), 3)

    return (sentence.moved(when) for sentence in cue.sentences)


@dataclass(frozen=True, slots=True)
class CueTrack:
    """Cues are laid in order; each fills whole frames of its own, so that an edit of one leaves the
    samples of all others as they are."""

    mix: MixWriter
    speech: SpeechWriter

    def lay(self, sound: Path, at_s: float, end: int) -> None:
        """Lay the mono sound of a cue so that it begins at a time. The near-silence that voices
        leave behind their last sound is cut where it would reach beyond frame `end`; `ValueError`
        where that would cut what is heard."""
        first = max(0, round(at_s * MIX_RATE))
        start = max(first // MIX_SAMPLES_PER_FRAME, self.frames)
        before = max(0, first - start * MIX_SAMPLES_PER_FRAME)
        room = max(0, (end - start) * MIX_SAMPLES_PER_FRAME - before)
        pcm, beyond = np.split(read_pcm(sound)[:, 0], [room])
        if np.abs(beyond).max(initial=0) > _HEARD * _FULL_SCALE_24:
            raise ValueError(f"the cue at {at_s:.3f} s is heard beyond frame {end}")
        frames = -(-(before + len(pcm)) // MIX_SAMPLES_PER_FRAME)
        block = np.zeros(frames * MIX_SAMPLES_PER_FRAME, np.int32)
        block[before : before + len(pcm)] = pcm
        self.fill(start)
        self.mix.append(block[:, None])
        self.speech.append_speech(_for_listeners(block))

    def fill(self, frames: int) -> None:
        """Silence up to a frame."""
        self.mix.pad_to(frames * MIX_SAMPLES_PER_FRAME)
        self.speech.pad_to(frames * SPEECH_SAMPLES_PER_FRAME)

    @property
    def frames(self) -> int:
        return self.mix.samples // MIX_SAMPLES_PER_FRAME


def _for_listeners(block: NDArray[np.int32]) -> NDArray[np.float32]:
    from scipy.signal import resample_poly  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    low = resample_poly(block / _FULL_SCALE_24, SPEECH_RATE, MIX_RATE, window=_KAISER)
    return np.asarray(low, np.float32)
