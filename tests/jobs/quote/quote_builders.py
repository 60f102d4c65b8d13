"""Loads and nights for tests of quotes."""

from __future__ import annotations

from dataclasses import replace

from jobs.quote.forecast import SimulationInput, night_of
from jobs.quote.lengths import Length
from jobs.quote.workload import LoadBuilder, Workload
from manifests.costs import Cost
from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import SplitParams
from pipeline.presets import ANIMATIC
from tests.noun_builders import a_job

SPLIT = SplitParams()
SEGMENT_S = NEW_FRAMES / FPS
PLAIN = Cost(preset="animatic", device="d", segment_s=10.0, take_s=0.0, cold_s=0.0, segments=9)
CERTAIN = replace(PLAIN, segments=10**9)
TINY = replace(ANIMATIC, name="tiny")


def a_load(*chains: int, spread: float = 0.0) -> Workload:
    """Takes of one chain each, of so many segments."""
    builder = LoadBuilder(split=SPLIT)
    for n, segments in enumerate(chains):
        job = a_job(job_id=f"job-{n}", continuity="chain")
        builder.add(job, ANIMATIC, Length(segments * SEGMENT_S, spread=spread))
    return builder.load()


def a_night(load: Workload, cost: Cost = PLAIN) -> SimulationInput:
    return night_of(load, {"animatic": cost})
