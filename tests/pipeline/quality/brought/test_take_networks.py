"""SyncNet and ArcFace among the measures of a take: networks with known answers see what was
planted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from manifests.artifact import Artifact, sha256_of
from pipeline.quality.brought.face_track import FaceTracker, lip_crop
from pipeline.quality.brought.opened_backbones import opened_networks
from pipeline.quality.brought.settings import backbones_of_settings
from pipeline.quality.brought.take_networks import (
    NetworkFigures,
    Networks,
    TakeMedia,
    arcface_figures,
    figures_by_networks,
    measured_by_networks,
    network_figures_name,
    sync_figures,
)
from pipeline.quality.measures import MEASURES
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_portrait, a_wav
from tests.noun_builders import a_reel
from tests.pipeline.quality.brought.networks import CODE, coded_networks, option
from tests.tiny_onnx import face_network

FRAMES, WINDOWS, SAMPLES = 60, 55, 640
ENERGY = 18.5
"""Between the log energies of a loud and of a low frame."""

ENDS = 1e-6 * np.sqrt(1024)
"""What is added to each difference, over the 1024 numbers of a vector."""


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A face that is lit as a code says, one frame a digit, and sound that is loud as it says."""

    frames: Frames
    media: TakeMedia
    code: np.ndarray
    folder: Path

    def reading(self) -> Iterator[Frames]:
        yield self.frames[:37]
        yield self.frames[37:]

    def heard_late(self, frames: int) -> TakeMedia:
        """The same clip with its sound moved by frames."""
        speech = a_sound(np.roll(self.code, frames), self.folder / f"moved{frames}.wav")
        return replace(self.media, speech=speech)


def a_sound(code: np.ndarray, path: Path) -> Path:
    noise = np.random.default_rng(3).normal(size=len(code) * SAMPLES)
    pcm = noise * np.repeat(np.where(code, 6000, 60), SAMPLES)
    return a_wav(path, pcm.astype("<i2")[:, None], rate=16_000)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("clip")
    face = cv2.resize(a_portrait()[:300, 80:380], (160, 160))
    code = np.random.default_rng(5).integers(2, size=FRAMES).astype(bool)
    light = np.where(code, 1.0, 0.7)[:, None, None, None]
    cv2.imwrite(str(folder / "portrait.png"), face[..., ::-1])
    tracker = FaceTracker()
    tracker.look(face)
    track = tracker.track()
    assert track is not None
    np.save(folder / "points.npy", track.first)
    media = TakeMedia(
        speech=a_sound(code, folder / "speech.wav"),
        portrait=folder / "portrait.png",
        landmarks=folder / "points.npy",
    )
    frames = (face[None] * light).astype(np.uint8)
    return Clip(frames=frames, media=media, code=code, folder=folder)


@pytest.fixture(scope="module")
def syncnet(clip: Clip) -> Networks:
    """Both halves tell the code: lips from the light, sound from its energy."""
    tracker = FaceTracker()
    tracker.look(clip.frames[int(np.argmax(clip.code))])
    track = tracker.track()
    assert track is not None
    full = float(lip_crop(clip.frames[int(np.argmax(clip.code))], track.boxes[0]).mean())
    named = coded_networks(clip.folder, brightness=full * 0.85, energy=ENERGY)
    return opened_networks(backbones_of_settings(named))


def told_by(code: np.ndarray, heard: np.ndarray) -> tuple[float, float]:
    """Sync-D and Sync-C of two codes, frame by frame, with zeros beyond the ends of the sound."""
    lips, sound = (np.where(each, CODE, -CODE)[2 : 2 + WINDOWS] for each in (code, heard))
    means = []
    for shift in range(-15, 16):
        at = np.arange(WINDOWS) + shift
        there = (at >= 0) & (at < WINDOWS)
        other = np.where(there, sound[np.clip(at, 0, WINDOWS - 1)], 0.0)
        means.append(float(np.abs(lips - other).mean()))
    return min(means), float(np.median(means)) - min(means)


def test_sound_in_its_place_has_no_distance_and_no_offset(clip: Clip, syncnet: Networks) -> None:
    found = measured_by_networks(clip.reading, clip.media, syncnet)
    distance, confidence = told_by(clip.code, clip.code)
    assert distance == 0
    assert found["sync_offset"] == 0
    assert found["sync_distance"] == pytest.approx(ENDS, abs=1e-6)
    assert found["sync_confidence"] == pytest.approx(confidence, abs=1e-3)
    assert set(found) == {"sync_offset", "sync_distance", "sync_confidence"} <= set(MEASURES)


