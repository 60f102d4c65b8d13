"""A segment of the transformer is named by what goes into it, whatever computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from manifests.artifact import Artifact, sha256_of
from model.chain import SegmentPipeline
from model.conditions.face import FaceEmbedding
from model.conditions.logmel import LogMelFeatures
from model.conditions.speech import Sound, SpeechEncoder
from model.segments import Sampling
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS, untrained_tiny
from pipeline.generate import Generator
from pipeline.guests.table import HALLO3_VERSION
from pipeline.hallo3 import renderer
from pipeline.hallo3.prompt import NoPrompts
from pipeline.hallo3.renderer import Hallo3
from pipeline.media.sound.wav import SpeechWriter, read_speech
from pipeline.nouns import Chunk, ChunkProgress, SegmentFile
from pipeline.presets import TINY
from pipeline.renderer import TakeFiles
from pipeline.workspace.workspace import Workspace
from tests.pipeline.animatic.takes import no_phones, take_files

FRAMES = 100
SEED = 7
LOG_MEL = LogMelFeatures(blocks=AUDIO_BLOCKS, channels=AUDIO_CHANNELS)


@dataclass(frozen=True)
class Nudged:
    """An encoder on another kind of processor: every feature differs in its last bit."""

    inner: SpeechEncoder = LOG_MEL
    blocks: int = AUDIO_BLOCKS
    channels: int = AUDIO_CHANNELS

    @property
    def reach(self) -> int | None:
        return self.inner.reach

    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        return nudged(self.inner.encode(sound, silence))


@dataclass(frozen=True)
class HearsAll(Nudged):
    """An encoder that, like wav2vec 2.0, hears everything it is given."""

    @property
    def reach(self) -> None:
        return None

    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        return self.inner.encode(sound, silence) + float(sound.mean())


def nudged(values: Tensor) -> Tensor:
    return torch.nextafter(values, torch.full_like(values, torch.inf))


@dataclass(frozen=True)
class OneFace:
    """The same face in every portrait."""

    weights: str = "none"

    def embed(self, image: NDArray[np.uint8], keypoints: NDArray[np.float32]) -> FaceEmbedding:
        del image, keypoints
        return FaceEmbedding(values=torch.ones(1, FACE_CHANNELS), weights=self.weights)


@pytest.fixture(scope="module")
def networks() -> SegmentPipeline:
    torch.set_num_threads(1)
    return untrained_tiny(32, num_layers=2)


def a_renderer(networks: SegmentPipeline, speech: SpeechEncoder = LOG_MEL) -> Hallo3:
    return Hallo3(
        networks=networks,
        speech=speech,
        face=OneFace(),
        prompts=NoPrompts(tokens=1, channels=32),
        sampling=Sampling(num_inference_steps=1),
    )


def a_take(folder: Path, frames: int = FRAMES) -> TakeFiles:
    """At the size that the networks draw."""
    folder.mkdir(exist_ok=True)
    files = take_files(folder, no_phones(), frames)
    return replace(files, take=replace(files.take, width=32, height=32))


def edited(files: TakeFiles, folder: Path, second: float) -> TakeFiles:
    """The take with a tenth of a second of its speech silenced."""
    samples = read_speech(files.speech)
    samples[int(second * 16_000) : int(second * 16_000) + 1_600] = 0
    path = folder / "edited.wav"
    with SpeechWriter(path) as writer:
        writer.append_speech(samples)
    sound = Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)
    return replace(files, speech=path, take=replace(files.take, speech=sound))


def a_chunk(files: TakeFiles) -> Chunk:
    return Chunk(index=0, start=0, stop=files.take.frames)


def rendered(
    hallo3: Hallo3, files: TakeFiles, workspace: Workspace
) -> tuple[list[SegmentFile], int]:
    """All segments of the take, and how many of them had to be made."""
    shot, made = ChunkProgress(take=files.take, chunk=a_chunk(files), seed=SEED), 0
    generator = Generator(TINY, hallo3)
    while not shot.complete:
        advance = generator(shot, workspace)
        shot, made = advance.shot, made + advance.made
    return list(shot.done), made


def names(hallo3: Hallo3, files: TakeFiles) -> list[str]:
    """The conditions of the segments of a take."""
    chain = hallo3.open(files, a_chunk(files), SEED)
    return [chain.conditions(segment) for segment in chain.chunk.segments]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


@pytest.fixture
def other_processor(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, the portrait on its canvas differs in its last bits."""
    on_canvas = renderer.on_canvas

    def nudged_canvas(picture: NDArray[np.uint8], height: int, width: int) -> Tensor:
        return nudged(on_canvas(picture, height, width))

    return lambda: monkeypatch.setattr(renderer, "on_canvas", nudged_canvas)


