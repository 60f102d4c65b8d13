"""Peak memory of the driver and of each kind of worker, for a long script against a short one.

    python benchmarks/memory.py --minutes 1 10

Writes benchmarks/results/memory.json. The aim: within 1.2 times, whatever the length.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sysconfig
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from manifests import Job, read_results, write_jobs

RUSHES = Path(sysconfig.get_path("scripts")) / "rushes"
WORDS_PER_MINUTE = 165
SENTENCES = (
    "Every evening the studio hands over a manifest with portraits and scripts.",
    "Each row of it becomes one finished video before the sun comes up.",
    "Long scripts are cut in their pauses, and the pieces are rendered side by side.",
    "Nothing holds a whole video, neither in memory nor in a pipe.",
    "A worker that is lost in the night costs one segment and no more.",
    "In the morning the results say what was made, and who must act on the rest.",
)
KINDS = {"GeneratorWorker": "generator", "on_cpu": "cpu", "IDLE": "cpu"}


def a_script(minutes: float) -> str:
    """Sentences that take about that long to speak; numbered, so that no two are the same."""
    words, parts = 0, []
    while words < minutes * WORDS_PER_MINUTE:
        sentence = SENTENCES[len(parts) % len(SENTENCES)]
        parts.append(f"Number {len(parts) + 1}. {sentence}")
        words += len(parts[-1].split())
    return " ".join(parts)


def kind_of(process: psutil.Process, driver: int) -> str | None:
    if process.pid == driver:
        return "driver"
    title = " ".join(process.cmdline())
    return next((kind for mark, kind in KINDS.items() if f"ray::{mark}" in title), None)


def peaks_mib(run: subprocess.Popen[bytes]) -> dict[str, float]:
    """The largest unique set size of each kind of process while the run goes on."""
    peaks: dict[str, float] = defaultdict(float)
    driver = psutil.Process(run.pid)
    while run.poll() is None:
        for process in [driver, *driver.children(recursive=True)]:
            try:
                kind = kind_of(process, run.pid)
                if kind is not None:
                    peaks[kind] = max(peaks[kind], process.memory_full_info().uss / 2**20)
            except psutil.Error:
                continue
        time.sleep(0.5)
    return dict(peaks)


def measure(minutes: float, folder: Path) -> dict[str, object]:
    manifest, out = str(folder / "manifest.parquet"), str(folder / "out")
    portrait = str(astronaut())
    write_jobs([Job(job_id="take", portrait_uri=portrait, script=a_script(minutes))], manifest)
    began = time.monotonic()
    command = [str(RUSHES), "run", manifest, "--out", out]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as run,
    ):
        peaks = peaks_mib(run)
    result = next(iter(read_results(out)))
    return {
        "status": result.status,
        "video_s": result.duration_s,
        "chunks": result.chunks,
        "segments": result.segments,
        "wall_s": round(time.monotonic() - began, 1),
        "peak_mib": {kind: round(peak, 1) for kind, peak in sorted(peaks.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs=2, default=(1.0, 10.0))
    short, long = parser.parse_args().minutes
    runs = {}
    for minutes in (short, long):
        with tempfile.TemporaryDirectory() as folder:
            runs[f"{minutes:g} min"] = measure(minutes, Path(folder))
    first, second = (run["peak_mib"] for run in runs.values())
    report = {
        "what": "unique set size (MiB), peak over the run, animatic 512x512",
        **where_it_ran("no GPU"),
        "runs": runs,
        "ratio": {kind: round(second[kind] / first[kind], 3) for kind in first},
    }
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    text = json.dumps(report, indent=2) + "\n"
    (results / "memory.json").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
