"""Stages that make a few bytes in place of pictures, by the same records as the real ones; publish
is the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from benchmarks.nights.chaos_world import World, bits
from manifests.artifact import Artifact
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.delivery.encode import MasterRequest
from pipeline.nouns import (
    Box,
    Chunk,
    ChunkProgress,
    Master,
    Piece,
    Reel,
    SegmentFile,
    SegmentProgress,
    Take,
    TakeClips,
)
from pipeline.publish import publish
from pipeline.split import CutList, SplitRequest
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workspace

CHUNK_FRAMES = 140


@dataclass(frozen=True, slots=True)
class Simulated:
    """The recipe of a stage by its name."""

    needs: ClassVar[Resources] = Resources()
    name: str
    world: World

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Simulated) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def load(self) -> Callable[[Any, Workspace], object]:
        if self.name == "generate":
            return lambda shot, place: advance(shot, place, self.world)
        return STAGES[self.name]


def kept(workspace: Workspace, name: str, file: str, content: bytes) -> Artifact:
    with workspace.scratch_dir() as desk:
        (desk / file).write_bytes(content)
        return workspace.store(desk / file, name, file)


def prepare(job: Job, workspace: Workspace) -> Take:
    name = fingerprint("take", script=job.script)
    done = workspace.find_finished(name, Take)
    if done is not None:
        return done
    speech = kept(workspace, name, "speech.bin", bits("speech", job.script))
    frames = 30 + int.from_bytes(bits(job.script)[:2], "big") % 500
    files = dict.fromkeys(("speech", "mix", "portrait", "landmarks", "phones", "words"), speech)
    take = Take(
        fingerprint=name,
        frames=frames,
        width=64,
        height=64,
        head=Box(left=16, top=16, width=32, height=32),
        spans=(),
        inputs=(speech.sha256,),
        warnings=(),
        **files,
    )
    return workspace.commit(name, take)


def split(request: SplitRequest, workspace: Workspace) -> CutList:
    name = fingerprint("cuts", take=request.take.fingerprint)
    decided = workspace.find_finished(name, CutList)
    if decided is not None:
        return decided
    frames = request.take.frames
    starts = range(0, frames, CHUNK_FRAMES)
    chunks = tuple(
        Chunk(index=index, start=start, stop=min(start + CHUNK_FRAMES, frames))
        for index, start in enumerate(starts)
    )
    return workspace.commit(name, CutList(chunks=chunks))


def advance(shot: ChunkProgress, workspace: Workspace, world: World) -> SegmentProgress:
    """Take up what is finished, and make one more segment from the stored state before it."""
    found = 0
    while not shot.complete:
        before = shot.done[-1] if shot.done else None
        segment = shot.chunk.segments[len(shot.done)]
        said = [shot.take.fingerprint, segment.start, segment.stop, shot.seed]
        name = fingerprint("segment", said=said, before=before.fingerprint if before else "")
        done = workspace.find_finished(name, SegmentFile)
        if done is None:
            drawn = made(shot, name, workspace, world)
            return SegmentProgress(shot=after(shot, drawn), made=1, found=found)
        shot, found = after(shot, done), found + 1
    return SegmentProgress(shot=shot, made=0, found=found)


def after(shot: ChunkProgress, file: SegmentFile) -> ChunkProgress:
    return replace(shot, done=(*shot.done, file))


def made(shot: ChunkProgress, name: str, workspace: Workspace, world: World) -> SegmentFile:
    segment = shot.chunk.segments[len(shot.done)]
    state = bits("portrait", shot.take.fingerprint)
    if shot.done:
        with workspace.scratch_dir() as desk:
            state = workspace.fetch(shot.done[-1].state, desk).read_bytes()
    world.rendered[name] += 1
    file = SegmentFile(
        fingerprint=name,
        index=segment.index,
        frames=segment.stop - segment.start,
        video=kept(workspace, name, "frames.bin", bits("frames", state.hex(), shot.seed, segment)),
        state=kept(workspace, name, "state.bin", bits("state", state.hex(), segment)),
        seconds=0.2,
        take=shot.take.fingerprint,
    )
    return workspace.commit(name, file)


def stitch(take_clips: TakeClips, workspace: Workspace) -> Reel:
    name = fingerprint(
        "reel", segments=[s.fingerprint for c in take_clips.clips for s in c.segments]
    )
    done = workspace.find_finished(name, Reel)
    pieces = tuple(
        Piece(video=s.video, skip=0, frames=s.frames) for c in take_clips.clips for s in c.segments
    )
    return done or workspace.commit(name, Reel(take=take_clips.take, pieces=pieces, joins=()))


def master(request: MasterRequest, workspace: Workspace) -> Master:
    reel = request.reel
    name = fingerprint("master", pieces=[piece.video.sha256 for piece in reel.pieces])
    done = workspace.find_finished(name, Master)
    if done is not None:
        return done
    with workspace.scratch_dir() as desk:
        content = b"".join(workspace.fetch(piece.video, desk).read_bytes() for piece in reel.pieces)
    file = kept(workspace, name, "web.bin", content)
    frames = sum(piece.frames for piece in reel.pieces)
    noun = Master(
        fingerprint=name,
        profile="web",
        file=file,
        frames=frames,
        fps=25.0,
        width=64,
        height=64,
        duration_s=frames / 25,
    )
    return workspace.commit(name, noun)


STAGES: dict[str, Callable[[Any, Workspace], object]] = {
    "prepare": prepare,
    "split": split,
    "stitch": stitch,
    "master": master,
    "publish": publish,
}
