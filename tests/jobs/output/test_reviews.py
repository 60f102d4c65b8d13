"""A video that a person did not take counts as rejected until it is made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig
from jobs.engine.attempts import Tally
from jobs.engine.steering import (
    Approval,
    ApprovedRow,
    RejectedVideo,
    Rejection,
    Steering,
    steering_from,
)
from jobs.output.instruction_files import Watch
from jobs.output.results_writer import NOTHING, ResultsWriter, results_so_far
from jobs.output.reviews import BY_A_PERSON, as_made, reviewed
from jobs.output.run_file import write_run_file
from manifests.results import read_results, write_results
from tests.jobs.output.test_results_writer import a_finished
from tests.jobs.test_cli import call
from tests.manifests.builders import NOON, a_result
from tests.noun_builders import an_order

LIPS = RejectedVideo(asked="a", reason="The lips are late.")
SEEN = ApprovedRow(asked="a", row="r")

words = st.lists(st.sampled_from(["approve", "withdraw", "reject", "pardon"]), max_size=6)


@given(words)
def test_an_approval_and_a_rejection_take_each_others_place(said: list[str]) -> None:
    meant = {
        "approve": Approval(jobs={"a": SEEN}, given=NOON),
        "withdraw": Approval(jobs={"a": None}, given=NOON),
        "reject": Rejection(jobs={"a": LIPS}, given=NOON),
        "pardon": Rejection(jobs={"a": None}, given=NOON),
    }
    holds = steering_from({f"{n:02}": meant[word] for n, word in enumerate(said)})
    approved, rejected = False, False
    for word in said:
        approved = word == "approve" or (approved and word == "pardon")
        rejected = word == "reject" or (rejected and word == "withdraw")
    assert (holds.approvals, holds.rejections) == (
        {"a": SEEN} if approved else {},
        {"a": LIPS} if rejected else {},
    )


@given(st.sampled_from(["done", "failed", "rejected"]), st.sampled_from(["a", "b"]))
def test_what_a_person_said_is_told_and_taken_off_again(status: str, asked: str) -> None:
    made = a_result(job_id="a", status=status, fingerprint=asked)
    told = reviewed(made, {"a": LIPS})
    assert as_made(told) == made
    assert (told != made) == (status == "done" and asked == "a")


def test_a_rejected_row_is_written_as_rejected_and_is_not_made_again(tmp_path: Path) -> None:
    order, said = an_order("a"), {"a": LIPS}
    first = ResultsWriter(str(tmp_path), [order.job], [order])
    first.job_admitted(order)
    first.job_over(a_finished("a"), Tally())
    first.write()
    kept = {result.fingerprint or "": result for result in results_so_far(str(tmp_path))}

    later = ResultsWriter(str(tmp_path), [], [], rejections=lambda: said)
    assert later.add([order.job], [order], kept) == []
    assert later.changed
    later.write()
    (told,) = read_results(str(tmp_path))
    assert (told.status, told.error_code) == ("rejected", BY_A_PERSON)
    assert "The lips are late; ask" in (told.error_message or "")
    assert told.deliverables == kept["a"].deliverables
    assert results_so_far(str(tmp_path)) == list(kept.values())
    summary = later.summary(Steering(rejections=said))
    assert (summary, summary.complete) == (replace(NOTHING, rejected=1), False)

    said.clear()
    last = ResultsWriter(str(tmp_path), [], [], rejections=lambda: said)
    last.add([order.job], [order], kept)
    assert last.changed
    last.write()
    assert [row.status for row in read_results(str(tmp_path))] == ["done"]


def test_videos_are_rejected_by_a_command_and_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [a_result(job_id=n, fingerprint=n, started=NOON, finished=NOON) for n in "ab"]
    assert write_results(rows, str(tmp_path))
    assert call(monkeypatch, "reject", tmp_path, "a") == 2
    write_run_file(str(tmp_path), "run", [], RunConfig(), rows=2)

    assert call(monkeypatch, "reject", tmp_path, "a", "zz", "--reason", LIPS.reason) == 1
    said = capsys.readouterr()
    assert "zz is not finished" in said.err
    assert "1 rejected now, 0 before" in said.out
    assert Watch(str(tmp_path))().rejections == {"a": LIPS}
    assert call(monkeypatch, "reject", tmp_path, "a", "--reason", LIPS.reason) == 0
    assert "0 rejected now, 1 before" in capsys.readouterr().out
    assert call(monkeypatch, "status", tmp_path) == 0
    told = capsys.readouterr().out
    assert "1 done, 1 rejected" in told
    assert "a: The lips are late; ask for a retake" in told

    assert call(monkeypatch, "reject", tmp_path, "a", "--reason", "x" * 501) == 2
    assert "[reason_too_long]" in capsys.readouterr().err
    assert call(monkeypatch, "reject", tmp_path, "a", "b", "--withdraw") == 1
    assert "b is not rejected" in capsys.readouterr().err
    assert Watch(str(tmp_path))().rejections == {}
