"""Nights in which workers, drivers and storage calls die at random: is anything lost?

    python benchmarks/chaos.py --runs 1000 [--processes 2]

Every run is seeded: one or two drivers at a time, faults before and after every storage call,
drivers that sleep for a minute in the middle of one, and every restart a new driver from the stored
bytes alone. Each night is held against an undisturbed one. Writes benchmarks/results/chaos.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.nights.chaos_night import NIGHTS, Verdict, chaos_run
from benchmarks.where import where_it_ran

RESULT = Path(__file__).parent / "results" / "chaos.json"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory where there is one


Found = tuple[int, Verdict]


def some_runs(seeds: Sequence[int]) -> list[Found]:
    """Every run is repeatable by its seed alone, so they can be shared out."""
    undisturbed: dict[int, dict[str, str]] = {}
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        return [(seed, chaos_run(seed, Path(folder), undisturbed)) for seed in seeds]


def all_runs(seeds: range, processes: int) -> list[Found]:
    """Seeds of one manifest (they repeat every `NIGHTS`) stay together, so that its undisturbed
    night is made once."""
    lots = [[s for s in seeds if s % NIGHTS == night] for night in range(NIGHTS)]
    with get_context("spawn").Pool(processes) as pool:
        found = pool.imap_unordered(some_runs, [lot for lot in lots if lot])
        return sorted(chain.from_iterable(found), key=itemgetter(0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first run")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    happened: Counter[str] = Counter()
    told: Counter[str] = Counter()
    wrong = []
    began = perf_counter()
    for seed, found in all_runs(range(given.first, given.first + given.runs), given.processes):
        happened += found.happened
        for name in ("lost", "doubled", "differing", "overwritten"):
            told[name] += len(getattr(found, name))
        told["segments rendered again"] += found.rendered_again
        if found.wrong:
            wrong.append(seed)
            print(seed, found, flush=True)
    kinds: Counter[str] = Counter()
    for what, count in happened.items():
        kinds[what.partition(" at ")[0]] += count
    figures = {
        **where_it_ran("folder in memory"),
        "runs": given.runs,
        "processes": given.processes,
        "seconds": round(perf_counter() - began, 1),
        "processor seconds": round(sum(os.times()[2:4]), 1),
        "load average": round(os.getloadavg()[0], 1),
        "lost": told["lost"],
        "doubled": told["doubled"],
        "differing": told["differing"],
        "given again by an earlier epoch": told["overwritten"],
        "segments rendered again": told["segments rendered again"],
        "faults": dict(sorted(kinds.items())),
        "faults by call": dict(sorted(happened.items())),
        "wrong seeds": wrong,
    }
    given.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({k: v for k, v in figures.items() if k != "faults by call"}, indent=2))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
