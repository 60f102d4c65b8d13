# ruff: noqa: RUF001  # phonetic letters are meant
"""What is said while frames are shown: how far a mouth opens, and where nothing is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS
from pipeline.animatic.coarticulation import mouth_of
from pipeline.animatic.controls import MOUTH_CONTROLS, Control
from pipeline.nouns import Span
from pipeline.phones import SILENCE, Phones, load_phones
from pipeline.renderer import TakeFiles

Curve = NDArray[np.float64]
"""[frames]."""

Frameset = NDArray[np.bool_]
"""[frames]: whether each is meant."""

LIPS_MEET = frozenset({"P", "B", "M", "EM", "p", "b", "m"})
OPEN_VOWELS = frozenset({"AA", "AE", "AY", "AW", "a", "aː", "ɑ", "ɑː", "æ", "ɐ"})
CLOSE_VOWELS = frozenset({"IY", "IH", "Y", "i", "iː", "ɪ", "j", "y", "yː"})
"""ARPAbet in capitals, IPA else."""

BLOCK, BESIDE = 250, 8
"""Frames of a block of curves, and those beside it that smoothing reaches."""

SILENCE_EDGE_S = 0.2
"""Mouths close and open about this long beside what is said."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeechCurves:
    """A take's speech, frame by frame: `opening` from 0 to 1 as the phones ask for, and the frames
    in which something is `said`, in which it has been `silent` for a while, in which the lips
    `meet`, and those of `open_vowels` and `close_vowels`."""

    opening: Curve
    said: Frameset
    silent: Frameset
    meet: Frameset
    open_vowels: Frameset
    close_vowels: Frameset

    def between(self, start: int, stop: int) -> Self:
        """Of frames `start` to `stop`."""
        return type(self)(
            opening=self.opening[start:stop],
            said=self.said[start:stop],
            silent=self.silent[start:stop],
            meet=self.meet[start:stop],
            open_vowels=self.open_vowels[start:stop],
            close_vowels=self.close_vowels[start:stop],
        )


def take_speech(files: TakeFiles) -> SpeechCurves:
    """Of a take with its files on this machine."""
    return speech_curves(load_phones(files.phones), files.take.spans, files.take.frames)


def speech_curves(phones: Phones, spans: Sequence[Span], frames: int) -> SpeechCurves:
    """Of `frames` frames, by their phones and the stretches in which something is said."""
    return SpeechCurves(
        opening=jaw_curve(phones, frames),
        said=within(spans, frames),
        silent=~within((*spans, *spoken(phones)), frames, SILENCE_EDGE_S),
        meet=frames_with(phones, LIPS_MEET, frames),
        open_vowels=frames_with(phones, OPEN_VOWELS, frames),
        close_vowels=frames_with(phones, CLOSE_VOWELS, frames),
    )


def spoken(phones: Phones) -> Iterator[Span]:
    """Each sound that the phones know: the shortest words are no stretch of speech to a detector of
    voices, and mouths move for them."""
    for name, start_s, stop_s in zip(phones.names, phones.start_s, phones.stop_s, strict=True):
        if name != SILENCE:
            yield Span(start_s=float(start_s), stop_s=float(stop_s))


def jaw_curve(phones: Phones, frames: int) -> Curve:
    """How far the phones let the jaw down in each frame; block by block, since each phone is looked
    at in all frames of a block, and an hour has 30,000."""
    blocks = [
        _jaw_between(phones, start, min(start + BLOCK, frames)) for start in range(0, frames, BLOCK)
    ]
    return np.concatenate([*blocks, np.empty(0)])


def _jaw_between(phones: Phones, start: int, stop: int) -> Curve:
    first, last = start - BESIDE, stop + BESIDE
    mouth = mouth_of(phones, first, last, np.zeros((last - first, MOUTH_CONTROLS)))
    return np.asarray(mouth[BESIDE:-BESIDE, Control.JAW])


def within(spans: Sequence[Span], frames: int, edge_s: float = 0.0) -> Frameset:
    """The frames whose middle lies in a span, or at most `edge_s` beside it."""
    middle_s = (np.arange(frames) + 0.5) / FPS
    inside = np.zeros(frames, np.bool_)
    for span in spans:
        inside |= (middle_s >= span.start_s - edge_s) & (middle_s <= span.stop_s + edge_s)
    return inside


def frames_with(phones: Phones, names: frozenset[str], frames: int) -> Frameset:
    """The frame at the middle of each phone that has one of the names."""
    marked = np.zeros(frames, np.bool_)
    middle_s = (phones.start_s + phones.stop_s) / 2
    at = [int(s * FPS) for s, name in zip(middle_s, phones.names, strict=True) if name in names]
    marked[[frame for frame in at if 0 <= frame < frames]] = True
    return marked