@pytest.mark.parametrize("moved", [3, -5])
def test_sound_that_is_moved_is_seen_by_as_many_frames(
    clip: Clip, syncnet: Networks, moved: int
) -> None:
    found = measured_by_networks(clip.reading, clip.heard_late(moved), syncnet)
    distance, confidence = told_by(clip.code, np.roll(clip.code, moved))
    assert found["sync_offset"] == abs(moved)
    assert found["sync_distance"] == pytest.approx(distance, abs=1e-3)
    assert distance == pytest.approx(CODE * abs(moved) / WINDOWS)  # zeros beyond the end
    assert found["sync_confidence"] == pytest.approx(confidence, abs=1e-3)


def test_sound_of_another_clip_is_far_at_each_shift(clip: Clip, syncnet: Networks) -> None:
    other = np.random.default_rng(11).integers(2, size=FRAMES).astype(bool)
    media = replace(clip.media, speech=a_sound(other, clip.folder / "other.wav"))
    wrong = measured_by_networks(clip.reading, media, syncnet)
    distance, confidence = told_by(clip.code, other)
    assert wrong["sync_distance"] == pytest.approx(distance, abs=1e-3)
    assert wrong["sync_confidence"] == pytest.approx(confidence, abs=1e-3)
    assert confidence < told_by(clip.code, clip.code)[1] / 2


def test_without_a_network_or_a_face_there_is_no_figure(clip: Clip, syncnet: Networks) -> None:
    grey = np.full((30, 160, 160, 3), 90, np.uint8)
    assert measured_by_networks(lambda: iter([grey]), clip.media, syncnet) == {}
    reel = a_reel(clip.folder, clip.frames[:2])
    nobody = Workspace(out=str(clip.folder / "none"), scratch=clip.folder / "scratch")
    assert figures_by_networks(reel, clip.reading, {}, nobody) == {}


def test_of_less_than_a_second_nothing_is_said() -> None:
    features = np.random.default_rng(0).normal(size=(24, 1024))
    assert sync_figures(features, features) == {}
    assert sync_figures(np.ones((25, 1024)), np.ones((25, 1024)))["sync_offset"] == 0


def test_another_face_from_mid_clip_on_is_seen_by_arcface(clip: Clip) -> None:
    """A network of a face's mean colours: the same picture is at 1, one of other colours below."""
    weights = np.eye(3, 512, dtype=np.float32)
    (clip.folder / "face.onnx").write_bytes(face_network(weights))
    told = option("arcface", clip.folder / "face.onnx").partition("=")[2]
    networks = opened_networks(backbones_of_settings({"arcface": told}))
    swapped = np.repeat(clip.frames[clip.code][:1], 49, axis=0)  # looked at in 0, 24 and 48
    swapped[30:, ..., 2] //= 4
    found = measured_by_networks(lambda: iter([swapped]), clip.media, networks)
    assert found["take_arcface"] == 1
    assert found["take_arcface_p5"] < 0.97
    assert "take_arcface_drift" not in found


def test_what_arcface_says_less_and_less_is_told_as_a_drift() -> None:
    cosines = np.full(300, np.nan)
    cosines[::24] = np.linspace(1.0, 0.4, 13)
    found = arcface_figures(cosines)
    assert found["take_arcface"] == pytest.approx(0.7)
    assert found["take_arcface_p5"] == pytest.approx(0.43)
    assert found["take_arcface_drift"] == pytest.approx(0.55 - 0.9, abs=0.03)


def test_figures_are_kept_and_named_by_who_looks_at_what(clip: Clip, syncnet: Networks) -> None:
    def as_kept(path: Path) -> Artifact:
        return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)

    reel = a_reel(clip.folder, clip.frames)
    media = {name: as_kept(getattr(clip.media, name)) for name in ("speech", "portrait")}
    take = replace(reel.take, landmarks=as_kept(clip.media.landmarks), **media)
    reel = replace(reel, take=take)
    workspace = Workspace(out=str(clip.folder / "out"), scratch=clip.folder / "scratch")
    measure = partial(figures_by_networks, reel, networks=syncnet, workspace=workspace)
    found = measure(clip.reading)
    assert found["sync_offset"] == 0
    assert measure(nothing) == found
    name = network_figures_name(reel, syncnet)
    assert workspace.find_finished(name, NetworkFigures) is not None
    moved = replace(reel, take=replace(take, speech=as_kept(clip.heard_late(3).speech)))
    half = {"syncnet_lips": syncnet["syncnet_lips"]}
    others = [network_figures_name(each, net) for each, net in ((moved, syncnet), (reel, half))]
    assert len({name, *others}) == 3


def nothing() -> Iterator[Frames]:
    raise AssertionError("what is kept is not measured again")
