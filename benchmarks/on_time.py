"""How many jobs with due times end in time, against the best that anybody could do: small cases.

    python benchmarks/on_time.py --cases 400

A segment takes one unit of time; chains may pause and move between segments. The best is exact: the
largest set of jobs whose chains can all end in time, by a maximum flow for every set. `pace
unknown` is what the scheduler does while it does not know how long a segment takes, and so not
which chains will be late whatever happens. Writes benchmarks/results/on-time.json.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.nights.engine_night import a_take
from benchmarks.where import where_it_ran
from jobs.engine.phases import Order, Shooting, Step
from jobs.engine.scheduler import Outlook, Slot, Warm, assign, warmth_of
from jobs.engine.tasks import StageSettings, Task, task_of
from manifests.job import Job
from model.shapes import NEW_FRAMES
from pipeline.cutting.cuts import SplitParams
from pipeline.limits import Limits
from pipeline.nouns import Chunk, ChunkProgress
from pipeline.presets import ANIMATIC

RESULT = Path(__file__).parent / "results" / "on-time.json"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = StageSettings(limits=Limits(), split=SplitParams())
LOADS = {"light": 0.6, "tight": 0.9, "overload": 1.4}
"""Work that is due, by what the workers can do until the last due time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Chains by their segments and due times, and how many work on them."""

    lengths: tuple[int, ...]
    dues: tuple[int, ...]
    workers: int


def case_of(seed: int, load: float) -> Case:
    draw = random.Random(f"{seed}/{load}")  # noqa: S311 - repeatable
    workers = draw.choice((2, 3))
    lengths = tuple(max(1, min(12, round(draw.lognormvariate(1.2, 0.7)))) for _ in range(7))
    horizon = max(2, round(sum(lengths) / workers / load))
    dues = tuple(draw.randrange(min(length, horizon), horizon + 1) for length in lengths)
    return Case(lengths=lengths, dues=dues, workers=workers)


def all_in_time(case: Case, chosen: Sequence[int]) -> bool:
    """Whether these chains can all end in time: a flow from chains to the spans between due times,
    in each of which a chain gets at most the span's length, and all together the workers' time."""
    ends = sorted({case.dues[n] for n in chosen})
    spans = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    source, sink = 0, 1 + len(chosen) + len(ends)
    capacity = np.zeros((sink + 1, sink + 1), dtype=np.int32)
    for row, chain in enumerate(chosen, start=1):
        capacity[source, row] = case.lengths[chain]
        for column, (end, span) in enumerate(zip(ends, spans, strict=True)):
            if end <= case.dues[chain]:
                capacity[row, 1 + len(chosen) + column] = span
    for column, span in enumerate(spans):
        capacity[1 + len(chosen) + column, sink] = span * case.workers
    flow = maximum_flow(csr_matrix(capacity), source, sink).flow_value
    return bool(flow == sum(case.lengths[n] for n in chosen))


def best(case: Case) -> int:
    """The most jobs that can end in time."""
    everyone = range(len(case.lengths))
    for count in range(len(case.lengths), 0, -1):
        if any(all_in_time(case, chosen) for chosen in combinations(everyone, count)):
            return count
    return 0


def tasks_of(case: Case) -> list[Task]:
    tasks = []
    for place, (length, due) in enumerate(zip(case.lengths, case.dues, strict=True)):
        job = Job(
            job_id=f"job-{place}",
            portrait_uri="/p.png",
            script="s",
            due=BEGIN + timedelta(hours=due),
        )
        order = Order(job=job, request_id=job.job_id, preset=ANIMATIC, seed=place, place=place)
        take = a_take(length * NEW_FRAMES)
        shot = ChunkProgress(take=take, chunk=Chunk(index=0, start=0, stop=take.frames), seed=place)
        phase = Shooting(order=order, take=take, shots=(shot,))
        tasks.append(task_of(phase, Step(stage="generate", chunk=0), SETTINGS, {}))
    return tasks


def ours(case: Case, segment_s: float) -> int:
    """Jobs that end in time when `assign` hands segments out."""
    tasks = dict(enumerate(tasks_of(case)))
    warm: list[Warm | None] = [None] * case.workers
    now = in_time = 0
    while tasks:
        slots = [Slot(worker=str(n), generates=True, warm=w) for n, w in enumerate(warm)]
        outlook = Outlook(
            left=sum(task.remaining for task in tasks.values()),
            generators=case.workers,
            now=BEGIN + timedelta(hours=now),
            segment_s={ANIMATIC.name: segment_s},
        )
        now += 1
        for task, slot in assign(list(tasks.values()), slots, outlook):
            number = task.order.place
            warm[int(slot.worker)] = warmth_of(task)
            tasks[number] = replace(tasks[number], remaining=task.remaining - 1)
            if not tasks[number].remaining:
                del tasks[number]
                in_time += now <= case.dues[number]
    return in_time


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    most = [best(case) for case in cases]
    found = [ours(case, 3600.0) for case in cases]
    unpaced = [ours(case, 0.0) for case in cases]
    return {
        "cases": len(cases),
        "jobs": sum(len(case.lengths) for case in cases),
        "in_time_at_best": sum(most),
        "in_time": sum(found),
        "share_of_the_best": round(sum(found) / sum(most), 4),
        "cases_as_good_as_the_best": sum(p == m for p, m in zip(found, most, strict=True)),
        "pace_unknown": {
            "in_time": sum(unpaced),
            "share_of_the_best": round(sum(unpaced) / sum(most), 4),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    told = {
        **where_it_ran(),
        **{
            name: figures([case_of(seed, load) for seed in range(given.cases)])
            for name, load in LOADS.items()
        },
    }
    given.out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
