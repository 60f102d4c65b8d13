"""What a person sees while a run goes on."""

from __future__ import annotations

import io

from rich.console import Console

from jobs.engine.attempts import Tally
from jobs.engine.phases import Failed, Failure
from jobs.reporting.progress import Pace, Progress, clock, line
from tests.noun_builders import an_order


def a_pace(**given: float) -> Pace:
    fields = {
        "jobs": 4,
        "jobs_over": 1,
        "jobs_cut": 2,
        "jobs_blank": 0,
        "segments": 10,
        "segments_known": 20,
        "segments_made": 10,
        "elapsed_s": 5.0,
    } | given
    return Pace(**fields)  # type: ignore[arg-type]  # names are the test's business


def test_the_time_left_counts_jobs_that_are_not_cut_yet() -> None:
    assert a_pace(jobs=2).left_s == 10 / 2
    assert a_pace(jobs=4).left_s == (10 + 2 * 10) / 2


def test_jobs_that_ended_without_segments_need_no_more_time() -> None:
    assert a_pace(jobs=4, jobs_blank=2).left_s == 10 / 2


def test_segments_taken_up_from_before_do_not_count_as_speed() -> None:
    assert a_pace(segments_made=5).rate == 1.0


def test_no_time_is_told_before_anything_was_made() -> None:
    assert a_pace(segments_made=0).left_s is None
    assert "left" not in line(a_pace(segments_made=0))


def test_no_time_is_told_where_all_is_drawn_and_files_are_still_made() -> None:
    """Files whose frames are enlarged take longer than what was drawn of them."""
    drawn = {"jobs": 2, "jobs_cut": 2, "segments": 20}
    assert line(a_pace(**drawn)).endswith("0:05, all is drawn: files are being made")
    assert line(a_pace(**drawn, jobs_over=2)).endswith("about 0:00 left")


def test_a_line_tells_jobs_segments_rate_and_time() -> None:
    told = line(a_pace())
    assert told.startswith("1/4 jobs, 10/20 segments")
    assert "2.00 segments/s" in told


def test_hours_are_told_as_hours() -> None:
    assert clock(59.6) == "1:00"
    assert clock(3 * 3600 + 62) == "3:01:02"


def test_where_there_is_no_terminal_lines_are_plain() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=False, width=40)
    failure = Failure(kind="BadInput", code="no_face", message="no face was found in a/b/c.png")
    with Progress(jobs=1, settled=0, console=console) as progress:
        progress.job_over(Failed(order=an_order("job-1"), failure=failure), Tally())
    said = written.getvalue()
    assert "\x1b" not in said
    assert "job-1: no_face: no face was found in a/b/c.png" in said
    (last,) = [text for text in said.splitlines() if text.startswith("1/1 jobs")]
    assert "segments/s" in last


def test_a_row_that_is_no_video_is_told_by_the_status_that_its_result_has() -> None:
    kinds = {"BadInput": "invalid", "Rejected": "rejected", "Cancelled": "cancelled"}
    for kind, status in (kinds | {"Transient": "failed", "Unexpected": "failed"}).items():
        written = io.StringIO()
        failure = Failure(kind=kind, code="a_code", message="why")
        with Progress(jobs=1, settled=0, console=Console(file=written)) as progress:
            progress.job_over(Failed(order=an_order("job-1"), failure=failure), Tally())
        assert written.getvalue().startswith(f"{status}  row ")
