"""Pictures and curves of one job, from its stored work: a poster, strips of frames at its joins,
loudness, the mouth's opening and what drifts."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import numpy as np
import soundfile  # type: ignore[import-untyped]  # the package has no types
from numpy.typing import NDArray
from PIL import Image

from jobs.output.work_records import read_work_record
from jobs.report.collect import MOST_STRIPS
from jobs.report.night import NightCurves, Strip
from jobs.report.sidecars import SidecarTold, segment_starts
from manifests.artifact import Artifact
from manifests.errors import RushesError
from manifests.storage import storage_of
from manifests.storage.uri import S3, local_path
from model.shapes import FPS
from pipeline.media.video import read_frames
from pipeline.nouns import SegmentFile, Take
from pipeline.phones import load_phones
from pipeline.quality.series import SegmentSeries, load_series
from pipeline.quality.speech import speech_curves
from pipeline.quality.versions import Version

POINTS = 1500
"""Of a curve at most: a screen has no more pixels for it."""

POSTER_WIDTH, STRIP_WIDTH = 320, 132
BESIDE = 3
"""Frames of a strip before a join, and as many behind it."""

QUALITY = 82

SHARP_SHARE = 0.9
"""A frame with less detail than this part of the usual is no poster while there is another."""

UNREADABLE = (
    RushesError,
    OSError,
    ValueError,
    KeyError,
    EOFError,
    BadZipFile,
    soundfile.SoundFileError,
)
"""What reading stored work that is gone or damaged ends with: it is left out of the report."""

Picture = NDArray[np.uint8]
Column = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTake:
    """The stored work of a job as far as it is there: its segments with where they begin, in
    seconds of the take, and the places where chains were cut."""

    segments: tuple[tuple[float, SegmentFile], ...]
    cuts_s: tuple[float, ...] = ()
    take: Take | None = None

    @property
    def frames(self) -> int:
        return sum(segment.frames for _, segment in self.segments)


@dataclass(frozen=True, slots=True)
class Desk:
    """Files of the output on this machine: where they are, or fetched into `folder`."""

    folder: Path

    def file(self, artifact: Artifact) -> Path:
        if not artifact.uri.startswith(S3):
            return Path(local_path(artifact.uri))
        path = self.folder / f"{artifact.sha256[:32]}{Path(artifact.uri).suffix}"
        if not path.exists():
            storage_of(artifact.uri).download(artifact.uri, path)
        return path


def stored_take(out: str, sidecar: SidecarTold) -> StoredTake:
    """Of a delivered video; without what was let go, damaged, or written by a version that told
    less."""
    segments = []
    take = None
    with suppress(RushesError):
        take = read_work_record(out, sidecar.fingerprints.take, Take)
        starts = segment_starts(sidecar)
        names = sidecar.segments if len(starts) == len(sidecar.segments) else ()
        for start_s, name in zip(starts, names, strict=False):
            segments.append((start_s, read_work_record(out, name, SegmentFile)))
    cuts = tuple(cut for cut in sidecar.cuts_s if cut > 0)
    return StoredTake(segments=tuple(segments), cuts_s=cuts, take=take)


def refused_take(out: str, refused: Sequence[tuple[float, str]]) -> StoredTake:
    """The segments that gates refused of a job that has no video, by their seconds and names."""
    segments = []
    for at_s, name in refused[:MOST_STRIPS]:
        with suppress(RushesError):
            segments.append((at_s, read_work_record(out, name, SegmentFile)))
    return StoredTake(segments=tuple(segments))


def look_files(key: str, stored: StoredTake, desk: Desk) -> tuple[NightCurves, dict[str, bytes]]:
    """The curves and the pictures by name. What cannot be read
    is left out."""
    series = _each_series(stored, desk)
    pictures: dict[str, bytes] = {}
    strips: list[Strip] = []
    with suppress(*UNREADABLE):
        number, wanted = poster_place(stored, series)
        for frame in _frames(stored, number, [wanted], desk):
            pictures["poster.jpg"] = jpeg(frame, POSTER_WIDTH)
        for strip, content in _strips(stored, desk):
            pictures[strip.name] = content
            strips.append(strip)
    whole = SegmentSeries.joined(series) if series and all(len(s) for s in series) else None
    lines = dict(curve_lines(stored, whole, desk))
    frames = max((len(line) for line in lines.values()), default=0)
    step = max(1, math.ceil(frames / POINTS))
    wave = lines.pop("wave", np.zeros(0))
    curves = NightCurves(
        key=key,
        frames=frames,
        step=step,
        fps=float(FPS),
        wave=tuple(value or 0.0 for value in thinned(wave, step, loudest=True)),
        series={name: thinned(line, step) for name, line in lines.items()},
        strips=tuple(strips),
    )
    return curves, pictures


def curve_lines(
    stored: StoredTake, whole: SegmentSeries | None, desk: Desk
) -> Iterator[tuple[str, Column]]:
    """By name, a number a frame: loudness, what the mouth should do and does, what may drift."""
    take = stored.take
    if take is not None:
        with suppress(*UNREADABLE):
            yield "wave", loudness(desk.file(take.speech), take.frames)
            phones = load_phones(desk.file(take.phones))
            yield "opening", speech_curves(phones, take.spans, take.frames).opening
    if whole is not None and take is not None and len(whole) == take.frames:
        yield "gap", whole.gap
        yield "identity", whole.identity
        yield "colour", whole.colour
        yield "sharpness", whole.detail


def loudness(speech: Path, frames: int) -> Column:
    """Of each frame the loudest sample, of the loudest of all."""
    samples, _ = soundfile.read(speech, dtype="float32")
    each = len(samples) // max(frames, 1)
    peaks = np.abs(samples[: each * frames]).reshape(frames, -1).max(axis=1, initial=0.0)
    return np.asarray(peaks / max(float(peaks.max(initial=0.0)), 1e-6))


def thinned(line: Column, step: int, *, loudest: bool = False) -> tuple[float | None, ...]:
    """One number for each `step` frames: the mean of what was measured, or the loudest."""
    padded = np.append(line, np.full(-len(line) % step, np.nan)).reshape(-1, step)
    known = ~np.isnan(padded)
    sums = np.where(known, padded, 0.0)
    counts = known.sum(axis=1)
    values = sums.max(axis=1) if loudest else sums.sum(axis=1) / np.maximum(counts, 1)
    return tuple(
        round(float(value), 4) if count else None
        for value, count in zip(values, counts, strict=True)
    )


def _each_series(stored: StoredTake, desk: Desk) -> list[SegmentSeries]:
    """Of all segments, or none where one was not measured or cannot be read."""
    found = [segment.series for _, segment in stored.segments]
    try:
        return [load_series(desk.file(each)) for each in found if each] if all(found) else []
    except UNREADABLE:
        return []


def poster_place(stored: StoredTake, series: Sequence[SegmentSeries]) -> tuple[int, int]:
    """The segment and its frame, as sharp as most are, with the eyes the most open and the mouth
    the nearest to closed; where no face was seen, the middle one."""
    if not stored.segments:
        return 0, 0
    whole = SegmentSeries.joined(series)
    seen = np.isfinite(whole.eyes) & np.isfinite(whole.gap)
    if not seen.any():
        number = len(stored.segments) // 2
        return number, stored.segments[number][1].frames // 2
    sharp = whole.detail[seen & np.isfinite(whole.detail)]
    blurred = whole.detail < SHARP_SHARE * (np.median(sharp) if len(sharp) else 0.0)
    score = np.where(seen, whole.eyes - 2 * whole.gap - 10 * blurred, -np.inf)
    best = int(score.argmax())
    ends = np.cumsum([len(part) for part in series])
    number = min(int(np.searchsorted(ends, best, side="right")), len(series) - 1)
    return number, best - int(ends[number]) + len(series[number])


def _strips(stored: StoredTake, desk: Desk) -> Iterator[tuple[Strip, bytes]]:
    """Around each cut, and then around the joins of segments that jump furthest; of segments that
    were refused, of each its course."""
    for at, number in enumerate(strip_places(stored)):
        start_s, segment = stored.segments[number]
        if stored.take is None:
            even = [round(k * (segment.frames - 1) / 5) for k in range(2 * BESIDE)]
            row = list(_frames(stored, number, even, desk))
            kind: Literal["cut", "segment", "refused"] = "refused"
        else:
            before = stored.segments[number - 1][1].frames
            row = list(_frames(stored, number - 1, range(before - BESIDE, before), desk))
            row += _frames(stored, number, range(BESIDE), desk)
            kind = "cut" if is_cut(start_s, stored) else "segment"
        seam = dict(segment.figures).get("seam")
        name = f"strip-{at}.jpg"
        small = [narrowed(frame, STRIP_WIDTH) for frame in row]
        strip = Strip(at_s=start_s, name=name, kind=kind, seam=seam and round(seam, 3))
        yield strip, jpeg(np.concatenate(small, axis=1), 0)


def strip_places(stored: StoredTake) -> list[int]:
    """The numbers of the segments that a strip is made for, in order."""
    if stored.take is None:
        return list(range(len(stored.segments)))
    joins = range(1, len(stored.segments))

    def jump(number: int) -> tuple[bool, float]:
        start_s, segment = stored.segments[number]
        return is_cut(start_s, stored), dict(segment.figures).get("seam", 0.0)

    return sorted(sorted(joins, key=jump, reverse=True)[:MOST_STRIPS])


def is_cut(start_s: float, stored: StoredTake) -> bool:
    return any(abs(cut - start_s) < 0.5 / FPS for cut in stored.cuts_s)


def _frames(
    stored: StoredTake, number: int, wanted: Sequence[int], desk: Desk
) -> Iterator[Picture]:
    """These frames of a segment, in ascending order."""
    if number >= len(stored.segments):
        return
    left, at = [max(0, frame) for frame in wanted], 0
    for batch in read_frames(desk.file(stored.segments[number][1].video)):
        while left and left[0] < at + len(batch):
            yield batch[left.pop(0) - at]
        at += len(batch)
        if not left:
            return


def narrowed(frame: Picture, width: int) -> Picture:
    height = max(1, round(frame.shape[0] * width / frame.shape[1]))
    return np.asarray(Image.fromarray(frame).resize((width, height)))


def jpeg(frame: Picture, width: int) -> bytes:
    """At this width; 0: as it is."""
    file = io.BytesIO()
    shown = narrowed(frame, width) if width else frame
    Image.fromarray(shown).save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def refused_places(versions: Sequence[Version]) -> list[tuple[float, str]]:
    """Where versions were refused, and the names of the segments."""
    return [(v.at_s, v.segment) for v in versions if v.at_s is not None and v.segment]
