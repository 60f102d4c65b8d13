"""How far a job has come: one frozen phase after the other, and the pure steps between them.

Which stage is next says the table of stages (`pipeline.stages`). A stage that the table has between
others needs no phase of its own: its noun joins the `further` ones of the phase it was made in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeAlias, TypeVar

from manifests.job import Job
from pipeline.nouns import (
    Chunk,
    ChunkProgress,
    Clip,
    Master,
    Published,
    Reel,
    Retake,
    SegmentProgress,
    Take,
    TakeClips,
    clip_of_shot,
)
from pipeline.presets import Preset, reads_prompts
from pipeline.quality.rerolls import cut_at
from pipeline.quality.versions import VersionRecipe
from pipeline.split import CutList
from pipeline.stage import StageName
from pipeline.stages import STAGES, StageRow

Noun = TypeVar("Noun")


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
    version: VersionRecipe | None = None
    """The one that people chose, whatever the gates say; or of a retake what gates decided of the
    video that it is of."""
    chosen: int = 0
    """The number of the chosen one; 0: the gates decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt did not succeed: `kind` is one of `FailureKind`."""

    kind: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a phase has beside its nouns: `further` are those that stages without a phase made."""

    order: Order
    further: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted(Reached):
    """Nothing is made yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(Reached):
    """`longest_segments` is what a chunk may have so that the take is on time (0: anything)."""

    take: Take
    longest_segments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shooting(Reached):
    take: Take
    shots: tuple[ChunkProgress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stitched(Reached):
    reel: Reel
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mastered(Reached):
    reel: Reel
    clips: tuple[Clip, ...]
    master: Master


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Reached):
    reel: Reel
    clips: tuple[Clip, ...]
    published: Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`clips`: what was rendered by then."""

    order: Order
    failure: Failure
    clips: tuple[Clip, ...] = ()


Phase: TypeAlias = Admitted | Prepared | Shooting | Stitched | Mastered | Finished | Failed


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Step:
    """What a job waits for: a stage and, for `generate`, the index of the chunk (else -1)."""

    stage: StageName
    chunk: int = -1


_LAST: Mapping[type[Phase], StageName | None] = {
    Admitted: None,
    Prepared: StageName.PREPARE,
    Shooting: StageName.SPLIT,
    Stitched: StageName.STITCH,
    Mastered: StageName.MASTER,
    Finished: StageName.PUBLISH,
}
"""The stage that leads to a phase."""


def _ahead(last: StageName | None) -> tuple[tuple[StageName, StageRow], ...]:
    """The stages behind `last`."""
    passed = 0 if last is None else list(STAGES).index(last) + 1
    return tuple(STAGES.items())[passed:]


_AHEAD = {phase: _ahead(last) for phase, last in _LAST.items()}


def steps(phase: Phase) -> tuple[Step, ...]:
    """The steps that could run now: of the first stage ahead whose noun is not made; none when the
    job is over."""
    if isinstance(phase, Finished | Failed):
        return ()
    made = {type(noun) for noun in phase.further}
    for stage, row in _AHEAD[type(phase)]:
        waiting = _chunks(phase) if row.generates else (Step(stage=stage),)
        if waiting and row.makes not in made:
            return waiting
    return ()


def _chunks(phase: Phase) -> tuple[Step, ...]:
    """A step for each chunk that is not rendered to its end."""
    shots = phase.shots if isinstance(phase, Shooting) else ()
    return tuple(
        Step(stage=StageName.GENERATE, chunk=shot.chunk.index)
        for shot in shots
        if not shot.complete
    )


