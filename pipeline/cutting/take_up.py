"""Where a retake ends and the line of before is taken up: a pure function of the pauses of a take.

In a pause the mouth is closed on both sides, so that the join can be bridged; segments begin
anywhere in words (docs/decisions/0539).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.cutting.cuts import Pause


def take_up(
    at: int, behind: int, pauses: Sequence[Pause], cuts: Collection[int], edges: Collection[int]
) -> int | None:
    """The frame in the first pause behind frame `behind` at which a retake from `at` on ends.

    `cuts` are frames where chunks begin, `edges` those where segments do. None where there is no
    pause left: the retake goes on to the end of the take.
    """
    for pause in pauses:
        if pause.last >= behind and (place := _place_in(pause, behind, cuts, edges)) > at:
            return place
    return None


def _place_in(pause: Pause, behind: int, cuts: Collection[int], edges: Collection[int]) -> int:
    """Where chunks are joined anyway; else where a segment begins, so that none is drawn for a few
    frames; else in the middle."""
    joined = [cut for cut in cuts if pause.first <= cut <= pause.last]
    if joined:
        return joined[0]
    middle = max(pause.middle, behind)
    begun = [edge for edge in edges if max(pause.first, behind) <= edge <= pause.last]
    return min(begun, key=lambda edge: abs(edge - middle), default=middle)