def test_another_kind_of_processor_finds_all_segments_and_renders_none(
    networks: SegmentPipeline,
    workspace: Workspace,
    tmp_path: Path,
    other_processor: Callable[[], None],
) -> None:
    files = a_take(tmp_path / "in")
    first, made = rendered(a_renderer(networks), files, workspace)
    assert made == len(first) == 3
    other_processor()
    again, made = rendered(a_renderer(networks, Nudged()), files, workspace)
    assert (again, made) == (first, 0)


def test_the_other_processor_would_have_computed_other_features_and_another_first_state(
    networks: SegmentPipeline, tmp_path: Path, other_processor: Callable[[], None]
) -> None:
    files = a_take(tmp_path / "in")
    one = a_renderer(networks).open(files, a_chunk(files), SEED)
    other_processor()
    other = a_renderer(networks, Nudged()).open(files, a_chunk(files), SEED)
    assert not torch.equal(one.heard.segment(0), other.heard.segment(0))
    assert not np.array_equal(one.start().motion, other.start().motion)


def test_changed_speech_renders_what_heard_it_and_what_comes_behind(
    networks: SegmentPipeline, workspace: Workspace, tmp_path: Path
) -> None:
    files = a_take(tmp_path / "in")
    first, _ = rendered(a_renderer(networks), files, workspace)
    changed, made = rendered(a_renderer(networks), edited(files, tmp_path, 2.6), workspace)
    assert made == 2
    assert changed[0] == first[0]
    assert {done.fingerprint for done in changed[1:]}.isdisjoint(d.fingerprint for d in first)


def test_a_network_that_attends_hears_a_change_anywhere_in_its_window(
    networks: SegmentPipeline, tmp_path: Path
) -> None:
    files, hallo3 = a_take(tmp_path / "in"), a_renderer(networks, HearsAll())
    before, after = names(hallo3, files), names(hallo3, edited(files, tmp_path, 3.76))
    assert set(before).isdisjoint(after)


def test_a_change_leaves_the_windows_that_do_not_hear_it(
    networks: SegmentPipeline, tmp_path: Path
) -> None:
    files, hallo3 = a_take(tmp_path / "in", frames=840), a_renderer(networks, HearsAll())
    before, after = names(hallo3, files), names(hallo3, edited(files, tmp_path, 33.0))
    same = [one == other for one, other in zip(before, after, strict=True)]
    hears_second_window = [segment.stop + 2 > 750 for segment in a_chunk(files).segments]
    assert same == [not hears for hears in hears_second_window]


def test_segments_that_were_named_before_the_schedule_was_exact_are_found() -> None:
    """It moves a sample by less than a processor does (decision 0401), so their names stay."""
    assert HALLO3_VERSION == "hallo3/2"


@pytest.mark.parametrize(
    "change",
    [
        lambda files: replace(files, prompt="A forest"),
        lambda files: replace(files, take=replace(files.take, height=48)),
        lambda files: replace(files, take=replace(files.take, landmarks=files.take.speech)),
        lambda files: replace(files, take=replace(files.take, portrait=files.take.speech)),
    ],
    ids=["prompt", "canvas", "landmarks", "portrait"],
)
def test_what_is_seen_is_in_every_name(
    networks: SegmentPipeline, tmp_path: Path, change: Callable[[TakeFiles], TakeFiles]
) -> None:
    files, hallo3 = a_take(tmp_path / "in"), a_renderer(networks)
    assert set(names(hallo3, files)).isdisjoint(names(hallo3, change(files)))


def test_how_it_is_sampled_is_in_every_name(networks: SegmentPipeline, tmp_path: Path) -> None:
    files, hallo3 = a_take(tmp_path / "in"), a_renderer(networks)
    slower = replace(hallo3, sampling=Sampling(num_inference_steps=1, motion_mask_rate=0.2))
    assert set(names(hallo3, files)).isdisjoint(names(slower, files))
