"""Retakes that end, rendered: the chain of before is found under its names, or made under them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from manifests.artifact import Artifact, sha256_of
from pipeline.generate import Generator
from pipeline.nouns import Chunk, ChunkProgress, Retake, Segment
from pipeline.nouns.lines import retaken
from pipeline.nouns.reels import clip_of_shot
from pipeline.presets import ANIMATIC
from pipeline.renderer import RenderedSegment, State, TakeFiles
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_shot

SAID = (
    Retake(at=100, seed=11, to=150),
    Retake(at=60, seed=12, to=120),
    Retake(at=200, seed=13),
    Retake(at=140, seed=14, to=141),
    Retake(at=0, seed=15, to=30),
)
"""One after the other: overlapping ones, one without an end behind them, and further ones."""


@dataclass
class SeededChain:
    """Its state is the seeds of all that was rendered."""

    seed: int
    rendered: list[tuple[int, tuple[int, ...]]]
    width: int = 16
    height: int = 16

    def start(self) -> State:
        return State(done=0, motion=np.array([], np.int64))

    def conditions(self, segment: Segment) -> str:
        return str(segment.index)

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        assert state.done == segment.index
        seeds = np.append(state.motion, self.seed)
        self.rendered.append((segment.index, tuple(map(int, seeds))))
        frames = np.zeros((segment.stop - segment.start, self.height, self.width, 3), np.uint8)
        return RenderedSegment(iter([frames]), lambda: State(done=state.done + 1, motion=seeds))


@dataclass
class SeededRenderer:
    rendered: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> SeededChain:
        del files, chunk
        return SeededChain(seed, self.rendered)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


@pytest.fixture
def shot(tmp_path: Path) -> ChunkProgress:
    """Six segments, the last one short."""
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    file = Artifact(uri=str(path), sha256=sha256_of(path), bytes=5)
    shot = a_shot(Chunk(index=0, start=0, stop=5 * 47 + 9))
    names = ("speech", "portrait", "landmarks", "phones")
    take = replace(shot.take, width=16, height=16, **dict.fromkeys(names, file))  # type: ignore[arg-type]
    return replace(shot, take=take)


def finished(
    shot: ChunkProgress, workspace: Workspace, *, killed: bool = False
) -> tuple[ChunkProgress, list[tuple[int, tuple[int, ...]]]]:
    """The shot when it is complete, and what was rendered for it; `killed`: a new worker for each
    segment, which is told nothing of those that are finished."""
    renderer = SeededRenderer()
    generator, now = Generator(ANIMATIC, renderer), shot
    while not now.complete:
        if killed:
            generator, now = Generator(ANIMATIC, renderer), shot
        now = generator(now, workspace).shot
    return now, renderer.rendered


def seen(shot: ChunkProgress) -> dict[int, str]:
    """The name of the segment that each frame is seen of."""
    clip, frames = clip_of_shot(shot), {}
    for segment, file in zip(clip.chunk.segments, clip.segments, strict=True):
        frames |= dict.fromkeys(range(segment.start, segment.stop), file.fingerprint)
    for head in reversed(clip.heads):
        start = head.segment.index * 47
        frames |= dict.fromkeys(range(start, head.stop), head.segment.fingerprint)
    return frames


@pytest.mark.parametrize("killed", [False, True])
def test_one_retake_after_the_other_renders_what_is_between_and_finds_all_outside(
    workspace: Workspace, shot: ChunkProgress, *, killed: bool
) -> None:
    before, rendered = finished(shot, workspace, killed=killed)
    assert len(rendered) == 6
    for retake in SAID:
        wanted = replace(shot, retakes=retaken(before.retakes, retake))
        now, rendered = finished(wanted, workspace, killed=killed)
        first, stop = retake.at // 47, (retake.to or shot.chunk.stop)
        between = range(first * 47, stop)
        assert {index for index, _ in rendered} == set(range(first, -(-stop // 47)))
        assert all(seeds[-1] == retake.seed for _, seeds in rendered)
        old, new = seen(before), seen(now)
        assert {f for f in new if new[f] != old[f]} == set(between)
        before = now


@pytest.mark.parametrize("said", [1, 3, len(SAID)])
def test_what_was_let_go_is_rendered_anew_under_the_same_names(
    workspace: Workspace, shot: ChunkProgress, said: int
) -> None:
    """Also what is not seen any more of the old chain, which what is behind goes on from."""
    retakes: tuple[Retake, ...] = ()
    for retake in SAID[:said]:
        retakes = retaken(retakes, retake)
        came, _ = finished(replace(shot, retakes=retakes), workspace)
    shutil.rmtree(Path(workspace.out) / "_run")
    again, rendered = finished(replace(shot, retakes=retakes), workspace, killed=True)
    assert [f.fingerprint for f in again.done] == [f.fingerprint for f in came.done]
    assert seen(again) == seen(came)
    assert len(rendered) == len(again.done) == came.cost


def test_a_segment_is_named_by_the_seeds_of_all_that_it_goes_on_from(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    names: dict[str, tuple[int, ...]] = {}
    retakes: tuple[Retake, ...] = ()
    for retake in SAID:
        retakes = retaken(retakes, retake)
        now, _ = finished(replace(shot, retakes=retakes), workspace)
        for file in now.done:
            seeds = tuple(map(int, np.load(file.state.uri)))
            assert names.setdefault(file.fingerprint, seeds) == seeds
            assert len(seeds) == file.index + 1
    assert len(set(names.values())) == len(names)


def test_a_chain_that_is_taken_up_goes_on_with_the_class_that_it_was_begun_on(
    workspace: Workspace, shot: ChunkProgress
) -> None:
    """The one before it is of the old chain, whatever rendered the retake."""
    ends = replace(shot, retakes=(Retake(at=50, seed=11, to=150),))
    renderer = SeededRenderer()
    first = Generator(ANIMATIC, renderer, "first")
    now = ends
    for _ in range(6):
        now = first(now, workspace).shot
    assert now.drawing.inside
    assert not now.goes_on_with("second")
    assert now.before == now.done[0]
    second = Generator(ANIMATIC, renderer, "second")
    assert second(now, workspace).made == 0
    assert second(replace(now, elsewhere=True), workspace).made == 1
