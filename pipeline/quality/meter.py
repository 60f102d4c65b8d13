"""Frames on their way into a file, looked at as they pass: nothing holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from pipeline.media.face.face import detail_of
from pipeline.media.face.facemesh import load_mesh
from pipeline.nouns import Segment
from pipeline.quality.figures import eyes_at_seam, segment_figures
from pipeline.quality.looks import (
    NAN,
    NOSE,
    Pixels,
    Points,
    Sitter,
    colour_difference,
    eye_opening,
    face_vector,
    faces_in,
    found_mesh,
    lip_gap,
    smaller,
)
from pipeline.quality.series import SegmentSeries
from pipeline.quality.speech import SpeechCurves, take_speech
from pipeline.renderer import Frames, TakeFiles

if TYPE_CHECKING:
    from model.conditions.face import FaceEncoder

SAMPLED_EVERY, WHO_EVERY = 8, 24
"""Frames between two looks at the colours and at how many faces there are, and at who it is: dlib's
network takes 60 ms, as long as all else of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of a segment: its columns, and its figures by names of the table."""

    series: SegmentSeries
    figures: tuple[tuple[str, float], ...]


class SegmentMeter(Protocol):
    """Who measures the segments of one chain; a segment has the same figures whoever measures it,
    whenever."""

    def measured(
        self, frames: Iterable[Frames], segment: Segment, before: Before
    ) -> MeasuredFrames:
        """The same frames, in order, each looked at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Before:
    """What a segment is held against besides the portrait: the figures of the `first` one of its
    chain, and the `last` frame before it. Nothing of both where a chain begins."""

    first: Mapping[str, float] = field(default_factory=dict)
    last: Pixels | None = None


MeterFactory = Callable[[TakeFiles], SegmentMeter]


def face_meter(files: TakeFiles) -> SegmentMeter:
    """A meter for a take whose portrait has the size of its frames."""
    portrait = cv2.imread(str(files.portrait), cv2.IMREAD_COLOR_RGB)
    if portrait is None:
        raise FileNotFoundError(files.portrait)
    mesh = load_mesh(files.landmarks)
    picture = np.asarray(portrait, np.uint8)
    sitter = Sitter.of(picture, mesh, files.take.head, installed_encoder())
    return FaceMeter(sitter=sitter, spoken=take_speech(files))


@cache
def installed_encoder() -> FaceEncoder | None:
    """dlib's, once a process; None where it is not installed."""
    from model.conditions.dlib_face import DlibFace  # noqa: PLC0415 - slow to load

    try:
        return DlibFace.load()
    except FileNotFoundError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceMeter:
    """Measures the segments of a take by its portrait and its speech."""

    sitter: Sitter
    spoken: SpeechCurves

    def measured(
        self, frames: Iterable[Frames], segment: Segment, before: Before
    ) -> MeasuredFrames:
        return MeasuredFrames(frames, self, segment, before)


@dataclass(slots=True, kw_only=True)
class FrameBefore:
    """What is kept of the frame before the next one."""

    grey: Pixels | None = None
    small: Pixels | None = None
    mesh: Points | None = None
    eyes: float = NAN


class MeasuredFrames(Iterator[Frames]):
    """The frames as they came; `result` is known when all have left, and so is the `last`."""

    def __init__(
        self, frames: Iterable[Frames], meter: FaceMeter, segment: Segment, before: Before
    ) -> None:
        self._frames = iter(frames)
        self._meter = meter
        self._segment = segment
        self._before = before
        self._rows: list[tuple[float, ...]] = []
        self._tail = FrameBefore()
        self.last: Pixels | None = None
        if before.last is not None:
            seen_of_frame(before.last, meter.sitter, self._tail)
        self._eyes_before = self._tail.eyes

    def __next__(self) -> Frames:
        batch = next(self._frames)
        for frame in batch:
            at = len(self._rows)
            self._rows.append(seen_of_frame(frame, self._meter.sitter, self._tail, at=at))
        self.last = batch[-1].copy() if len(batch) else self.last
        return batch

    @property
    def result(self) -> Measured:
        series = SegmentSeries.of(self._rows)
        spoken = self._meter.spoken.between(self._segment.start, self._segment.stop)
        figures = segment_figures(series, spoken, self._meter.sitter.luma, self._before.first)
        figures |= eyes_at_seam(self._eyes_before, series)
        return Measured(series=series, figures=tuple(sorted(figures.items())))


def seen_of_frame(
    frame: Pixels, sitter: Sitter, tail: FrameBefore, *, at: int | None = None
) -> tuple[float, ...]:
    """The numbers of one frame, in the order of `SegmentSeries`; moves the tail on. What is sampled
    is looked at where `at`, its place in the segment, says so."""
    grey = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)
    small = smaller(frame)
    near = sitter.mesh if tail.mesh is None else tail.mesh
    mesh, presence = found_mesh(frame, near, sitter.mesh)
    face = _face_of(mesh, sitter)
    row = (
        presence,
        *face,
        float(small.mean()),
        NAN if tail.grey is None else float(cv2.absdiff(grey, tail.grey).mean()),
        behind_change(small, tail.small, sitter),
        NAN if mesh is None else detail_of(frame, mesh) / sitter.detail,
        *_sampled_of(frame, mesh, small, sitter, at),
    )
    tail.grey, tail.small, tail.mesh, tail.eyes = grey, small, mesh, face[1]
    return row


def behind_change(small: Pixels, before: Pixels | None, sitter: Sitter) -> float:
    """Mean change outside the head since the small frame before; NaN without one, or where the head
    fills the picture."""
    if before is None or not sitter.around.any():
        return NAN
    return float(cv2.absdiff(small, before)[sitter.around].mean())


def _face_of(mesh: Points | None, sitter: Sitter) -> tuple[float, ...]:
    """Lip gap, opening of the eyes, and how far the nose is from its place in the portrait."""
    if mesh is None:
        return NAN, NAN, NAN, NAN
    moved = (mesh[NOSE, :2] - sitter.nose) / sitter.eye_span
    return lip_gap(mesh), eye_opening(mesh), float(moved[0]), float(moved[1])


def _sampled_of(
    frame: Pixels, mesh: Points | None, small: Pixels, sitter: Sitter, at: int | None
) -> tuple[float, float, float]:
    """Faces, the identity distance and the colour difference, each now and then."""
    if at is None or at % SAMPLED_EVERY:
        return NAN, NAN, NAN
    identity = NAN
    who = sitter.encoder if at % WHO_EVERY == 0 else None
    if mesh is not None and who is not None and sitter.vector is not None:
        vector = face_vector(frame, mesh, who)
        identity = float(np.linalg.norm(vector - sitter.vector))
    return float(faces_in(frame)), identity, colour_difference(small, sitter)
