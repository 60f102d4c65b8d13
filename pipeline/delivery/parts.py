"""Parts of a picture that are encoded apart: a re-rendered chunk is encoded again without the
others, and parts are joined without loss."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.shapes import NEW_FRAMES
from pipeline.delivery.picture.conform import ConformPlan
from pipeline.nouns import Piece, Reel

LONGEST = 16 * NEW_FRAMES
"""Frames of a part as they were drawn: half a minute, so that what it costs to begin an encoder is
little, and a late retake of a long chain encodes little again."""

SHORTEST = 2 * NEW_FRAMES
"""A part has at least so many: shorter ones would cost more keyframes than they save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePart:
    """Delivered frames `start` to `stop`, which show drawn frames `shows_from` to `shows_to`."""

    start: int
    stop: int
    shows_from: int
    shows_to: int

    @property
    def frames(self) -> int:
        return self.stop - self.start


def part_starts(reel: Reel) -> tuple[int, ...]:
    """Where parts of a reel begin: where a chunk does, or the bridge to it, and after so many
    frames of a long one; never where a retake ends, so that parts beside it stay what they were."""
    starts = [join.at - join.bridged_frames // 2 for join in reel.joins if not join.inside]
    total, cuts = reel.take.frames, [0]
    for stop in (*starts, total):
        if stop - cuts[-1] < SHORTEST:
            continue
        cuts += range(cuts[-1] + LONGEST, stop - SHORTEST + 1, LONGEST)
        if stop < total and total - stop >= SHORTEST:
            cuts.append(stop)
    return tuple(cuts)


def plan_parts(
    cuts: Sequence[int], plan: ConformPlan, before: int, after: int
) -> tuple[PicturePart, ...]:
    """The parts of a picture that begins with `before` frames and ends with `after` ones that are
    not drawn; they tile it."""
    total = range(plan.frames)
    starts = [bisect_left(total, cut, key=lambda k: plan.source_of(k)[0]) for cut in cuts]
    parts = []
    for start, stop in zip(starts, [*starts[1:], plan.frames], strict=True):
        last, share = plan.source_of(stop - 1)
        parts.append(
            PicturePart(
                start=start + (before if start else 0),
                stop=stop + before + (after if stop == plan.frames else 0),
                shows_from=plan.source_of(start)[0],
                shows_to=last + 1 + (share > 0),
            )
        )
    return tuple(parts)


def pieces_shown(reel: Reel, start: int, stop: int) -> Iterator[tuple[int, Piece]]:
    """The pieces that hold frames `start` to `stop`, each with the frame that it begins at."""
    at = 0
    for piece in reel.pieces:
        if at < stop and at + piece.frames > start:
            yield at, piece
        at += piece.frames


def is_wanted(start: int, stop: int, wanted: Sequence[range]) -> bool:
    """Whether any of these frames is."""
    return any(start < each.stop and stop > each.start for each in wanted)
