"""One night of all hostile rows with five good ones, on a Ray of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile_cases.case import FINE, Case, Ground
from benchmarks.hostile_cases.child import memory_of, tree_of

GOOD = 5
ROWS = ("picture", "video", "sound", "script", "lexicon", "name", "value")
"""Kinds whose cases are rows."""

PATIENCE_S = 3600
SCANS = "picture-scans-15000"
SETTINGS = 'scratch = "{folder}/scratch"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """How it ended. `scans`: when H3's picture began and was refused by the ledger, and the steps
    of good rows that went on beside it."""

    rows: int
    good_done: int
    statuses: dict[str, int]
    exit_code: int
    seconds: float
    peak_mib: int
    wrong: tuple[str, ...]
    scans: dict[str, object]

    def table(self) -> str:
        told = ", ".join(f"{count} {status}" for status, count in self.statuses.items())
        good = f"{self.good_done} of {GOOD} good ones done"
        cost = f"exit {self.exit_code}, {self.seconds:.0f} s, {self.peak_mib} MiB"
        lines = (
            f"night: {self.rows} rows, {told}; {good}; {cost}",
            f"{SCANS}: {json.dumps(self.scans)}",
            *(f"BAD {wrong}" for wrong in self.wrong),
        )
        return "\n".join(lines)


def a_night(cases: Sequence[Case], folder: Path, face: Path, voice: Path) -> Night:
    """Make all rows, run them, and read what came of each."""
    folder.mkdir()
    rows = [*hostile_rows(cases, folder, face, voice)]
    good = {"portrait_uri": str(face), "audio_uri": str(voice)}
    step = max(1, len(rows) // GOOD)
    for number in range(GOOD):
        rows.insert(number * (step + 1), {"job_id": f"good-{number}", **good})
    manifest = folder / "night.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "settings.toml").write_text(SETTINGS.format(folder=folder))
    began = time.monotonic()
    exit_code, peak_mib = carried_out(folder, manifest)
    return judged(cases, folder, len(rows), exit_code, (time.monotonic() - began, peak_mib))


def hostile_rows(
    cases: Sequence[Case], folder: Path, face: Path, voice: Path
) -> list[dict[str, object]]:
    """The rows of all cases that are rows, each with an id that tells it."""
    rows: list[dict[str, object]] = []
    for case in cases:
        if not case.at_night or case.kind not in ROWS:
            continue
        (folder / "in" / case.job_id / "tmp").mkdir(parents=True)
        (folder / "in" / case.job_id / "in").mkdir()
        given = case.make(Ground(folder / "in" / case.job_id / "in", face, voice))
        if isinstance(given, dict):
            rows.append({"job_id": case.job_id} | given)
    return rows


def carried_out(folder: Path, manifest: Path) -> tuple[int, int]:
    """The exit code of `rushes run`, and the most memory that it and all below it held."""
    command = [sys.executable, "-c", "from jobs.cli import main; main()"]
    command += ["run", str(manifest), "--out", str(folder / "out"), "--gpus", "0"]
    command += ["--preset", "animatic", "--config", str(folder / "settings.toml")]
    root = Path(__file__).parents[2]
    with (folder / "said").open("wb") as said:
        child = subprocess.Popen(command, stdout=said, stderr=said, cwd=root)
        peak, ends = 0, time.monotonic() + PATIENCE_S
        while child.poll() is None:
            peak = max(peak, sum(map(memory_of, tree_of(child.pid))))
            if time.monotonic() > ends:
                child.terminate()
            time.sleep(0.5)
    return child.returncode, peak


def judged(
    cases: Sequence[Case], folder: Path, rows: int, exit_code: int, cost: tuple[float, int]
) -> Night:
    from manifests import read_results  # noqa: PLC0415 - loaded when the night is over

    results = {result.job_id: result for result in read_results(str(folder / "out"))}
    ends = {
        name: (result.status, {result.error_code or FINE, *map(code_of, result.warnings)})
        for name, result in results.items()
    }
    done = sum(ends.get(f"good-{n}", ("", set()))[0] == "done" for n in range(GOOD))
    return Night(
        rows=rows,
        good_done=done,
        statuses=dict(Counter(status for status, _ in ends.values())),
        exit_code=exit_code,
        seconds=round(cost[0], 1),
        peak_mib=cost[1],
        wrong=tuple(wrong_of(cases, folder, ends)) if done == GOOD else ("a good row is not done",),
        scans=scans_of(folder),
    )


def wrong_of(cases: Sequence[Case], folder: Path, ends: Mapping[str, tuple[str, str]]) -> list[str]:
    """Rows that ended otherwise than their cases say."""
    said = (folder / "said").read_text("utf-8", "replace")
    wrong = [f"the run said: {word}" for word in ("Traceback", "internal_error") if word in said]
    for case in cases:
        status, codes = ends.get(case.job_id, ("", set()))
        if status and not case.codes & codes:
            wrong.append(f"{case.job_id}: {status} {', '.join(sorted(codes))}")
    return wrong


def code_of(warning: str) -> str:
    return warning.partition(":")[0]


def scans_of(folder: Path) -> dict[str, object]:
    """When H3's picture began and was refused, and what its neighbours did meanwhile."""
    from manifests import Ledger  # noqa: PLC0415

    attempts = [*Ledger(str(folder / "out")).read()]
    mine = [each for each in attempts if each.job_id == SCANS]
    if not mine:
        return {}
    began, ended = mine[0].started, mine[-1].finished
    beside = [
        f"{each.job_id} {each.stage} {each.started:%T.%f} to {each.finished:%T.%f}"
        for each in attempts
        if each.job_id.startswith("good-") and each.started < ended and each.finished > began
    ]
    return {
        "began": began.isoformat(),
        "ended": ended.isoformat(),
        "seconds": round((ended - began).total_seconds(), 2),
        "code": mine[-1].error_code,
        "beside": beside[:10],
    }
