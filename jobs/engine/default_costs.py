"""Costs where there is no history: stated as unmeasured wherever they are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from manifests.costs import Cost
from pipeline.guests.guest import guest_fault, guest_named, guest_names
from pipeline.presets import CARRIED

UNMEASURED_SPREAD = 0.5
"""How far a night may lie from a cost that nobody measured: its 90 % interval is 2.3 times up or
down."""

UNMEASURED_SEGMENT_S: Mapping[str, float] = {
    "animatic": 5.0,
    "tiny": 60.0,
    "hallo3-5b": 115.0,
    "hallo3-5b-fast": 60.0,
    "hallo3-5b-draft": 30.0,
    "hallo3-5b-4": 10.0,
}
"""Seconds of a segment: `animatic` and `tiny` on one CPU core, `hallo3-5b` on one H200 as public
compiled stacks reach it (46 % of 790 TFLOP/s over 41.8 PFLOP), its tiers by their steps."""

UNMEASURED_OTHER_SEGMENT_S = 115.0
UNMEASURED_COLD_S = 60.0
UNMEASURED_DESK_TAKE_S = 5.0
UNMEASURED_DESK_SEGMENT_S = 0.5


def assumed_segment_s(preset: str) -> float:
    """Of a carried preset as above, of a guest's as its package says."""
    if preset in UNMEASURED_SEGMENT_S or preset not in guest_names(CARRIED) or guest_fault(preset):
        return UNMEASURED_SEGMENT_S.get(preset, UNMEASURED_OTHER_SEGMENT_S)
    return guest_named(preset).segment_s or UNMEASURED_OTHER_SEGMENT_S


def unmeasured(preset: str, device: str, evaluated: float = 1.0) -> Cost:
    """What is assumed of a preset that was never seen at work; `evaluated` is the share of the
    network's evaluations that its settings leave it."""
    return Cost(
        preset=preset,
        device=device,
        segment_s=evaluated * assumed_segment_s(preset),
        take_s=0.0,
        cold_s=UNMEASURED_COLD_S,
        segment_spread=0.0,
        night_spread=UNMEASURED_SPREAD,
        desk_take_s=UNMEASURED_DESK_TAKE_S,
        desk_segment_s=UNMEASURED_DESK_SEGMENT_S,
    )


def cost_for(preset: str, device: str, known: Iterable[Cost], evaluated: float = 1.0) -> Cost:
    """The cost learned on this device, else on the one that was seen most, else the assumed one.

    A cost of another device says so by its `device`.
    """
    measured = [cost for cost in known if cost.preset == preset and cost.measured]
    same = [cost for cost in measured if cost.device == device]
    if same or (measured and not device):
        return max(same or measured, key=lambda cost: cost.segments)
    return unmeasured(preset, device, evaluated)
