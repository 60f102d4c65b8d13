"""How long the report of a large night takes to build, how large its page is, and how fast it is in
a browser.

    python benchmarks/report.py --jobs 5000

The output folder is written here: results, sidecars of two segments with figures and gates, and a
ledger; one row of fifty is flagged, one rejected, one failed. Pictures and curves are made
as jobs end and are no part of it. The browser is Chromium (RUSHES_BROWSER, else one that is
installed), headless, on the same machine; without one its times are null.
Writes benchmarks/results/report.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.where import where_it_ran
from jobs.config import RunConfig
from jobs.output.run_file import write_run_file
from jobs.report.write import ReportWriter
from manifests.ledger import Attempt, Ledger
from manifests.results import Deliverable, Result, write_results
from pipeline.quality.gates import gates_for, read_gates
from pipeline.quality.measures import MEASURES
from pipeline.stage import StageName

RESULT = Path(__file__).parent / "results" / "report.json"
LANGUAGES = ("en", "de", "fr", "es", "ja", "pt-BR", "ar", "hi")
STAGES = tuple(StageName)
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
WORKERS = 16
ONE_OF, FAILED = 50, 27
KINDS: dict[int, Any] = {7: "flagged", 17: "rejected", FAILED: "failed"}


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write_night(out, asked.jobs)
        begin = perf_counter()
        ReportWriter(str(out)).write(until=lambda: True)
        built_s = perf_counter() - begin
        page = sum((out / name).stat().st_size for name in page_files(out))
        told = {
            **where_it_ran(),
            "load": round(psutil.getloadavg()[0], 1),
            "jobs": asked.jobs,
            "built_s": round(built_s, 2),
            "page_bytes": page,
            "all_bytes": sum(f.stat().st_size for f in (out / "report").rglob("*") if f.is_file()),
            "browser": in_browser(out / "report.html"),
        }
    print(json.dumps(told, indent=2))
    asked.write.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--write", type=Path, default=RESULT)
    return parser.parse_args()


def page_files(out: Path) -> Iterator[str]:
    """What is read before anything of a single job."""
    yield "report.html"
    yield from (f"report/{f.name}" for f in (out / "report").iterdir() if f.is_file())


def write_night(out: Path, jobs: int) -> None:
    """An output folder as a run leaves it, without stored work."""
    (out / "videos").mkdir(parents=True)
    write_run_file(str(out), "bench", ["/manifest.parquet"], RunConfig(), rows=jobs)
    write_results((a_result(out, number) for number in range(jobs)), str(out))
    for start in range(0, jobs, 500):
        numbers = range(start, min(jobs, start + 500))
        Ledger(str(out)).append(attempt for n in numbers for attempt in attempts_of_job(n))


def a_result(out: Path, number: int) -> Result:
    job = f"catalogue-{number:05d}"
    kind = KINDS.get(number % ONE_OF, "done")
    common: dict[str, Any] = {
        "job_id": job,
        "attempts": 6,
        "preset": "tiny",
        "seed": 7_000_000_000_000_000_000 + number,
        "fingerprint": f"{number:040x}",
        "started": BEGUN,
        "finished": BEGUN + timedelta(seconds=number),
    }
    if kind in ("rejected", "failed"):
        why = f"Row {number} of manifest.parquet ({job}): identity is 0.31, above 0.25; retake it."
        return Result(status=kind, error_code="gate_failed", error_message=why, **common)
    sidecar = out / "videos" / f"{job}.json"
    sidecar.write_text(json.dumps(sidecar_told(number)), encoding="utf-8")
    video = str(out / "videos" / f"{job}.mp4")
    flag = "quality_flagged: identity is 0.21 dlib distance, above 0.2, at 1.88 s; look at it"
    return Result(
        status="done",
        video_uri=video,
        sha256="0" * 64,
        duration_s=3.2,
        frames=80,
        fps=25.0,
        width=480,
        height=720,
        chunks=1,
        segments=2,
        gpu_s=21.4,
        warnings=(flag,) if kind == "flagged" else (),
        deliverables=(
            Deliverable(profile="web", uri=video, sha256="0" * 64, bytes=400_000),
            Deliverable(profile="sidecar", uri=str(sidecar), sha256="1" * 64, bytes=9_000),
        ),
        **common,
    )


def sidecar_told(number: int) -> dict[str, Any]:
    segment = {n: 0.1 for n, m in MEASURES.items() if m.span == "segment"}
    gates = gates_for(read_gates(), "tiny", "en")
    return {
        "version": "sidecar/2",
        "preset": {"name": "tiny", "digest": "a" * 16},
        "seed": number,
        "cuts_s": [0.0],
        "segments": [f"{number:040x}", f"{number + 1:040x}"],
        "fingerprints": {"take": "b" * 40, "asked": f"{number:040x}", "row": "c" * 40},
        "title": f"Catalogue {number // len(LANGUAGES)}",
        "language": LANGUAGES[number % len(LANGUAGES)],
        "speaker": "Ada",
        "script": "The first sentence is here to be spoken. The second one follows after a pause.",
        "drawn": [{"segment": "d" * 40, "seed": number, "figures": segment}] * 2,
        "quality": {n: 0.1 for n, m in MEASURES.items() if m.span == "take"},
        "gates": [{name: getattr(g, name) for name in g.__slots__} for g in gates],
    }


def attempts_of_job(number: int) -> Iterator[Attempt]:
    start = BEGUN + timedelta(seconds=24 * (number // WORKERS))
    for place, stage in enumerate(STAGES):
        renders = stage == StageName.GENERATE
        yield Attempt(
            task=f"{number:036x}{place:04x}",
            stage=stage,
            job_id=f"catalogue-{number:05d}",
            job=f"{number:040x}",
            state="failed" if renders and number % ONE_OF == FAILED else "done",
            worker=f"generator-{number % WORKERS}" if renders else f"cpu-{number % 8}",
            host="node-1",
            run_id="bench",
            segments_made=2 if renders else 0,
            gpu_s=21.4 if renders else 0.0,
            seconds=22.0 if renders else 0.5,
            started=start,
            finished=start + timedelta(seconds=22 if renders else 0.5),
        )


def in_browser(page: Path) -> dict[str, Any] | None:
    """Milliseconds until the first row can be opened, of filters, and of a sort, each to the next
    frame that is drawn."""
    names = ("chromium", "chromium-browser", "google-chrome")
    named = os.environ.get("RUSHES_BROWSER")
    found = named or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        return None
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a package of the tests

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1440, "height": 900})
        begin = perf_counter()
        tab.goto(page.as_uri(), wait_until="commit")
        tab.wait_for_selector("#rows tr a")
        first_s = perf_counter() - begin
        told = {
            "version": browser.version,
            "first_row_ms": round(first_s * 1000),
            "filter_ms": [took(tab, TYPED % word) for word in ("japanese", "0042", "flagged", "")],
            "state_ms": took(tab, PICKED),
            "sort_ms": took(tab, SORTED),
        }
        browser.close()
    return told


TYPED = """() => { const box = document.getElementById("search"); box.value = "%s";
box.dispatchEvent(new Event("input", { bubbles: true })); }"""
PICKED = """() => { const box = document.getElementById("by-state"); box.value = "!";
box.dispatchEvent(new Event("input", { bubbles: true })); }"""
SORTED = """() => document.querySelectorAll("#heads button")[4].click()"""


def took(tab: Any, does: str) -> int:  # noqa: ANN401 - playwright's page
    """Milliseconds until the frame after what is done."""
    told = tab.evaluate(f"""() => new Promise((done) => {{ const begin = performance.now();
    ({does})(); requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
    }})""")
    return round(float(told))


if __name__ == "__main__":
    main()
