"""What becomes of a segment that was just drawn: taken, drawn again, or its chain begun anew.

Decided from the figures of what was drawn alone, so that a run that was killed decides the same
once more (docs/decisions/0534).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from manifests.fingerprint import fingerprint
from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import Pause
from pipeline.nouns import ChunkProgress, RefusedSegment, Reroll, Segment, SegmentFile
from pipeline.nouns.lines import START
from pipeline.quality.gates import NO_GATES, Gates, gates_for
from pipeline.quality.measures import Span
from pipeline.quality.verdict import Verdict

FEWEST_REDRAWS = 6
"""Segments of a chunk that may be drawn in vain however short it is: both other seeds, and then a
restart with as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RerollPolicy:
    """How often a segment that fails a gate is drawn again.

    `seeds`: other seeds for one segment; behind them its chain begins anew at a pause before it.
    `job_share`: segments that may be drawn in vain for a job, as a part of its own; `run_share`:
    for a run, as a part of all that it draws.
    """

    seeds: int = 2
    job_share: float = 0.5
    run_share: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.seeds <= 8:  # noqa: PLR2004 - nobody waits for more
            raise ValueError("seeds is 0 to 8")
        if not (0 <= self.job_share <= 10 and 0 <= self.run_share <= 1):  # noqa: PLR2004
            raise ValueError("job_share is 0 to 10, run_share 0 to 1")

    def redraws_of(self, shot: ChunkProgress) -> int:
        """How many segments of the chunk may be refused; none where no other seed is tried."""
        if shot.redraws >= 0 or not self.seeds:
            return max(shot.redraws, 0)
        return max(FEWEST_REDRAWS, math.ceil(self.job_share * shot.chunk.cost))


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What a run takes: its gates, and how often it draws again what they refuse. A chain begins
    anew in pauses of at least `silence_s`. All of it decides what is delivered, and is no part of
    any name."""

    gates: Gates = NO_GATES
    policy: RerollPolicy = RerollPolicy()
    silence_s: float = 0.3

    def gates_of(self, preset: str, language: str, *spans: Span) -> Gates:
        """The gates that hold for a preset and a language, of measures of these spans."""
        held = gates_for(self.gates, preset, language)
        return tuple(gate for gate in held if gate.span in spans)


ALL_ACCEPTED = Acceptance()
"""No gate: whatever is drawn is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The shot after a segment was drawn, and what of its chunk begins anew as `rest`; `refused`
    says why there is no video."""

    shot: ChunkProgress
    rest: ChunkProgress | None = None
    refused: str = ""

    @property
    def ends(self) -> bool:
        """Whether the shot is another one now."""
        return self.rest is not None or bool(self.refused)


def next_seed(seed: int) -> int:
    """The keyed seed that is tried after this one: 63 bits. It depends on no place in a take, so
    that an edit elsewhere finds what was drawn with it."""
    return int(fingerprint("next seed", seed=seed)[:16], 16) >> 1


def ruled(
    shot: ChunkProgress,
    drawn: SegmentFile,
    found: Verdict,
    policy: RerollPolicy,
    pauses: Sequence[Pause] = (),
) -> Ruling:
    """What becomes of the shot when its next segment was drawn and the gates found that of it.

    A pure function of its arguments; a chosen version is taken as it is. `pauses` are those of the
    take; where there is none to begin anew at, nothing more is tried.
    """
    if shot.chosen or not found.fails:
        return Ruling(shot=replace(shot, done=(*shot.done, drawn)))
    segment = shot.chunk.segments[shot.drawing.index]
    refused = RefusedSegment(
        chunk=shot.chunk,
        start=segment.start,
        seed=shot.drawn_seed(shot.drawing),
        base=shot.drawing.seed,
        file=drawn,
        rerolls=shot.rerolls,
    )
    shot = replace(shot, tried=(*shot.tried, refused))
    if len(shot.tried) > policy.redraws_of(shot):
        return Ruling(shot=shot, refused=told_refused(shot, segment, found, "its budget is used"))
    if tries_of(shot, segment) <= policy.seeds:
        return Ruling(shot=redrawn(shot, segment))
    at = restart_at(shot, segment, pauses)
    if at is None:
        why = "there is no pause before it to begin anew at"
        if shot.drawing.inside:
            why = "a retake that ends begins no chain anew: ask for it with another seed"
        elif begin_of_seed(shot) > shot.chunk.start:
            why = "no pause in the retake is before it to begin anew at: ask with another seed"
        return Ruling(shot=shot, refused=told_refused(shot, segment, found, why))
    return restarted(shot, at, policy)


def tries_of(shot: ChunkProgress, segment: Segment) -> int:
    """How often this segment was drawn and refused, as long as it is now."""
    now = (segment.start, segment.stop - segment.start, shot.drawing.seed)
    return sum((t.start, t.file.frames, t.base) == now for t in shot.tried)


def redrawn(shot: ChunkProgress, segment: Segment) -> ChunkProgress:
    """The shot whose chain goes on with the next keyed seed from the segment on."""
    seed = next_seed(shot.drawn_seed(shot.drawing))
    roll = Reroll(at=segment.stop - 1, base=shot.drawing.seed, seed=seed)
    return replace(shot, rerolls=(*shot.rerolls, roll))


def restart_at(shot: ChunkProgress, segment: Segment, pauses: Sequence[Pause]) -> int | None:
    """The frame of the last pause before the segment, at least a segment behind the chunk's own
    start, and in a retake where that has begun: what is before it stays as it was drawn. None in a
    retake that ends: behind it, the chain of before is taken up."""
    if shot.drawing.inside:
        return None
    earliest, latest = max(shot.chunk.start + NEW_FRAMES, begin_of_seed(shot)), segment.start
    near = [min(pause.middle, latest) for pause in pauses if pause.first <= latest]
    found = [at for at in near if at >= earliest]
    return max(found, default=None)


def begin_of_seed(shot: ChunkProgress) -> int:
    """The frame from which on the next segment's seed is its chain's: where a retake begins, or the
    chunk."""
    drawings, drawing = shot.lines.drawings, shot.drawing
    seed = drawing.seed
    while drawing.before != START and drawings[drawing.before].seed == seed:
        drawing = drawings[drawing.before]
    return shot.chunk.segments[drawing.index].start


def restarted(shot: ChunkProgress, at: int, policy: RerollPolicy) -> Ruling:
    """The chunk cut at frame `at`: whole segments before it stay, and the rest begins anew from the
    portrait, with the next keyed seed. Both share what may still be drawn in vain."""
    left = policy.redraws_of(shot) - len(shot.tried)
    kept = min(left, policy.seeds)
    seed = next_seed(shot.tried[-1].seed)
    before, behind = cut_at(shot, at)
    roll = Reroll(at=at, base=behind.drawing.seed, seed=seed)
    return Ruling(
        shot=replace(before, redraws=len(shot.tried) + kept),
        rest=replace(behind, rerolls=(roll,), redraws=left - kept),
    )


def cut_at(shot: ChunkProgress, at: int) -> tuple[ChunkProgress, ChunkProgress]:
    """The shot up to frame `at`, and what is behind it, not yet begun. What the second one says
    first is not counted among the same words elsewhere: its seed is another one."""
    whole = sum(segment.stop <= at for segment in shot.chunk.segments)
    before = replace(
        shot,
        chunk=replace(shot.chunk, stop=at),
        done=() if shot.retakes else shot.done[:whole],  # of another order then: found by names
        rerolls=tuple(roll for roll in shot.rerolls if roll.at < at),
    )
    chunk = replace(shot.chunk, start=at, occurrence=0)
    return before, replace(shot, chunk=chunk, done=(), rerolls=(), tried=(), elsewhere=False)


def told_refused(shot: ChunkProgress, segment: Segment, found: Verdict, why: str) -> str:
    """Why there is no video, what was tried, and who can do what."""
    seeds = ", ".join(str(each.seed) for each in shot.tried if each.start == segment.start)
    return (
        f"the picture at {segment.start / FPS:.2f} s fails its gate: {found.told}. Tried: seeds "
        f"{seeds}, {len(shot.tried)} segments of this part refused in all, and {why}; choose one "
        "with `rushes choose`, or give the row another portrait, recording or seed"
    )
