"""Nights whose rows need consents: a register to edit, a clock that goes on, no pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.config import RunConfig
from jobs.engine.executor import Report
from jobs.output.results_writer import Summary
from jobs.run import run
from manifests import Job, Result
from tests.night import a_manifest, results
from tests.noun_builders import a_job
from tests.sketched import Sketched

NIGHT = datetime(2026, 11, 28, 22, tzinfo=UTC)
STEP = timedelta(seconds=5)


def a_register(folder: Path, *entries: str) -> str:
    """Put in place whole, as people who edit a shared file should."""
    path, new = folder / "register.csv", folder / "new.csv"
    new.write_text("\n".join(("id,person,revoked,valid_to,languages", *entries)) + "\n")
    new.replace(path)
    return str(path)


def a_row(job_id: str, consent_id: str | None, **columns: object) -> Job:
    script = f"A sentence of {job_id}."
    return a_job(job_id=job_id, consent_id=consent_id, script=script, **columns)


class Ticking:
    """A clock that goes on by 5 seconds whenever it is looked at."""

    def __init__(self) -> None:
        self.now = NIGHT

    def __call__(self) -> datetime:
        self.now += STEP
        return self.now


def night(
    folder: Path,
    rows: list[Job],
    between: Callable[[Report], None] = lambda _: None,
    **settings: object,
) -> Summary:
    """A run without pictures, in which `between` is called whenever a step has ended."""

    class Watched(Sketched):
        def reports(self, timeout_s: float) -> Sequence[Report]:
            found = super().reports(timeout_s)
            for report in found:
                between(report)
            return found

    config = RunConfig(scratch=folder / "scratch", **settings)  # type: ignore[arg-type]  # by name
    manifest = a_manifest(folder, rows)
    return run([manifest], str(folder / "out"), config, executor=Watched, clock=Ticking())


def ended(folder: Path) -> dict[str, tuple[str, str | None]]:
    found: dict[str, Result] = results(folder / "out")
    return {job: (result.status, result.error_code) for job, result in found.items()}
