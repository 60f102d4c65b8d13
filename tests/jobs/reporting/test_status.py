"""What a run tells of itself while it goes on and afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from jobs.cli import app
from jobs.reporting.status import (
    LATELY,
    UnfinishedJob,
    begun_jobs,
    pace,
    run_status,
    status_lines,
    work_of,
)
from tests.jobs.loaded import ENGINES, loaded_by
from tests.manifests.builders import NOON, a_result, an_attempt


def test_a_job_begun_is_told_by_its_last_stage_and_its_chunks() -> None:
    attempts = [
        an_attempt(job_id="a", stage="prepare", chunk=-1),
        an_attempt(job_id="a", stage="generate", chunk=0),
        an_attempt(job_id="a", stage="generate", chunk=1),
        an_attempt(job_id="a", stage="generate", chunk=2, state="failed"),
        an_attempt(job_id="over", stage="prepare", chunk=-1),
        an_attempt(job_id="named", stage="publish", chunk=-1),
    ]
    begun = list(begun_jobs([a_result(job_id="over")], attempts))
    assert begun == [UnfinishedJob(job_id="a", stage="generate", chunks=2)]


def test_seconds_that_gave_nothing_are_told_by_whose_fault_they_were() -> None:
    work = work_of(
        [
            an_attempt(gpu_s=10.0, segments_made=5),
            an_attempt(gpu_s=2.0, state="failed", error="Unexpected"),
            an_attempt(gpu_s=3.0, state="failed", error="Preempted"),
            an_attempt(gpu_s=4.0, state="failed", error="Transient", error_code="worker_lost"),
        ]
    )
    assert (work.gpu_s, work.failed_s, work.lost_s) == (19.0, 2.0, 7.0)


@given(early=st.integers(0, 5), late=st.integers(1, 5), seconds=st.integers(10, 1000))
def test_the_pace_is_that_of_the_last_half_hour(early: int, late: int, seconds: int) -> None:
    span = timedelta(seconds=seconds)
    before = NOON - LATELY - timedelta(hours=2)
    attempts = [
        an_attempt(segments_made=9, started=before, finished=before + span) for _ in range(early)
    ]
    attempts += [
        an_attempt(segments_made=2, started=NOON - span, finished=NOON) for _ in range(late)
    ]
    assert abs(pace(attempts) - 2 * late * 3600 / seconds) < 1e-6 * late * 3600


def test_a_night_without_segments_has_no_pace() -> None:
    assert pace([an_attempt()]) == 0


def test_status_loads_no_engine(undisturbed: Path) -> None:
    assert loaded_by(f"{ENGINES} boto3", "status", str(undisturbed)) == ""


def test_a_finished_night_is_told_in_a_few_lines_and_as_json(undisturbed: Path) -> None:
    standing = run_status(str(undisturbed))
    told = "\n".join(status_lines(standing))
    assert "1 done; 0 without a result" in told
    assert "segments an hour of late" in told
    assert f"logs: {undisturbed}/_run/logs/*-{standing.run_id}-*.jsonl" in told
    said = CliRunner().invoke(app, ["status", str(undisturbed), "--json"])
    assert json.loads(said.output)["ended"] == {"done": 1}


def test_rows_of_earlier_runs_do_not_hide_those_without_a_result(undisturbed: Path) -> None:
    standing = replace(run_status(str(undisturbed)), rows=5, rows_of_others=3, ended={"done": 4})
    first, second, *_ = status_lines(standing)
    assert first.endswith(" UTC, 5 rows and 3 of earlier runs")
    assert second == "4 done; 4 without a result"
