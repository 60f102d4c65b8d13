"""An output folder as a run leaves it, written by hand: rows of every kind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.config import RunConfig
from jobs.output.run_file import write_run_file
from manifests.ledger import Attempt, Ledger
from manifests.results import Deliverable, Result, write_results

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028'\"; ../../x"

FLAG = "quality_flagged: lip_lag is 4 frames, above 3, of the whole take; look at it"


def a_result(job: str, status: str = "done", **told: Any) -> Result:  # noqa: ANN401 - fields
    times = {"started": BEGUN, "finished": BEGUN + timedelta(minutes=1)}
    return Result(**{"job_id": job, "status": status, "fingerprint": "a" * 40, **times, **told})


def delivered(out: Path, job: str, sidecar: Mapping[str, Any], **told: Any) -> Result:  # noqa: ANN401 - fields
    """A row that is done, with its sidecar written."""
    (out / "videos").mkdir(parents=True, exist_ok=True)
    path, video = out / "videos" / f"{job}.json", str(out / "videos" / f"{job} #1.mp4")
    path.write_text(json.dumps(sidecar))
    files = (
        Deliverable(profile="web", uri=video, sha256="0" * 64, bytes=4),
        Deliverable(profile="sidecar", uri=str(path), sha256="1" * 64, bytes=4),
    )
    return a_result(job, video_uri=video, duration_s=4.0, deliverables=files, **told)


def a_sidecar(**told: Any) -> dict[str, Any]:  # noqa: ANN401 - fields
    """Of two segments, each measured, with a gate for segments and one for takes."""
    gate = {"unit": "", "presets": [], "languages": []}
    seam = {"measure": "seam", "better": "lower", "span": "segment", "warn": 2.0, "fail": 4.0}
    lag = {"measure": "lip_lag", "better": "lower", "span": "take", "warn": 3.0, "fail": None}
    segments = ["b" * 40, "c" * 40]
    return {
        "version": "sidecar/2",
        "preset": {"name": "animatic", "digest": "d"},
        "seed": 1,
        "cuts_s": [0.0],
        "segments": segments,
        "fingerprints": {"take": "e" * 40, "asked": "a" * 40, "row": "f"},
        "title": HOSTILE,
        "language": "de",
        "drawn": [
            {"segment": name, "seed": 2**62, "figures": {"seam": 1.0 + number}}
            for number, name in enumerate(segments)
        ],
        "quality": {"lip_lag": 1.0},
        "gates": [gate | seam, gate | lag],
        **told,
    }


def an_attempt(job: str, worker: str, start_s: float, stop_s: float, **told: Any) -> Attempt:  # noqa: ANN401
    times = {
        "started": BEGUN + timedelta(seconds=start_s),
        "finished": BEGUN + timedelta(seconds=stop_s),
    }
    plain = {"task": f"{job}{start_s}", "stage": "generate", "job": "a", "state": "done"}
    return Attempt(**{**plain, "job_id": job, "worker": worker, "run_id": "r", **times, **told})


def write_night(
    out: Path | str,
    results: Sequence[Result],
    attempts: Sequence[Attempt] = (),
    manifest: str = "/gone/manifest.csv",
) -> str:
    """The files of the run `r`."""
    config = RunConfig(usd_per_gpu_hour=3.0)
    write_run_file(str(out), "r", [manifest], config, rows=len(results))
    write_results(results, str(out))
    Ledger(str(out)).append(attempts)
    return str(out)


def scripts(text: str) -> Any:  # noqa: ANN401 - whatever it holds
    """The data of a script that calls one function."""
    head, _, rest = text.partition("(")
    assert head.startswith("rushes.")
    return json.loads(rest.removesuffix(");\n"))
