"""Rows, jobs and attempts with all that does not matter filled in."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types

from manifests import Attempt, Invalid, Job, Result, examine
from manifests.validate import KnownNames

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_job(**changes: Any) -> Job:  # noqa: ANN401 - any field of a job
    job = Job(job_id="reel-4", portrait_uri="/faces/ada.png", script="Good evening.")
    return replace(job, **changes)


def a_row(**changes: object) -> dict[str, object]:
    return {"job_id": "reel-4", "portrait_uri": "ada.png", "script": "Good evening.", **changes}


def an_attempt(**changes: Any) -> Attempt:  # noqa: ANN401 - any field of an attempt
    attempt = Attempt(
        task="t1",
        stage="generate",
        job_id="reel-4",
        job="j1",
        state="done",
        started=NOON,
        finished=NOON,
    )
    return replace(attempt, **changes)


def a_result(**changes: Any) -> Result:  # noqa: ANN401 - any field of a result
    return replace(Result(job_id="reel-4", status="done"), **changes)


def a_csv(folder: Path, *rows: Mapping[str, object], name: str = "night.csv") -> str:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def a_jsonl(folder: Path, *rows: Mapping[str, object], name: str = "night.jsonl") -> str:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def a_parquet(folder: Path, columns: Mapping[str, object], name: str = "night.parquet") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return str(path)


def codes_of(uri: str, presets: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """Column and code of every problem in a manifest."""
    found = [
        item for item in examine([uri], KnownNames(presets=presets)) if isinstance(item, Invalid)
    ]
    return [(problem.column, problem.code) for item in found for problem in item.problems]
