"""A night that only sleeps: the benchmark's chains, and a recipe that makes nouns without files.

In a module of its own, so that workers import it: what `__main__` defines travels with every call
and is another class each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from time import sleep
from typing import Any, ClassVar

from manifests.artifact import Artifact
from manifests.job import Job
from model.shapes import NEW_FRAMES
from pipeline.nouns import (
    Box,
    Chunk,
    ChunkProgress,
    Master,
    Published,
    Reel,
    SegmentFile,
    SegmentProgress,
    Take,
    TakeClips,
)
from pipeline.split import CutList, SplitRequest
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workspace

SEGMENT_S = 0.2
CHAINS, JOBS, SEED = 150, 30, 286
FILE = Artifact(uri="/nowhere/file", sha256="0" * 64, bytes=1)


def chains() -> list[int]:
    """Segments of each chain: log-normal, with a median of 5 and a longest of 30."""
    drawn = random.Random(SEED)  # noqa: S311 - a benchmark's night
    lengths = (drawn.lognormvariate(1.6, 0.95) for _ in range(CHAINS))
    return [max(1, min(30, round(length))) for length in lengths]


def jobs_of(lengths: Sequence[int]) -> list[list[int]]:
    """The chains of each job, dealt out in turn."""
    return [list(lengths[first::JOBS]) for first in range(JOBS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doze:
    """A stage's recipe that makes its noun without files; a segment takes its time."""

    needs: ClassVar[Resources] = Resources()
    name: str
    chains: tuple[int, ...] = ()

    def load(self) -> Callable[[Any, Workspace], object]:
        return self.make

    def make(self, item: Any, workspace: Workspace) -> object:  # noqa: ANN401 - any stage's noun
        del workspace
        match item:
            case Job():
                return a_take(sum(self.chains) * NEW_FRAMES)
            case SplitRequest():
                return CutList(chunks=tuple(cut(self.chains)))
            case ChunkProgress():
                sleep(SEGMENT_S)
                return advance(item)
            case TakeClips(take=take):
                return Reel(take=take, pieces=(), joins=())
        return A_MASTER if self.name == "master" else PUBLISHED


def cut(lengths: Sequence[int]) -> list[Chunk]:
    starts = [sum(lengths[:index]) * NEW_FRAMES for index in range(len(lengths) + 1)]
    pairs = pairwise(starts)
    return [Chunk(index=i, start=start, stop=stop) for i, (start, stop) in enumerate(pairs)]


def advance(shot: ChunkProgress) -> SegmentProgress:
    index = len(shot.done)
    done = SegmentFile(
        fingerprint=f"{shot.chunk.index}-{index}",
        index=index,
        frames=NEW_FRAMES,
        video=FILE,
        state=FILE,
        seconds=SEGMENT_S,
    )
    return SegmentProgress(shot=replace(shot, done=(*shot.done, done)), made=1)


def a_take(frames: int) -> Take:
    files = ("speech", "mix", "portrait", "landmarks", "phones", "words")
    return Take(
        fingerprint="take",
        frames=frames,
        width=64,
        height=64,
        head=Box(left=16, top=16, width=32, height=32),
        spans=(),
        inputs=(),
        warnings=(),
        **dict.fromkeys(files, FILE),
    )


A_MASTER = Master(
    fingerprint="master",
    profile="web",
    file=FILE,
    frames=1,
    fps=25.0,
    width=64,
    height=64,
    duration_s=1.0,
)
PUBLISHED = Published(master=A_MASTER, video=FILE, sidecar=FILE)


def no_checkup() -> tuple[str, str]:
    """A sleeping generator has no device to check: torch would be most of its start."""
    return "sleeper", "sleeper"
