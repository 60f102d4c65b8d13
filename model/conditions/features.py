"""The speech of a take as rows of features, computed window by window while memory stays small, and
the slices of them that a segment hears."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from model.conditions.speech import Sound, SpeechEncoder
from model.conditions.windows import Window, padded, windows
from model.shapes import MOTION_FRAMES, SEGMENT_FRAMES, SPEECH_SAMPLES_PER_FRAME

HEARD_FRAMES = 5
"""A frame hears itself and two frames on each side."""

NOTHING = -1
"""In the place of a row's number: zeros are heard."""

ReadSpeech = Callable[[int, int], Sound]
"""Samples [start, stop) of a take's 16 kHz speech; fewer only where the take ends."""


class Rows(Protocol):
    """Features of a whole take by range: a tensor wrapped, a cache on disk, or `SpeechFeatures`."""

    @property
    def count(self) -> int:
        """Rows there are: the take's frames and its padding."""

    def rows(self, start: int, stop: int) -> Tensor:
        """[stop - start, blocks, channels], 0 <= start < stop <= count."""


@dataclass(frozen=True, slots=True)
class TensorRows:
    """Features that are in memory, [rows, blocks, channels]."""

    features: Tensor

    @property
    def count(self) -> int:
        return len(self.features)

    def rows(self, start: int, stop: int) -> Tensor:
        return self.features[start:stop]


def window_features(read: ReadSpeech, window: Window, encoder: SpeechEncoder) -> Tensor:
    """The window's rows, [stop - start, blocks, channels]."""
    first, last = (at * SPEECH_SAMPLES_PER_FRAME for at in (window.heard_start, window.heard_stop))
    return encoder.encode(read(first, last), window.silence)[window.kept]


def stream(read: ReadSpeech, frames: int, encoder: SpeechEncoder) -> Iterator[Tensor]:
    """The rows of a take of `frames`, a window at a time, in order."""
    for window in windows(frames):
        yield window_features(read, window, encoder)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSamples:
    """What `rows` rows of one window are computed from: samples `start`..`stop` of the take, then
    `silence` frames without sound. The first row's own samples begin `before` samples after
    `start`."""

    start: int
    stop: int
    before: int
    rows: int
    silence: int


@dataclass(slots=True)
class SpeechFeatures:
    """Rows computed when they are asked for; only the last windows used stay in memory."""

    read: ReadSpeech
    frames: int
    encoder: SpeechEncoder
    multiple: int = SEGMENT_FRAMES
    kept_windows: int = 2
    _recent: OrderedDict[Window, Tensor] = field(default_factory=OrderedDict)

    @property
    def count(self) -> int:
        return padded(self.frames, self.multiple)

    def rows(self, start: int, stop: int) -> Tensor:
        """[stop - start, blocks, channels]."""
        parts = [
            self._window(window)[max(start - window.start, 0) : stop - window.start]
            for window in self._windows(start, stop)
        ]
        return torch.cat(parts)

    def hearings(self, start: int, stop: int) -> tuple[FeatureSamples, ...]:
        """All that rows `start`..`stop` depend on, window by window; nothing is computed."""
        return tuple(
            hearing(window, max(start, window.start), min(stop, window.stop), self.encoder.reach)
            for window in self._windows(start, stop)
        )

    def _windows(self, start: int, stop: int) -> Iterator[Window]:
        parts = windows(self.frames, multiple=self.multiple)
        return (part for part in parts if part.start < stop and start < part.stop)

    def _window(self, window: Window) -> Tensor:
        if window not in self._recent:
            self._recent[window] = window_features(self.read, window, self.encoder)
        self._recent.move_to_end(window)
        while len(self._recent) > self.kept_windows:
            self._recent.popitem(last=False)
        return self._recent[window]


def hearing(window: Window, start: int, stop: int, reach: int | None) -> FeatureSamples:
    """What rows `start`..`stop` of the window hear of it, with an encoder of that reach."""
    own = start * SPEECH_SAMPLES_PER_FRAME
    first, last = (at * SPEECH_SAMPLES_PER_FRAME for at in (window.heard_start, window.heard_stop))
    silence = window.silence
    if reach is not None:  # the silence behind the sound is what lies beyond `stop` anyway
        first, end, silence = min(max(own - reach, first), last), last, 0
        last = max(min(stop * SPEECH_SAMPLES_PER_FRAME + reach, end), first)
    return FeatureSamples(
        start=first, stop=last, before=own - first, rows=stop - start, silence=silence
    )


# What frames and segments hear


def frame_windows(take: Rows, start: int, stop: int) -> Tensor:
    """What frames `start`..`stop` hear, [stop - start, 5, blocks, channels]."""
    return _features_at(take, rows_around(start, stop, take.count))


def rows_around(start: int, stop: int, count: int) -> Tensor:
    """The rows that frames `start`..`stop` hear, [stop - start, 5].

    Frame i hears i-2..i+2; an index beyond the take is the take's first or last row, whatever chunk
    or segment the frame belongs to.
    """
    around = torch.arange(start, stop)[:, None] + torch.arange(HEARD_FRAMES) - HEARD_FRAMES // 2
    return around.clamp(0, count - 1)


def range_of(rows: Tensor) -> tuple[int, int]:
    """The first of the rows that are heard, and the one behind the last."""
    return int(rows[rows != NOTHING].min()), int(rows.max()) + 1


def _features_at(take: Rows, rows: Tensor) -> Tensor:
    first, last = range_of(rows)
    features = take.rows(first, last)[(rows - first).clamp(min=0)]
    return features.masked_fill((rows == NOTHING)[..., None, None], 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSpeech:
    """What the segments of one chain hear: rows `start`..`stop` of a take."""

    take: Rows
    start: int
    stop: int
    segment_frames: int = SEGMENT_FRAMES
    motion_frames: int = MOTION_FRAMES

    def segment(self, index: int) -> Tensor:
        """Segment `index` of the chain, [segment frames, 5, blocks, channels]."""
        return _features_at(self.take, self.rows(index))

    def rows(self, index: int) -> Tensor:
        """The rows that segment `index` hears, [segment frames, 5]; `NOTHING` stands for zeros.

        The motion frames in front hear what they heard in the segment before; the first segment's
        hear zeros. A segment that reaches beyond the chain repeats the chain's last window.
        """
        fresh = self.segment_frames - self.motion_frames
        start = self.start + index * fresh
        stop = min(start + fresh, self.stop)
        if not self.start <= start < stop:
            raise IndexError(f"the chain has no segment {index}")
        rows = rows_around(start, stop, self.take.count)
        before = rows_around(start - self.motion_frames, start, self.take.count)
        if start == self.start:
            before = torch.full_like(before, NOTHING)
        tail = rows[-1:].expand(start + fresh - stop, -1)
        return torch.cat([before, rows, tail])
