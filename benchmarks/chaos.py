"""Nights in which workers, drivers and storage calls die at random: is anything lost?

    python benchmarks/chaos.py --runs 1000

Every run is seeded: one or two drivers at a time, faults before and after every storage call,
drivers that sleep for a minute in the middle of one, and every restart a new driver from the stored
bytes alone. Each night is held against an undisturbed one. Writes benchmarks/results/chaos.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent))

from chaos_night import chaos_run

RESULT = Path(__file__).parent / "results" / "chaos.json"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory where there is one


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first run")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    happened: Counter[str] = Counter()
    told: Counter[str] = Counter()
    wrong = []
    undisturbed: dict[int, dict[str, str]] = {}
    began = perf_counter()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for seed in range(given.first, given.first + given.runs):
            found = chaos_run(seed, Path(folder), undisturbed)
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
        "command": " ".join(["python", "benchmarks/chaos.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, two shared cores, folder in memory",
        "runs": given.runs,
        "seconds": round(perf_counter() - began, 1),
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
