"""Stages that make a few bytes in place of pictures, by the same records as the real ones; publish
is the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from chaos_world import World, bits

from manifests.artifact import Artifact
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.master import Finish
from pipeline.nouns import Advance, Box, Chunk, Master, Piece, Reel, Rushes, SegmentFile, Shot, Take
from pipeline.publish import publish
from pipeline.split import CutList, Cutting
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workplace

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

    def load(self) -> Callable[[Any, Workplace], object]:
        if self.name == "generate":
            return lambda shot, place: advance(shot, place, self.world)
        return STAGES[self.name]


def kept(place: Workplace, name: str, file: str, content: bytes) -> Artifact:
    with place.desk() as desk:
        (desk / file).write_bytes(content)
        return place.keep(desk / file, name, file)


def prepare(job: Job, place: Workplace) -> Take:
    name = fingerprint("take", script=job.script)
    done = place.recorded(name, Take)
    if done is not None:
        return done
    speech = kept(place, name, "speech.bin", bits("speech", job.script))
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
    return place.settle(name, take)


def split(cutting: Cutting, place: Workplace) -> CutList:
    name = fingerprint("cuts", take=cutting.take.fingerprint)
    decided = place.recorded(name, CutList)
    if decided is not None:
        return decided
    frames = cutting.take.frames
    starts = range(0, frames, CHUNK_FRAMES)
    chunks = tuple(
        Chunk(index=index, start=start, stop=min(start + CHUNK_FRAMES, frames))
        for index, start in enumerate(starts)
    )
    return place.settle(name, CutList(chunks=chunks))


def advance(shot: Shot, place: Workplace, world: World) -> Advance:
    """Take up what is finished, and make one more segment from the stored state before it."""
    while not shot.complete:
        before = shot.done[-1] if shot.done else None
        segment = shot.chunk.segments[len(shot.done)]
        said = [shot.take.fingerprint, segment.start, segment.stop, shot.seed]
        name = fingerprint("segment", said=said, before=before.fingerprint if before else "")
        done = place.recorded(name, SegmentFile)
        if done is None:
            return Advance(shot=after(shot, made(shot, name, place, world)), made=1)
        shot = after(shot, done)
    return Advance(shot=shot, made=0)


def after(shot: Shot, file: SegmentFile) -> Shot:
    return replace(shot, done=(*shot.done, file))


def made(shot: Shot, name: str, place: Workplace, world: World) -> SegmentFile:
    segment = shot.chunk.segments[len(shot.done)]
    state = bits("portrait", shot.take.fingerprint)
    if shot.done:
        with place.desk() as desk:
            state = place.fetch(shot.done[-1].state, desk).read_bytes()
    world.rendered[name] += 1
    file = SegmentFile(
        fingerprint=name,
        index=segment.index,
        frames=segment.stop - segment.start,
        video=kept(place, name, "frames.bin", bits("frames", state.hex(), shot.seed, segment)),
        state=kept(place, name, "state.bin", bits("state", state.hex(), segment)),
        seconds=0.2,
    )
    return place.settle(name, file)


def stitch(rushes: Rushes, place: Workplace) -> Reel:
    name = fingerprint("reel", segments=[s.fingerprint for c in rushes.clips for s in c.segments])
    done = place.recorded(name, Reel)
    pieces = tuple(
        Piece(video=s.video, skip=0, frames=s.frames) for c in rushes.clips for s in c.segments
    )
    return done or place.settle(name, Reel(take=rushes.take, pieces=pieces, joins=()))


def master(finish: Finish, place: Workplace) -> Master:
    reel = finish.reel
    name = fingerprint("master", pieces=[piece.video.sha256 for piece in reel.pieces])
    done = place.recorded(name, Master)
    if done is not None:
        return done
    with place.desk() as desk:
        content = b"".join(place.fetch(piece.video, desk).read_bytes() for piece in reel.pieces)
    file = kept(place, name, "web.bin", content)
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
    return place.settle(name, noun)


STAGES: dict[str, Callable[[Any, Workplace], object]] = {
    "prepare": prepare,
    "split": split,
    "stitch": stitch,
    "master": master,
    "publish": publish,
}