def after(phase: Phase, made: object) -> Phase:
    """The phase that follows when a step of `phase` made the noun `made`."""
    match phase, made:
        case Admitted(order=order, further=further), Take() as take:
            return Prepared(order=order, further=further, take=take)
        case Prepared(order=order, further=further, take=take), CutList(chunks=chunks):
            shots = unrendered_shots(order, take, chunks)
            return Shooting(order=order, further=further, take=take, shots=shots)
        case Shooting(shots=shots), SegmentProgress(shot=shot, rest=rest):
            index = shot.chunk.index
            added = () if rest is None else (at_index(rest, len(shots)),)
            return replace(phase, shots=(*shots[:index], shot, *shots[index + 1 :], *added))
        case Shooting(order=order, further=further), Reel() as reel:
            return Stitched(order=order, further=further, reel=reel, clips=clips_of(phase))
        case Stitched(order=order, further=further, reel=reel, clips=clips), Master() as master:
            return Mastered(order=order, further=further, reel=reel, clips=clips, master=master)
        case (
            Mastered(order=order, further=further, reel=reel, clips=clips),
            Published() as published,
        ):
            return Finished(
                order=order, further=further, reel=reel, clips=clips, published=published
            )
    due = [STAGES[step.stage].makes for step in steps(phase)]
    if isinstance(phase, Reached) and type(made) in due:
        return replace(phase, further=(*phase.further, made))
    raise TypeError(f"a {type(made).__name__} does not follow {type(phase).__name__}")


def unrendered_shots(
    order: Order, take: Take, chunks: Sequence[Chunk]
) -> tuple[ChunkProgress, ...]:
    """The chunks of a take before anything is rendered; of a version that is wanted they are cut
    where its chains were begun anew, and drawn with its seeds."""
    shots = [_unrendered(order, take, chunk) for chunk in chunks]
    if order.version is not None:
        for at in order.version.restarts:
            shots = [part for shot in shots for part in _parted(shot, at)]
        shots = [replace(s, rerolls=order.version.rerolls_in(s.chunk)) for s in shots]
    return tuple(at_index(shot, index) for index, shot in enumerate(shots))


def _unrendered(order: Order, take: Take, chunk: Chunk) -> ChunkProgress:
    return ChunkProgress(
        take=take,
        chunk=chunk,
        seed=order.seed,
        retakes=order.retakes,
        prompt=(order.job.prompt or "") if reads_prompts(order.preset) else "",
        language=order.job.language,
        chosen=order.chosen > 0,
    )


def _parted(shot: ChunkProgress, at: int) -> tuple[ChunkProgress, ...]:
    return cut_at(shot, at) if shot.chunk.start < at < shot.chunk.stop else (shot,)


def at_index(shot: ChunkProgress, index: int) -> ChunkProgress:
    """The shot at its place in the phase; its place in time is its start."""
    return replace(shot, chunk=replace(shot.chunk, index=index))


def noun_of(phase: Phase, kind: type[Noun]) -> Noun:
    """The noun of that kind that the job has by now; a `TypeError` where no stage made it yet."""
    further = phase.further if isinstance(phase, Reached) else ()
    own = (getattr(phase, field.name) for field in fields(phase))
    for noun in (*further, *own, phase.order.job):
        if isinstance(noun, kind):
            return noun
    raise TypeError(f"no stage has made a {kind.__name__} when a job is {type(phase).__name__}")


def clips_of(phase: Shooting) -> tuple[Clip, ...]:
    """In the order of time, whenever their chunks were cut."""
    shots = sorted(phase.shots, key=lambda shot: shot.chunk.start)
    return tuple(clip_of_shot(at_index(shot, place)) for place, shot in enumerate(shots))


def failed_phase(phase: Phase, failure: Failure) -> Failed:
    """The end of a job that failed so, with what was rendered of it."""
    match phase:
        case Shooting():
            return Failed(order=phase.order, failure=failure, clips=clips_of(phase))
        case Stitched(clips=clips) | Mastered(clips=clips) | Failed(clips=clips):
            return Failed(order=phase.order, failure=failure, clips=clips)
    return Failed(order=phase.order, failure=failure)


def rushes_of(phase: Shooting) -> TakeClips:
    return TakeClips(take=phase.take, clips=clips_of(phase))


def segments_done(phase: Phase) -> tuple[int, int]:
    """Finished segments of a job, and all of them as far as they are known."""
    match phase:
        case Shooting(shots=shots):
            return sum(len(s.done) for s in shots), sum(s.cost for s in shots)
        case Stitched(clips=clips) | Mastered(clips=clips) | Finished(clips=clips):
            total = sum(len(clip.drawn or clip.segments) for clip in clips)
            return total, total
        case _:
            return 0, 0
