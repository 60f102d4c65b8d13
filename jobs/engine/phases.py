"""How far a job has come: one frozen phase after the other, and the pure steps between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from manifests.job import Job
from pipeline.nouns import (
    ChunkProgress,
    Clip,
    Master,
    Published,
    Reel,
    Retake,
    SegmentProgress,
    Take,
    TakeClips,
)
from pipeline.presets import Preset, reads_prompts
from pipeline.split import CutList
from pipeline.stage import StageName


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A job as it is run: `request_id` is the fingerprint of the request, `place` its place in the
    queue, `row` the fingerprint of what the row says, whatever renders it."""

    job: Job
    request_id: str
    preset: Preset
    seed: int
    place: int
    row: str = ""
    retakes: tuple[Retake, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt did not succeed: `kind` is one of `FailureKind`."""

    kind: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`longest_segments` is what a chunk may have so that the take is on time (0: anything)."""

    order: Order
    take: Take
    longest_segments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shooting:
    order: Order
    take: Take
    shots: tuple[ChunkProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stitched:
    order: Order
    reel: Reel
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mastered:
    order: Order
    reel: Reel
    clips: tuple[Clip, ...]
    master: Master


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    order: Order
    reel: Reel
    clips: tuple[Clip, ...]
    published: Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    order: Order
    failure: Failure


Phase: TypeAlias = Admitted | Prepared | Shooting | Stitched | Mastered | Finished | Failed


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Step:
    """What a job waits for: a stage and, for `generate`, the index of the chunk (else -1)."""

    stage: StageName
    chunk: int = -1


def steps(phase: Phase) -> tuple[Step, ...]:
    """The steps that could run now; none when the job is over."""
    match phase:
        case Admitted():
            return (Step(stage=StageName.PREPARE),)
        case Prepared():
            return (Step(stage=StageName.SPLIT),)
        case Shooting(shots=shots):
            open_shots = (shot for shot in shots if not shot.complete)
            waiting = tuple(Step(stage=StageName.GENERATE, chunk=s.chunk.index) for s in open_shots)
            return waiting or (Step(stage=StageName.STITCH),)
        case Stitched():
            return (Step(stage=StageName.MASTER),)
        case Mastered():
            return (Step(stage=StageName.PUBLISH),)
        case Finished() | Failed():
            return ()


def after(phase: Phase, made: object) -> Phase:
    """The phase that follows when a step of `phase` made the noun `made`."""
    match phase, made:
        case Admitted(order=order), Take() as take:
            return Prepared(order=order, take=take)
        case Prepared(order=order, take=take), CutList(chunks=chunks):
            prompt = (order.job.prompt or "") if reads_prompts(order.preset) else ""
            shots = tuple(
                ChunkProgress(
                    take=take, chunk=chunk, seed=order.seed, retakes=order.retakes, prompt=prompt
                )
                for chunk in chunks
            )
            return Shooting(order=order, take=take, shots=shots)
        case Shooting(shots=shots), SegmentProgress(shot=shot):
            index = shot.chunk.index
            return replace(phase, shots=(*shots[:index], shot, *shots[index + 1 :]))
        case Shooting(order=order), Reel() as reel:
            return Stitched(order=order, reel=reel, clips=clips_of(phase))
        case Stitched(order=order, reel=reel, clips=clips), Master() as master:
            return Mastered(order=order, reel=reel, clips=clips, master=master)
        case Mastered(order=order, reel=reel, clips=clips), Published() as published:
            return Finished(order=order, reel=reel, clips=clips, published=published)
    raise TypeError(f"a {type(made).__name__} does not follow {type(phase).__name__}")


def clips_of(phase: Shooting) -> tuple[Clip, ...]:
    return tuple(Clip(chunk=shot.chunk, segments=shot.done) for shot in phase.shots)


def rushes_of(phase: Shooting) -> TakeClips:
    return TakeClips(take=phase.take, clips=clips_of(phase))


def segments_done(phase: Phase) -> tuple[int, int]:
    """Finished segments of a job, and all of them as far as they are known."""
    match phase:
        case Shooting(shots=shots):
            return sum(len(s.done) for s in shots), sum(s.chunk.cost for s in shots)
        case Stitched(clips=clips) | Mastered(clips=clips) | Finished(clips=clips):
            total = sum(len(clip.segments) for clip in clips)
            return total, total
        case _:
            return 0, 0
