"""How well the engine keeps its generators busy: real Ray, real driver, segments that only sleep.

    python benchmarks/engine.py [--workers 1 8 32] [--ramp] [--out FILE]

Efficiency is max(longest chain, total work / workers) / makespan. The night is drawn from a fixed
seed with a heavy tail. Only the recipes of the stages are exchanged, for ones that make nouns
without files; a segment sleeps 0.2 s. The makespan runs from the first segment handed out to the
last one back; starting Ray, warming the generators and the takes of the first window are start-up,
told apart. With --ramp generators begin while those takes are still made: a night of seconds is
then mostly that.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import Any

from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # of the workers

from benchmarks.nights.engine_night import JOBS, SEED, SEGMENT_S, Doze, chains, jobs_of, no_checkup  # noqa: E402
from benchmarks.where import where_it_ran  # noqa: E402
from jobs.cluster.actor_pool import PoolSpec  # noqa: E402
from jobs.cluster.ray_executor import RayExecutor  # noqa: E402
from jobs.engine.attempts import Tally  # noqa: E402
from jobs.engine.driver import Driver  # noqa: E402
from jobs.engine.executor import Report  # noqa: E402
from jobs.engine.phases import Failed, Finished, Order, Phase  # noqa: E402
from jobs.engine.scheduler import Slot  # noqa: E402
from jobs.engine.tasks import StageSettings, Task  # noqa: E402
from manifests.job import Job  # noqa: E402
from manifests.ledger import Ledger  # noqa: E402
from pipeline.cutting.cuts import SplitParams  # noqa: E402
from pipeline.limits import Limits  # noqa: E402
from pipeline.presets import ANIMATIC  # noqa: E402
from pipeline.workspace.workspace import Workspace  # noqa: E402


class Dozing(RayExecutor):
    """The pool itself; only recipes are exchanged on the way out, and the clock is read."""

    night: list[list[int]]
    first_s = last_s = cpu_first_s = cpu_last_s = 0.0
    segments = cut = 0
    ramp = False

    def free(self) -> Sequence[Slot]:
        """No generator before the takes of the first window are cut."""
        slots = super().free()
        ready = self.ramp or self.cut >= min(JOBS, 2 * self.size() + 2)
        return slots if ready else [slot for slot in slots if not slot.generates]

    def start(self, task: Task, slot: Slot) -> None:
        known = task.step.stage in (
            "prepare",
            "split",
        )  # one recipe for all segments, as in a night
        lengths = tuple(self.night[task.order.place]) if known else ()
        if task.generates and not self.first_s:
            self.first_s, self.cpu_first_s = monotonic(), process_time()
        super().start(replace(task, recipe=Doze(name=str(task.step.stage), chains=lengths)), slot)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        ended = sum(report.task.generates for report in found)
        self.cut += sum(report.task.step.stage == "split" for report in found)
        if ended:
            self.last_s, self.cpu_last_s = monotonic(), process_time()
            self.segments += ended
        return found


@dataclass(slots=True)
class Ends:
    """Counts the jobs that ended well."""

    done: int = 0
    failures: list[str] = field(default_factory=list)

    def job_admitted(self, order: Order) -> None:
        """Nothing to count."""

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        """Nothing to count."""

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        del tally
        if isinstance(phase, Failed):
            self.failures.append(phase.failure.message)
        self.done += isinstance(phase, Finished)

    def tick(self) -> None:
        """Nothing to show."""


def orders() -> list[Order]:
    jobs = [Job(job_id=f"job-{n}", portrait_uri="/p.png", script="s") for n in range(JOBS)]
    return [
        Order(job=job, request_id=job.job_id, preset=ANIMATIC, seed=1, place=place)
        for place, job in enumerate(jobs)
    ]


def night(workers: int, *, ramp: bool) -> dict[str, Any]:
    """One run with that many generators; fake GPUs, so that each has an actor of its own."""
    lengths = chains()
    began = monotonic()
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": workers + 2,
                "num_gpus": workers,
                "include_dashboard": False,
            },
        )
        workspace = Workspace(out=folder, scratch=Path(folder, "scratch"))
        pool = Dozing(
            workspace, address=cluster.address, spec=PoolSpec(presets=(), checkup=no_checkup)
        )
        pool.night = jobs_of(lengths)
        pool.ramp = True
        while sum(slot.generates for slot in pool.free()) < workers:
            sleep(0.1)
        pool.ramp = ramp
        warm_s = monotonic() - began
        ends = Ends()
        settings = StageSettings(limits=Limits(), split=SplitParams())
        driver = Driver(pool, Ledger(folder), settings, "bench")
        driving = monotonic()
        driver.run(orders(), ends, lambda: False)
        ended = monotonic()
        pool.close()
        cluster.shutdown()
    if ends.failures or pool.segments != sum(lengths):
        raise SystemExit(f"the night did not end well: {ends.failures[:3]}")
    work_s, longest_s = sum(lengths) * SEGMENT_S, max(lengths) * SEGMENT_S
    makespan_s = pool.last_s - pool.first_s
    cpu_s = pool.cpu_last_s - pool.cpu_first_s
    return {
        "workers": workers,
        "chains": len(lengths),
        "segments": sum(lengths),
        "longest_chain_s": round(longest_s, 2),
        "least_possible_s": round(max(longest_s, work_s / workers), 3),
        "makespan_s": round(makespan_s, 3),
        "efficiency": round(max(longest_s, work_s / workers) / makespan_s, 4),
        "driver_cpu_ms_per_segment": round(1000 * cpu_s / sum(lengths), 3),
        "start_up_s": round(warm_s, 2),
        "first_takes_s": round(pool.first_s - driving, 3),
        "after_the_last_segment_s": round(ended - pool.last_s, 3),
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--ramp", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/engine.json")
    asked = parser.parse_args()
    nights = []
    for workers in asked.workers:
        nights.append(night(workers, ramp=asked.ramp))
        print(json.dumps(nights[-1]))
    facts = {
        **where_it_ran(),
        "segment_s": SEGMENT_S,
        "seed": SEED,
        "nights": nights,
    }
    asked.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
