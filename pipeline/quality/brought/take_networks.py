"""What networks that users bring say of a take: how lips and sound go together by SyncNet, and who
it is by ArcFace. The rendered frames flow past twice, first for the face and then for what is shown
of it; only features are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.fingerprint import fingerprint
from model.conditions.face import keypoints_of
from model.shapes import FPS, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import read_pcm
from pipeline.nouns import Reel
from pipeline.quality.brought.face_track import FaceTrack, FaceTracker
from pipeline.quality.brought.feeds import Feed, KeptFeatures, LipWindows, cosines_to, face_item
from pipeline.quality.brought.lip_sync import lip_sync, sound_windows, whole_windows
from pipeline.quality.brought.mfcc import mel_cepstra
from pipeline.quality.brought.opened_backbones import Features, OpenedBackbone
from pipeline.quality.column_statistics import drift, median_of, percentile
from pipeline.quality.figures import Figures, rounded
from pipeline.quality.series import Column
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace

VERSION = 1
"""Of how figures are computed: others are measured anew."""

WHO_EVERY = 24
"""Frames between two looks at who it is, as of the carried encoder."""

LEAST_WINDOWS = FPS
"""Of less than a second SyncNet says nothing: most of what it compares lies beyond the ends."""

Networks = Mapping[str, OpenedBackbone]
Reading = Callable[[], Iterable[Frames]]
"""The frames of a take from the first one on, each time that it is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFigures:
    """Figures of a reel by measure, as they are kept."""

    stored_as: ClassVar[str] = "networkfigures"
    figures: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMedia:
    """What the frames of a take are held against, on this machine."""

    speech: Path
    portrait: Path
    landmarks: Path


def figures_by_networks(
    reel: Reel, reading: Reading, networks: Networks, workspace: Workspace
) -> Figures:
    """Measured, or found as they were measured before; none without networks or a face."""
    if not networks:
        return {}
    name = network_figures_name(reel, networks)
    kept = workspace.find_finished(name, NetworkFigures)
    if kept is None:
        take = reel.take
        with workspace.scratch_dir() as desk:
            media = TakeMedia(
                speech=workspace.fetch(take.speech, desk),
                portrait=workspace.fetch(take.portrait, desk),
                landmarks=workspace.fetch(take.landmarks, desk),
            )
            found = measured_by_networks(reading, media, networks)
        kept = workspace.commit(name, NetworkFigures(figures=tuple(sorted(found.items()))))
    return dict(kept.figures)


def network_figures_name(reel: Reel, networks: Networks) -> str:
    """By all that is looked at and who looks: no name of anything rendered holds it."""
    take = reel.take
    return fingerprint(
        "network figures",
        version=VERSION,
        pieces=[[piece.video.sha256, piece.skip, piece.frames] for piece in reel.pieces],
        take=[take.speech.sha256, take.portrait.sha256, take.landmarks.sha256],
        networks=[[name, network.file.sha256] for name, network in sorted(networks.items())],
    )


def measured_by_networks(reading: Reading, media: TakeMedia, networks: Networks) -> Figures:
    """By the names of the table; none where no frame shows a face."""
    tracker = FaceTracker()
    for frame in _each(reading()):
        tracker.look(frame)
    track = tracker.track()
    if track is None:
        return {}
    lips, who = KeptFeatures(), KeptFeatures()
    items = _sound_items(media.speech, len(track.seen)) if "syncnet_sound" in networks else None
    _show(reading, track, _feeds(networks, lips, who), 0 if items is None else len(items))
    found: dict[str, float] = {}
    if items is not None:
        found |= sync_figures(lips.all(), networks["syncnet_sound"].features(items))
    if "arcface" in networks:
        found |= arcface_figures(_cosines(who.all(), track, media, networks["arcface"]))
    return rounded(found)


def sync_figures(lips: Features, sound: Features) -> dict[str, float]:
    """Of features [windows, width]; none of less than a second."""
    told = lip_sync(lips, sound) if min(len(lips), len(sound)) >= LEAST_WINDOWS else None
    if told is None:
        return {}
    return {
        "sync_confidence": told.confidence,
        "sync_distance": told.distance,
        "sync_offset": float(abs(told.offset)),
    }


def arcface_figures(cosines: Column) -> dict[str, float]:
    """Of the cosines to the portrait, NaN in frames that were not looked at."""
    return {
        "take_arcface": median_of(cosines),
        "take_arcface_p5": percentile(cosines, 5),
        "take_arcface_drift": drift(cosines),
    }


def _feeds(networks: Networks, lips: KeptFeatures, who: KeptFeatures) -> Mapping[str, Feed]:
    takers = {"syncnet_lips": lips.add, "arcface": who.add}
    return {name: Feed(networks[name], take) for name, take in takers.items() if name in networks}


def _show(reading: Reading, track: FaceTrack, feeds: Mapping[str, Feed], windows: int) -> None:
    lips = LipWindows(feeds["syncnet_lips"], windows) if windows else None
    for at, frame in enumerate(_each(reading())):
        if lips is not None:
            lips.push(frame, track.boxes[at])
        if "arcface" in feeds and _is_looked_at(at, track):
            feeds["arcface"].push(face_item(frame, track.points[at]))
    for feed in feeds.values():
        feed.flush()


def _is_looked_at(at: int, track: FaceTrack) -> bool:
    return at % WHO_EVERY == 0 and bool(track.seen[at])


def _cosines(
    vectors: Features, track: FaceTrack, media: TakeMedia, network: OpenedBackbone
) -> Column:
    """Of the frames that were looked at, to the portrait's vector."""
    picture = cv2.imread(str(media.portrait), cv2.IMREAD_COLOR_RGB)
    mesh = np.load(media.landmarks, allow_pickle=False)
    face = face_item(np.asarray(picture, np.uint8), keypoints_of(mesh).astype(np.float64))
    held = network.features(face[None])[0]
    column = np.full(len(track.seen), np.nan, np.float32)
    places = [at for at in range(len(track.seen)) if _is_looked_at(at, track)]
    if places:
        column[places] = cosines_to(held, vectors)
    return column


def _sound_items(speech: Path, frames: int) -> NDArray[np.float32]:
    cepstra = mel_cepstra(_blocks(speech, frames))
    return sound_windows(cepstra, whole_windows(frames, len(cepstra)))


def _blocks(speech: Path, frames: int) -> Iterator[NDArray[np.float64]]:
    """In units of 16-bit samples, ten seconds at once."""
    samples, step = frames * SPEECH_SAMPLES_PER_FRAME, 10 * SPEECH_RATE
    for start in range(0, samples, step):
        yield read_pcm(speech, start, min(start + step, samples))[:, 0].astype(np.float64)


def _each(batches: Iterable[Frames]) -> Iterator[NDArray[np.uint8]]:
    for batch in batches:
        yield from batch
