"""What needs somebody stands first, the worst first, with its cause in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.engine.steering import ApprovedRow, Instruction, Steering
from jobs.instructions.rejecting import ask_rejection
from jobs.output.instruction_files import give
from jobs.report.collect import collect, in_vain_s
from jobs.report.lines import LineInput, in_default_order, job_line
from jobs.report.night import NightJob
from manifests.results import Result
from tests.jobs.report.builders import (
    FLAG,
    a_result,
    a_sidecar,
    an_attempt,
    delivered,
    write_night,
)


def a_line(result: Result, **told: object) -> NightJob:
    return job_line(LineInput(result=result, **told), "k", None)  # type: ignore[arg-type]  # fields by name


def test_the_default_order_is_rejected_flagged_failed_invalid_then_the_rest() -> None:
    lines = [
        a_line(a_result("rejected", "rejected", error_code="gate_failed")),
        a_line(a_result("flagged", warnings=(FLAG,))),
        a_line(a_result("failed", "failed")),
        a_line(a_result("invalid", "invalid")),
        a_line(a_result("fine")),
    ]
    assert in_default_order(reversed(lines)) == tuple(lines)


def test_of_one_state_the_furthest_beyond_its_gate_is_first() -> None:
    flagged = a_line(a_result("a", warnings=(FLAG,)))
    near, far = replace(flagged, worst=0.1), replace(flagged, worst=0.9)
    assert in_default_order([near, far]) == (far, near)


@pytest.mark.parametrize("warning", ["unsigned: no credentials", "late: 4 s after it was due"])
def test_other_warnings_flag_nothing(warning: str) -> None:
    assert a_line(a_result("a", warnings=(warning,))).need == "none"


def test_a_cause_names_measures_in_words_and_no_row() -> None:
    assert a_line(a_result("a", warnings=(FLAG,))).cause.startswith("Lip lag is 4 frames, above 3")
    told = "Row 4 of night.csv (a): seam is 9; a_b"
    assert a_line(a_result("a", "invalid", error_message=told)).cause == "Seam is 9; a_b"


def test_what_a_person_said_takes_a_job_out_of_the_first(tmp_path: Path) -> None:
    flagged = [delivered(tmp_path, job, a_sidecar(), warnings=(FLAG,)) for job in "ab"]
    out = write_night(tmp_path, flagged)
    ask_rejection(out, ["a"], "the tie is crooked")
    first, second = collect(out).jobs
    assert (first.job_id, first.need, first.state) == ("b", "decide", "flagged")
    assert (second.job_id, second.need, second.state) == ("a", "none", "rejected")
    assert "the tie is crooked" in second.decided
    give(out, Instruction(what="hold", jobs=("b",), given=datetime(2026, 2, 1, tzinfo=UTC)))
    assert {job.job_id: job.decided for job in collect(out).jobs}["b"] == "held"


def test_an_approval_of_what_is_there_now_decides_a_flagged_row() -> None:
    result = a_result("a", warnings=(FLAG,))
    seen = ApprovedRow(asked="a" * 40, row="")
    assert a_line(result, steering=Steering(approvals={"a": seen})).decided == "approved"
    stale = replace(seen, asked="b" * 40)
    assert a_line(result, steering=Steering(approvals={"a": stale})).need == "decide"


def test_hours_in_vain_are_of_failures_of_rejected_rows_and_of_refused_segments() -> None:
    results = [
        a_result("fine", gpu_s=100.0, segments=10),
        a_result("drawn again", gpu_s=120.0, segments=9, quality={"redrawn_segments": 3.0}),
        a_result("rejected", "rejected", gpu_s=50.0, quality={"redrawn_segments": 6.0}),
    ]
    attempts = [
        an_attempt("fine", "one", 0, 9, gpu_s=9.0, state="failed"),
        an_attempt("rejected", "one", 9, 19, gpu_s=10.0, state="failed"),
    ]
    assert in_vain_s(results, attempts) == 9.0 + 120.0 * 3 / 12 + 50.0
    assert in_vain_s([], []) == 0
