"""What the gates' measures say of a clip: its three segments, and the take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import cv2
import numpy as np

from benchmarks.planted_faults import Said
from model.conditions.face import FaceEmbedding, FaceEncoder, Keypoints
from model.conditions.picture import Picture
from model.shapes import NEW_FRAMES
from pipeline.evaluate.takes import mesh_points
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.wav import SpeechWriter
from pipeline.nouns import Chunk
from pipeline.quality.figures import eyes_at_seam, segment_figures, take_figures
from pipeline.quality.looks import Pixels, Sitter, smaller
from pipeline.quality.meter import Before, FaceMeter, installed_encoder
from pipeline.quality.series import SegmentSeries
from pipeline.quality.speech import SpeechCurves, speech_curves
from pipeline.renderer import Frames, TakeFiles

NOTHING_BEFORE = Before()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The figures of a segment or of the take."""

    span: Literal["segment", "take"]
    figures: Mapping[str, float]


class Remembered:
    """An encoder that looks at the same face in the same picture once: faults leave most frames."""

    def __init__(self, encoder: FaceEncoder) -> None:
        self._encoder = encoder
        self._seen: dict[tuple[bytes, bytes], FaceEmbedding] = {}

    def embed(self, picture: Picture, keypoints: Keypoints) -> FaceEmbedding:
        key = (picture.tobytes(), keypoints.tobytes())
        if key not in self._seen:
            self._seen[key] = self._encoder.embed(picture, keypoints)
        return self._seen[key]


def sitter_of(files: TakeFiles) -> Sitter:
    """Whom the frames of a take are held against."""
    found = installed_encoder()
    encoder = None if found is None else Remembered(found)
    return Sitter.of(portrait_of(files), mesh_points(files.landmarks), files.take.head, encoder)


def portrait_of(files: TakeFiles) -> Pixels:
    picture = cv2.imread(str(files.portrait), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise FileNotFoundError(files.portrait)
    return np.asarray(picture, np.uint8)


def as_other(sitter: Sitter, other: Sitter) -> Sitter:
    """The same picture, of which somebody else's portrait is asked."""
    return replace(sitter, vector=other.vector)


def curves_of(said: Said) -> SpeechCurves:
    """Of what is said, its stretches found as in a night."""
    with TemporaryDirectory() as desk:
        path = Path(desk) / "speech.wav"
        with SpeechWriter(path) as writer:
            writer.append_speech(said.samples)
        return speech_curves(said.phones, speech_spans(path), said.frames)


def series_of_frames(frames: Frames, sitter: Sitter, spoken: SpeechCurves) -> list[SegmentSeries]:
    """What is seen in each segment."""
    meter, last = FaceMeter(sitter=sitter, spoken=spoken), None
    found = []
    for segment in Chunk(index=0, start=0, stop=len(frames)).segments:
        before = NOTHING_BEFORE if last is None else Before(last=last)
        looked_at = meter.measured([frames[segment.start : segment.stop]], segment, before)
        for _ in looked_at:
            pass
        found.append(looked_at.result.series)
        last = frames[segment.stop - 1]
    return found


def by_segment(series: SegmentSeries) -> list[SegmentSeries]:
    """A whole clip's columns, cut as its segments are."""
    cuts = range(0, len(series), NEW_FRAMES)
    names = [each.name for each in fields(SegmentSeries)]
    return [
        SegmentSeries(**{name: getattr(series, name)[at : at + NEW_FRAMES] for name in names})
        for at in cuts
    ]


def luma_of(files: TakeFiles) -> float:
    return float(smaller(portrait_of(files)).mean())


def save_curves(curves: SpeechCurves, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {each.name: getattr(curves, each.name) for each in fields(SpeechCurves)}
    np.savez(path, **columns)


def load_curves(path: Path) -> SpeechCurves:
    with np.load(path, allow_pickle=False) as columns:
        return SpeechCurves(**{name: columns[name] for name in columns.files})


def parts_of(series: Sequence[SegmentSeries], spoken: SpeechCurves, luma: float) -> Iterator[Part]:
    """The figures of each segment, as while it renders, and of the take."""
    first: Mapping[str, float] = {}
    eyes = float("nan")
    for index, each in enumerate(series):
        start = index * NEW_FRAMES
        found = segment_figures(each, spoken.between(start, start + len(each)), luma, first)
        found |= eyes_at_seam(eyes, each)
        first, eyes = first or found, float(each.eyes[-1])
        yield Part(span="segment", figures=found)
    yield Part(span="take", figures=take_figures([series], spoken, luma))
