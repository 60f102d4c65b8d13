"""Conform: 25 frames a second shown at another rate, at the same speed and under the same sound.

Output frame `k` stands for the instant in its middle, (k + 1/2) / rate, as a source frame does for
the middle of its 1/25 s. `nearest` shows the source frame that is on at that instant: each change
of picture then falls on the nearest border of output frames, never more than half an OUTPUT frame
early or late, and each picture is within half a source frame of its instant. All of it is counted
in whole numbers, so nothing adds up over hours. `blend` and `motion` show the instant itself, made
of the two source frames around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from model.shapes import FPS
from pipeline.media.picture.optical_flow import Picture, pictures_between
from pipeline.nouns import FrameList
from pipeline.renderer import Frames

ConformMethod = Literal["nearest", "blend", "motion"]


def frame_list(numbers: Sequence[int], period: int) -> FrameList:
    """The numbers told as a pattern of `period` frames, where they are one and longer than it."""
    first = tuple(number for number in numbers if number < period)
    for held in (None, *numbers[-1:]):
        told = FrameList(count=len(numbers), frames=first, period=period, held=held)
        if len(first) < len(numbers) and first and told.numbers == tuple(numbers):
            return told
    return FrameList(count=len(numbers), frames=tuple(numbers))


@dataclass(frozen=True, kw_only=True)
class ConformPlan:
    """Which of `source_frames` at 25 a second each output frame at `rate` shows."""

    source_frames: int
    rate: Fraction
    method: ConformMethod

    @property
    def frames(self) -> int:
        """As many as cover the sound: ceil(seconds * rate); the last picture is held."""
        return -(-self.source_frames * self.rate.numerator // (FPS * self.rate.denominator))

    @property
    def is_identity(self) -> bool:
        return self.rate == FPS

    def source_of(self, index: int) -> tuple[int, Fraction]:
        """The source frame that output frame `index` shows, and the share of the frame after it."""
        source, part = self._position(index)
        return source, Fraction(part, 2 * self.rate.numerator)

    @cached_property
    def repeated(self) -> tuple[int, ...]:
        """Output frames that show the very picture of the output frame before them."""
        shown = [self._position(index) for index in range(self.frames)]
        return tuple(at for at in range(1, len(shown)) if shown[at] == shown[at - 1])

    @cached_property
    def dropped(self) -> tuple[int, ...]:
        """Source frames that no output frame shows, not even mixed with another."""
        shown = [self._position(index) for index in range(self.frames)]
        seen = {source for source, _ in shown} | {source + 1 for source, part in shown if part}
        return tuple(index for index in range(self.source_frames) if index not in seen)

    @cached_property
    def mixed(self) -> int:
        """How many output frames are made of two source frames."""
        return sum(self._position(index)[1] > 0 for index in range(self.frames))

    @property
    def repeats(self) -> FrameList:
        """`repeated` in short."""
        return frame_list(self.repeated, (self.rate / FPS).numerator)

    @property
    def drops(self) -> FrameList:
        """`dropped` in short."""
        return frame_list(self.dropped, (self.rate / FPS).denominator)

    def _position(self, index: int) -> tuple[int, int]:
        """The source frame, and the share of the one after it in parts of 1 / (2 * numerator)."""
        whole = 2 * self.rate.numerator
        instant = (2 * index + 1) * FPS * self.rate.denominator  # in source frames, times `whole`
        last = self.source_frames - 1
        if self.method == "nearest":
            return min(instant // whole, last), 0
        return divmod(min(max(instant - self.rate.numerator, 0), last * whole), whole)


def plan_conform(frames: int, rate: Fraction, method: ConformMethod) -> ConformPlan:
    """How `frames` at 25 a second are shown at `rate` a second."""
    if frames < 1 or rate <= 0:
        raise ValueError(f"{frames} frames cannot be shown at {rate} a second")
    return ConformPlan(source_frames=frames, rate=rate, method=method)


def conformed(frames: Iterable[Frames], plan: ConformPlan) -> Iterator[Frames]:
    """The frames of the plan, one a batch; of the source's, two are held at most.

    A repeated frame is the same memory again, so none may be written to. At 25 a second they are
    the batches that came. Raises `ValueError` when other than `plan.source_frames` come.
    """
    source = _Window(frames, plan.source_frames)
    if plan.is_identity:
        yield from source.counted()
        return
    for index in range(plan.frames):
        at, share = plan.source_of(index)
        source.move_to(at)
        picture = source.first
        if share:
            picture = _mixed(picture, source.second(), float(share), plan.method)
        shown = picture[None]
        shown.flags.writeable = False
        yield shown
    source.finish()


def _mixed(before: Picture, after: Picture, share: float, method: ConformMethod) -> Picture:
    if method == "motion":
        carried: Picture = pictures_between(before, after, (share,))[0]
        return carried
    blend: Picture = np.asarray(cv2.addWeighted(before, 1 - share, after, share, 0), np.uint8)
    return blend


class _Window:
    """Two frames of a stream: the one that it was moved to, and the one after it."""

    def __init__(self, batches: Iterable[Frames], promised: int) -> None:
        self._batches = batches
        self._promised = promised
        self._came = 0
        self._each = (frame for batch in batches for frame in batch)
        self._held: list[Picture] = []

    @property
    def first(self) -> Picture:
        return self._held[0]

    def second(self) -> Picture:
        if len(self._held) == 1:
            self._held.append(self._next())
        return self._held[1]

    def move_to(self, index: int) -> None:
        while self._came - len(self._held) < index or not self._held:
            if self._held:
                self._held.pop(0)
            if not self._held:
                self._held.append(self._next())

    def finish(self) -> None:
        """Read what no output frame shows; more than was promised is a fault."""
        while self._came < self._promised:
            self._next()
        if next(self._each, None) is not None:
            raise ValueError(f"more than {self._promised} frames came")

    def counted(self) -> Iterator[Frames]:
        for batch in self._batches:
            self._came += len(batch)
            yield batch
        if self._came != self._promised:
            raise ValueError(f"{self._came} frames came, {self._promised} were promised")

    def _next(self) -> Picture:
        frame: Picture | None = next(self._each, None)
        if frame is None:
            raise ValueError(f"{self._came} frames came, {self._promised} were promised")
        self._came += 1
        return frame
