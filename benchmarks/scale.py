"""A manifest of a million scripts, checked without media and quoted: seconds and memory.

    python benchmarks/scale.py --rows 1000000

Writes benchmarks/results/scale.json.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut

RESULT = Path(__file__).parent / "results" / "scale.json"
RUSHES = str(Path(sys.executable).with_name("rushes"))
GROUP = 20_000
SENTENCE = "The night is long, and every row becomes a video. "


def write_manifest(path: Path, rows: int) -> None:
    """One portrait, and scripts of one to eight sentences; in groups, because a child process is
    counted with what its parent held."""
    draw = random.Random(1)  # noqa: S311 - the same manifest every time
    names = ("job_id", "portrait_uri", "script")
    with pq.ParquetWriter(path, pa.schema([(name, pa.string()) for name in names])) as writer:
        for first in range(0, rows, GROUP):
            group = range(first, min(first + GROUP, rows))
            columns = (
                [f"job-{row:07d}" for row in group],
                [str(astronaut())] * len(group),
                [SENTENCE * draw.randrange(1, 9) for _ in group],
            )
            writer.write_table(pa.table(dict(zip(names, columns, strict=True))))


def measured(*call: str) -> dict[str, object]:
    """Wall and processor seconds and the largest resident set of one call."""
    began = perf_counter()
    child = subprocess.Popen([RUSHES, *call], stdout=subprocess.PIPE, text=True)
    output = child.stdout.read() if child.stdout else ""
    _, status, used = os.wait4(child.pid, 0)
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "wall_s": round(perf_counter() - began, 1),
        "processor_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1000),
        "last_line": output.strip().splitlines()[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "manifest.parquet"
        write_manifest(manifest, given.rows)
        figures = {
            **where_it_ran(),
            "rows": given.rows,
            "check": measured("check", str(manifest)),
            "quote": measured("quote", str(manifest), "--workers", "64"),
        }
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
