"""Hostile rows, manifests, bundles, weights and settings: is each refused, or taken, well?

    python benchmarks/hostile.py [--only picture ...] [--cases sound/nan ...] [--no-night]

Every case is made by a script and handed over in a process of its own, whose writes, programs and
sockets are watched. A case is clean when it ends by itself with one of its codes, within 60 s of
processor time and 2 GiB, and wrote nothing outside its output and scratch. Then all rows stand in
one manifest with five good ones, for one night with a real Ray. Writes
benchmarks/results/hostile.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OMP_NUM_THREADS", "2")

from benchmarks.hostile_cases.case import FINE, Case  # noqa: E402
from benchmarks.hostile_cases.child import Verdict, tried  # noqa: E402
from benchmarks.hostile_cases.night import Night, a_night  # noqa: E402
from benchmarks.where import where_it_ran  # noqa: E402

KINDS = {
    "picture": "benchmarks.hostile_cases.pictures",
    "video": "benchmarks.hostile_cases.videos",
    "sound": "benchmarks.hostile_cases.sounds",
    "script": "benchmarks.hostile_cases.texts",
    "lexicon": "benchmarks.hostile_cases.lexicons",
    "name": "benchmarks.hostile_cases.names",
    "value": "benchmarks.hostile_cases.values",
    "manifest": "benchmarks.hostile_cases.manifests",
    "output": "benchmarks.hostile_cases.outputs",
    "captions": "benchmarks.hostile_cases.captions",
    "settings": "benchmarks.hostile_cases.settings",
    "weights": "benchmarks.hostile_cases.weights",
}
LOADED = (
    "jobs.cli",
    "jobs.run",
    "jobs.engine.executor",
    "pipeline.prepare",
    "pipeline.checks.opened",
    "PIL.Image",
    "cv2",
    "onnxruntime",
)
"""Loaded once, so that each case is a fork of a program that has begun."""

A_GOOD_PAIR = """
import shutil, sys
from pathlib import Path
from jobs.examples.portraits import astronaut
from pipeline.media.voice.speech import choose_voice, speak_script
folder = Path(sys.argv[1])
shutil.copyfile(astronaut(), folder / "good.png")
mono, mix = folder / "mono.wav", folder / "good.wav"
speak_script("Good morning to you.", choose_voice("en", None), speech=mono, mix=mix)
"""

LINE = "{kind:9} {clean:3} of {cases:3}  {slowest_s:6.2f} s {slowest}, {largest_mib} MiB {largest}"

RESULT = ROOT / "benchmarks" / "results" / "hostile.json"


def all_cases(kinds: Iterable[str] = tuple(KINDS)) -> list[Case]:
    return [case for kind in kinds for case in importlib.import_module(KINDS[kind]).CASES]


def a_good_pair(folder: Path) -> tuple[Path, Path]:
    """A portrait that a package carries, and a voice of this machine, made by a process that ends:
    what is forked later has no threads."""
    command = [sys.executable, "-c", A_GOOD_PAIR, str(folder)]
    subprocess.run(command, check=True, cwd=ROOT)
    return folder / "good.png", folder / "good.wav"


def told(verdict: Verdict) -> str:
    mark = "ok " if not verdict.wrong else "BAD"
    came = ", ".join(verdict.came) or "taken"
    line = (
        f"{mark} {verdict.seconds:6.2f} s {verdict.peak_mib:5} MiB  {verdict.kind}/{verdict.name}"
    )
    return "\n      ".join([f"{line}: {came}", *verdict.wrong])


def summary(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """A line of the table for each kind."""
    return [
        {
            "kind": kind,
            "cases": len(each),
            "clean": sum(not verdict.wrong for verdict in each),
            "slowest_s": max(verdict.seconds for verdict in each),
            "slowest": max(each, key=lambda verdict: verdict.seconds).name,
            "largest_mib": max(verdict.peak_mib for verdict in each),
            "largest": max(each, key=lambda verdict: verdict.peak_mib).name,
        }
        for kind, group in groupby(verdicts, key=lambda verdict: verdict.kind)
        if (each := list(group))
    ]


def write(verdicts: Sequence[Verdict], night: Night | None, out: Path) -> None:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=False)
    clean = sum(not verdict.wrong for verdict in verdicts)
    result = {
        **where_it_ran(f"Python {platform.python_version()}"),
        "commit": head.stdout.strip(),
        "cases": len(verdicts),
        "clean": clean,
        "kinds": summary(verdicts),
        "night": asdict(night) if night else None,
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for line in summary(verdicts):
        print(LINE.format(**line))
    print(f"{clean} of {len(verdicts)} clean")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", nargs="*", choices=[*KINDS], default=[*KINDS], help="kinds; default: all"
    )
    parser.add_argument("--cases", nargs="*", help="only these, as KIND/NAME; default: all")
    parser.add_argument("--no-night", action="store_true", help="leave the night out")
    parser.add_argument(
        "--refused-night", action="store_true", help="a shorter night: of rows that must be refused"
    )
    parser.add_argument("--no-cases", action="store_true", help="the night alone")
    parser.add_argument(
        "--keep", type=Path, help="a new folder for all that is made; default: none"
    )
    parser.add_argument("--out", type=Path, default=RESULT)
    asked = parser.parse_args()
    chosen = [
        case
        for case in all_cases(asked.only)
        if asked.cases is None or f"{case.kind}/{case.name}" in asked.cases
    ]
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        base = asked.keep or Path(folder)
        base.mkdir(parents=True, exist_ok=True)
        verdicts = [] if asked.no_cases else verdicts_on(chosen, base)
        rows = [case for case in chosen if not (asked.refused_night and FINE in case.codes)]
        night = None if asked.no_night else a_night(rows, base / "night", *a_good_pair(base))
        if night:
            print(night.table())
    write(verdicts, night, asked.out)
    raise SystemExit(any(verdict.wrong for verdict in verdicts) or bool(night and night.wrong))


def verdicts_on(cases: Iterable[Case], base: Path) -> list[Verdict]:
    for library in LOADED:
        importlib.import_module(library)
    good = a_good_pair(base)
    found = []
    for case in cases:
        if case.kind == "weights":  # the last kind: it alone needs torch, which takes seconds
            importlib.import_module("model.convert")
        found.append(tried(case, base, *good))
        print(told(found[-1]), flush=True)
    return found


if __name__ == "__main__":
    main()
