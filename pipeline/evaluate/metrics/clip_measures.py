"""One clip: read twice, first for its face and what needs none, then for what is shown of the face.
Features flow into moments; frames are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.evaluate.metrics.clip_files import OpenedClip
from pipeline.evaluate.metrics.feeds import FID_SIDE, VideoWindows, expression_item, scaled_to
from pipeline.evaluate.metrics.frechet import FeatureMoments
from pipeline.evaluate.metrics.own_measures import (
    OF_A_PAIR,
    OwnReference,
    OwnTools,
    own_figures,
)
from pipeline.quality.brought.face_track import FaceTrack, FaceTracker
from pipeline.quality.brought.feeds import (
    Feed,
    KeptFeatures,
    LipWindows,
    cosines_to,
    face_item,
    signed_unit,
)
from pipeline.quality.brought.lip_sync import lip_sync, sound_windows, whole_windows
from pipeline.quality.brought.mfcc import mel_cepstra
from pipeline.quality.brought.opened_backbones import Features, OpenedBackbone
from pipeline.quality.looks import Pixels

OF_FRAMES, OF_FACES = ("inception", "i3d"), ("expression",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """What clips are measured with: networks that were brought, by name; what is carried, None
    where it is not wanted or not there; and every how many frames are shown to networks of single
    frames."""

    backbones: Mapping[str, OpenedBackbone]
    own: OwnTools | None
    every: int = 1

    def has(self, *names: str) -> bool:
        return all(name in self.backbones for name in names)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipReference:
    """Of a real clip, for the generated one of its name: the vector of its first face by ArcFace,
    and what our own measures are held against."""

    face: NDArray[np.float64] | None = None
    own: OwnReference | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class MeasuredClip:
    """Figures by their names, moments by network; `unseen` counts frames without a face, None
    where no frame has one."""

    frames: int
    unseen: int | None
    sound: bool
    values: dict[str, float] = field(default_factory=dict)
    moments: dict[str, FeatureMoments] = field(default_factory=dict)
    reference: ClipReference = field(default_factory=ClipReference)


def measured_clip(
    clip: OpenedClip, instruments: Instruments, real: ClipReference | None
) -> MeasuredClip:
    """A real clip (`real` is None) is held against itself, a generated one against `real`, which
    is empty where no real clip has its name. Raises `BadInput` and `Transient` of the file,
    `ManifestUnusable` of a network."""
    tracker, change, moments = FaceTracker(), _Change(), _moments(instruments)
    frames = _look_through(clip, instruments, tracker, change, moments)
    track = tracker.track()
    found = MeasuredClip(
        frames=frames,
        unseen=None if track is None else track.unseen,
        sound=clip.recording is not None,
        moments=moments,
    )
    if change.pairs:
        found.values["temporal flicker"] = 1 - change.total / change.pairs / 255
    if track is None:
        return found
    face = _faces(clip, instruments, track, found, real)
    own = None
    if instruments.own is not None:
        held = None if real is None else real.own
        told = own_figures(clip.frames(), track, instruments.own, held)
        found.values |= told.values
        own = told.reference
        if real is not None and real.own is None:
            found.values.pop(OF_A_PAIR, None)
    found.reference = ClipReference(face=face, own=own)
    return found


def _moments(instruments: Instruments) -> dict[str, FeatureMoments]:
    wanted = (*OF_FRAMES, *OF_FACES)
    return {name: FeatureMoments() for name in wanted if instruments.has(name)}


class _Change:
    """The mean absolute difference of each frame to the one before."""

    def __init__(self) -> None:
        self.total, self.pairs = 0.0, 0
        self._before: Pixels | None = None

    def look(self, frame: Pixels) -> None:
        if self._before is not None:
            apart = np.abs(frame.astype(np.int16) - self._before)
            self.total, self.pairs = self.total + float(apart.mean()), self.pairs + 1
        self._before = frame


def _look_through(
    clip: OpenedClip,
    instruments: Instruments,
    tracker: FaceTracker,
    change: _Change,
    moments: Mapping[str, FeatureMoments],
) -> int:
    """The first reading; the number of frames."""
    feeds = {
        name: Feed(instruments.backbones[name], moments[name].add)
        for name in OF_FRAMES
        if name in moments
    }
    videos = VideoWindows(feeds["i3d"]) if "i3d" in feeds else None
    count = 0
    for frame in clip.frames():
        tracker.look(frame)
        change.look(frame)
        if "inception" in feeds and count % instruments.every == 0:
            feeds["inception"].push(signed_unit(scaled_to(frame, FID_SIDE)))
        if videos is not None:
            videos.push(frame)
        count += 1
    for feed in feeds.values():
        feed.flush()
    return count


def _faces(
    clip: OpenedClip,
    instruments: Instruments,
    track: FaceTrack,
    found: MeasuredClip,
    real: ClipReference | None,
) -> NDArray[np.float64] | None:
    """The second reading, if any network looks at faces; the vector of the first face."""
    if not any(instruments.has(name) for name in ("syncnet_lips", "arcface", "expression")):
        return None
    cepstra = _cepstra(clip, instruments, found.frames)
    who = KeptFeatures()
    lips = KeptFeatures()
    feeds: dict[str, Feed] = {}
    for name, take in (("arcface", who.add), ("syncnet_lips", lips.add)):
        if instruments.has(name):
            feeds[name] = Feed(instruments.backbones[name], take)
    if instruments.has("expression"):
        add = found.moments["expression"].add
        feeds["expression"] = Feed(instruments.backbones["expression"], add)
    _show_faces(clip, track, feeds, instruments.every, len(cepstra))
    if len(cepstra):
        _add_sync(found, lips.all(), instruments.backbones["syncnet_sound"], cepstra)
    vectors = who.all()
    if not len(vectors):
        return None
    held = vectors[0] if real is None or real.face is None else real.face
    if real is None or real.face is not None:
        found.values["CSIM"] = float(cosines_to(held, vectors).mean())
    return np.asarray(vectors[0])


def _show_faces(
    clip: OpenedClip, track: FaceTrack, feeds: Mapping[str, Feed], every: int, windows: int
) -> None:
    lips = LipWindows(feeds["syncnet_lips"], windows) if windows else None
    for index, frame in enumerate(clip.frames()):
        if index >= len(track.seen):
            break
        if lips is not None:
            lips.push(frame, track.boxes[index])
        if not track.seen[index] or (index - track.at) % every:
            continue
        if "arcface" in feeds:
            feeds["arcface"].push(face_item(frame, track.points[index]))
        if "expression" in feeds:
            feeds["expression"].push(expression_item(frame, track.points[index]))
    for feed in feeds.values():
        feed.flush()


def _cepstra(clip: OpenedClip, instruments: Instruments, frames: int) -> NDArray[np.float32]:
    """Items for the sound's half of SyncNet, one for each window; none where there is no sound or
    not both halves."""
    if not instruments.has("syncnet_lips", "syncnet_sound") or clip.recording is None:
        return np.zeros((0, 1, 13, 20), np.float32)
    sound = _CountedSound(clip.sound())
    cepstra = mel_cepstra(sound)
    heard = min(frames, sound.samples // SPEECH_SAMPLES_PER_FRAME)
    return sound_windows(cepstra, whole_windows(heard, len(cepstra)))


class _CountedSound:
    """Blocks of samples, counted as they pass."""

    def __init__(self, blocks: Iterable[NDArray[np.float64]]) -> None:
        self.samples = 0
        self._blocks = blocks

    def __iter__(self) -> Iterator[NDArray[np.float64]]:
        for block in self._blocks:
            self.samples += len(block)
            yield block


def _add_sync(
    found: MeasuredClip, lips: Features, sound: OpenedBackbone, items: NDArray[np.float32]
) -> None:
    told = lip_sync(lips, sound.features(items))
    if told is not None:
        found.values["Sync-C"] = told.confidence
        found.values["Sync-D"] = told.distance
        found.values["Sync offset"] = float(told.offset)
