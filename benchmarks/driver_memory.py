"""Does the driver's memory grow with the jobs that are over? Real driver, book, ledger, events and
progress; stages that end at once.

    python benchmarks/driver_memory.py --jobs 100000

The resident set is read every tenth of the jobs. It also holds what allocators keep; a second night
of a fifth of the jobs counts what Python itself holds (tracemalloc).
Writes benchmarks/results/driver-memory.json.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter, process_time

import psutil
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.nights.engine_night import A_MASTER, FILE, a_take, advance, cut
from benchmarks.where import where_it_ran
from jobs.engine.attempts import Tally
from jobs.engine.driver import Driver
from jobs.engine.executor import Report
from jobs.engine.observer import Observers
from jobs.engine.phases import Failed, Finished, Order, Phase
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import StageSettings, Task
from jobs.engine.worker import Outcome
from jobs.output.results_writer import ResultsWriter
from jobs.reporting.events import Events
from jobs.reporting.progress import Progress
from manifests.fingerprint import fingerprint
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.results import read_results
from model.shapes import NEW_FRAMES
from pipeline.cutting.cuts import SplitParams
from pipeline.limits import Limits
from pipeline.nouns import ChunkProgress, Published, Reel, TakeClips
from pipeline.presets import ANIMATIC
from pipeline.split import CutList, SplitRequest

RESULT = Path(__file__).parent / "results" / "driver-memory.json"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory where there is one
SEGMENTS = 2
SLOTS = 8


def made_of(task: Task) -> object:
    """What a stage would have made, with names of the job's own where results keep them."""
    match task.item:
        case Job():
            return a_take(SEGMENTS * NEW_FRAMES)
        case SplitRequest():
            return CutList(chunks=tuple(cut([SEGMENTS])))
        case ChunkProgress() as shot:
            return advance(shot)
        case TakeClips(take=take):
            return Reel(take=take, pieces=(), joins=())
    if task.step.stage == "master":
        return A_MASTER
    job_id = task.order.job.job_id
    video, sidecar = (
        replace(FILE, uri=f"/out/videos/{job_id}.{end}", sha256=fingerprint(end, of=job_id))
        for end in ("mp4", "json")
    )
    return Published(master=A_MASTER, video=video, sidecar=sidecar)


class Instant:
    """An executor whose tasks are over when they are asked for."""

    def __init__(self) -> None:
        self._begun: dict[str, Task] = {}

    def slots(self) -> Sequence[Slot]:
        return [Slot(worker=f"slot-{n}", generates=n % 2 == 0) for n in range(SLOTS)]

    def free(self) -> Sequence[Slot]:
        return [slot for slot in self.slots() if slot.worker not in self._begun]

    def size(self) -> int:
        return SLOTS

    def roll(self) -> Roll:
        return Roll(classes=frozenset({""}))

    def start(self, task: Task, slot: Slot) -> None:
        self._begun[slot.worker] = task

    def reports(self, timeout_s: float) -> Sequence[Report]:
        del timeout_s
        begun, self._begun = self._begun, {}
        return [
            Report(
                task=task,
                outcome=Outcome(
                    result=made_of(task), failure=None, seconds=0.1, worker=w, host="h"
                ),
            )
            for w, task in begun.items()
        ]

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Samples:
    """Reads the memory whenever so many more jobs are over: the resident set, or what Python holds
    when that is traced."""

    every: int
    over: int = 0
    held: list[tuple[int, int]] = field(default_factory=list)

    def job_admitted(self, order: Order) -> None:
        """Not counted."""

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        """Not counted."""

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        del phase, tally
        self.over += 1
        if self.over % self.every == 0:
            traced = tracemalloc.get_traced_memory()[0]
            held = traced if tracemalloc.is_tracing() else psutil.Process().memory_info().rss
            self.held.append((self.over, held))
            print(*self.held[-1], flush=True)

    def tick(self) -> None:
        """Time is not counted."""


def orders_of(jobs: Sequence[Job]) -> list[Order]:
    return [
        Order(
            job=job,
            request_id=fingerprint("job", of=job.job_id),
            preset=ANIMATIC,
            seed=1,
            place=place,
        )
        for place, job in enumerate(jobs)
    ]


@contextmanager
def outside() -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield folder


def night(count: int) -> tuple[Samples, int]:
    """Run so many jobs to their end; the samples, and how many rows the results have."""
    jobs = [
        Job(job_id=f"job-{n:06d}", portrait_uri="/p.png", script=f"Words {n}.", row=n + 1)
        for n in range(count)
    ]
    orders = orders_of(jobs)
    samples = Samples(every=count // 10)
    with outside() as out, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a device
        book = ResultsWriter(out, jobs, orders)
        progress = Progress(jobs=count, settled=0, console=Console(file=io.StringIO(), quiet=True))
        everyone = Observers((book, Events(nowhere, "bench"), progress, samples))
        settings = StageSettings(limits=Limits(), split=SplitParams())
        driver = Driver(Instant(), Ledger(out), settings, "bench")
        driver.run(book.open_orders, everyone, lambda: False)
        book.write()
        return samples, sum(1 for _ in read_results(out))


def growth(held: Sequence[tuple[int, int]]) -> float:
    """Bytes a finished job, from the second sample on: the first jobs warm caches."""
    (first, low), (last, high) = held[1], held[-1]
    return (high - low) / (last - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    began, used = perf_counter(), process_time()
    samples, rows = night(given.jobs)
    figures = {
        **where_it_ran(),
        "jobs": given.jobs,
        "result_rows": rows,
        "seconds": round(perf_counter() - began, 1),
        "processor_ms_a_job": round(1000 * (process_time() - used) / given.jobs, 3),
        "rss_mb": {over: round(rss / 2**20, 1) for over, rss in samples.held},
        "bytes_a_finished_job": round(growth(samples.held)),
    }
    tracemalloc.start()
    traced, _ = night(given.jobs // 5)
    figures["python_bytes_a_finished_job"] = round(growth(traced.held), 1)
    given.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
