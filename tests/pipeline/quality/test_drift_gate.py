"""A face that changes by a known step in each segment of its chain: the gate sees it while it
renders, and a chain that begins anew at a pause has lost it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model.shapes import NEW_FRAMES
from pipeline.nouns import Chunk, SegmentFile
from pipeline.quality.gates import Gate
from pipeline.quality.rerolls import RerollPolicy
from pipeline.quality.verdict import verdict
from tests.noun_builders import a_shot, a_take
from tests.pipeline.quality.test_rerolls import a_pause, played

SEGMENTS = 160
"""Five minutes."""

DISTANCE = 0.025
"""What may be left of a drift, as dlib measures it: as much as 0.03 of ArcFace's cosine
(docs/long-takes.md)."""

GATE = Gate(measure="identity_drift", better="lower", span="segment", fail=DISTANCE)


def drift_of(file: SegmentFile, step: float) -> float:
    """A chain begins at the portrait: its n-th segment is n steps from it."""
    return file.index * step


def night(step: float, pause_s: int) -> tuple[list[float], bool]:
    """The drift of each segment that is delivered, and whether the row was given up."""
    frames = SEGMENTS * NEW_FRAMES
    take = a_take(frames)
    shot = replace(a_shot(Chunk(index=0, start=0, stop=frames)), take=take)
    pauses = tuple(a_pause(at, 10) for at in range(pause_s * 25, frames, pause_s * 25))

    def doomed(file: SegmentFile, start: int) -> bool:
        del start
        return verdict({"identity_drift": drift_of(file, step)}, [GATE]).fails

    came = played((shot,), doomed, pauses, RerollPolicy(), random.Random(0))  # noqa: S311
    return [drift_of(file, step) for each in came.shots for file in each.done], bool(came.refused)


@pytest.mark.parametrize(("step", "pause_s"), [(0.0006, 10), (0.0012, 8)])
def test_five_minutes_of_it_are_delivered_within_the_limit(step: float, pause_s: int) -> None:
    """With a pause every few seconds; Hallo3 was told to lose 0.11 of cosine in five minutes, which
    is the first of these steps."""
    delivered, refused = night(step, pause_s)
    assert not refused
    assert len(delivered) >= SEGMENTS
    assert max(delivered) <= DISTANCE < (SEGMENTS - 1) * step / 3


def test_a_drift_that_is_past_the_limit_before_the_next_pause_is_not_delivered() -> None:
    """The budget ends it: no seed and no restart helps a renderer that drifts within seconds."""
    assert night(0.02, 30)[1]
