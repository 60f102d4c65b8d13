"""Plans and lines of logs, for tests."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from jobs.logs.process_log import LogPlan, logs_folder
from manifests.storage import storage_of


def a_plan(out: object, scratch: Path, **fields: object) -> LogPlan:
    plan = LogPlan(out=str(out), scratch=scratch, run="a1b2", began="20261128T220000Z")
    return replace(plan, **fields)  # type: ignore[arg-type]  # fields by name


def log_bytes(out: object) -> bytes:
    """All that was logged under an output folder."""
    uris = storage_of(str(out)).list(logs_folder(str(out)))
    return b"".join(storage_of(uri).read(uri) for uri in uris)


def log_lines(out: object) -> list[dict[str, str]]:
    return [json.loads(line) for line in log_bytes(out).splitlines()]
