"""Rows are rendered when people approved their proof, and only as they were seen there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from jobs.config import RunConfig
from jobs.engine.steering import Approval, ApprovedRow, Steering, steering_from
from jobs.orders import order_of
from jobs.output import instruction_files
from jobs.output.approvals import TOLD, proof_of, tell_outdated
from jobs.output.instruction_files import Watch, give, steering_of
from jobs.output.run_file import write_run_file
from jobs.run import run
from manifests import Job, Result
from manifests.results import Deliverable, write_results
from pipeline.presets import ANIMATIC, TINY
from pipeline.sidecar import Names, PresetUsed, Sidecar
from tests.jobs.commands.test_steering import no_executor
from tests.jobs.test_cli import call
from tests.manifests.builders import a_result
from tests.night import Media, a_manifest, results, run_here
from tests.noun_builders import a_job, an_order

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)
VERSIONS = ("1/face", "2/voice")

approvals = st.dictionaries(
    st.sampled_from("abc"), st.none() | st.builds(ApprovedRow, asked=st.just("x"), row=st.just("")),
)  # fmt: skip


@given(st.lists(approvals, max_size=6))
def test_the_last_word_about_an_approval_counts(said: list[dict[str, ApprovedRow | None]]) -> None:
    words = {f"{n:02}": Approval(jobs=jobs, given=NOW) for n, jobs in enumerate(said)}
    last = {job: seen for jobs in said for job, seen in jobs.items()}
    gate = steering_from(words).approvals
    assert gate == {job: seen for job, seen in last.items() if seen}
    steering = Steering(gate=gate)
    assert [n for n in "abc" if steering.holds(an_order(n))] == [n for n in "abc" if n not in gate]


def a_row(versions: tuple[str, ...] = VERSIONS, **fields: object) -> str:
    return order_of(a_job(**fields), versions, ANIMATIC, RunConfig(), 0).row


def test_an_approval_is_of_what_the_row_says_and_not_of_what_renders_it() -> None:
    same = [{"preset": "tiny"}, {"priority": 3}, {"due": NOW}, {"row": 7}]
    assert {a_row(**fields) for fields in same} == {a_row()}  # type: ignore[arg-type]  # fields
    final = order_of(a_job(), VERSIONS, TINY, RunConfig(), 0)
    assert final.row == a_row()
    other = [{"script": "Hi."}, {"prompt": "A park."}, {"seed": 3}, {"voice": "flite:slt"}]
    named = {a_row(**fields) for fields in other}  # type: ignore[arg-type]  # fields by name
    named |= {a_row(("1/face", "3/voice"))}
    assert len(named - {a_row()}) == len(other) + 1


def test_a_cancelled_row_is_not_held_for_its_approval() -> None:
    steering = Steering(cancelled=frozenset("a"), gate={})
    assert (steering.holds(an_order("a")), steering.cancels(an_order("a"))) == (False, True)


def test_approvals_reach_a_run_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    out, proof = str(tmp_path / "out"), str(tmp_path / "proof")
    steering = steering_of(out, proof)
    assert steering().awaits(an_order("a"))
    give(proof, Approval(jobs={"a": ApprovedRow(asked="x", row="")}, given=NOW))
    assert not steering().awaits(an_order("a"))
    assert not steering_of(out, None)().awaits(an_order("b"))


def test_an_approval_of_an_earlier_video_does_not_count() -> None:
    rows = [a_result(job_id="a", fingerprint="new"), a_result(job_id="b", fingerprint="b")]
    seen = {"a": ApprovedRow(asked="old", row="r"), "b": ApprovedRow(asked="b", row="r")}
    proof = proof_of({}, rows, seen)
    assert proof is not None
    assert (proof.approved, proof.waiting) == (1, ("a",))
    assert proof_of({}, rows, {}) is None


def test_rows_that_changed_since_are_named(caplog: pytest.LogCaptureFixture) -> None:
    orders = [an_order(f"{n:02}") for n in range(TOLD + 2)]
    gate = {order.request_id: ApprovedRow(asked="", row="another") for order in orders}
    tell_outdated([*orders, an_order("never approved")], Steering(gate=gate))
    said = caplog.messages
    assert said[0].startswith("00 has changed since it was approved")
    assert said[-1] == "and 2 more rows that changed since"


def test_a_night_is_proofed_approved_and_rendered(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, proof = tmp_path / "out", tmp_path / "proof"
    same = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration), "seed": 1}
    rows = [Job(job_id="a", **same), Job(job_id="b", preset="tiny", **same)]  # type: ignore[arg-type]
    manifest = a_manifest(tmp_path, rows)
    assert run_here(manifest, proof, scratch, proof=True).done == 2
    assert {row.preset for row in results(proof).values()} == {"animatic"}

    assert call(monkeypatch, "approve", proof, "a", "zz") == 1
    said = capsys.readouterr()
    assert "zz is not approved: it is no job of this proof" in said.err
    assert "1 approved now, 0 before." in said.out
    assert call(monkeypatch, "status", proof) == 0
    assert "1 approved, 1 to be approved\n  to approve  b" in capsys.readouterr().out

    summary = run_here(manifest, out, scratch, approved=str(proof))
    assert (summary.done, summary.unapproved, summary.complete) == (1, 1, False)
    assert list(results(out)) == ["a"]

    rows[0] = Job(job_id="a", prompt="A park.", **same)  # type: ignore[arg-type]  # by name
    config = RunConfig(scratch=scratch, approved=str(proof))
    changed = a_manifest(tmp_path, rows)
    summary = run([changed], str(out), config, executor=no_executor)
    assert (summary.done, summary.unapproved, summary.left) == (0, 2, 0)
    assert "a has changed since it was approved" in capsys.readouterr().err

    assert call(monkeypatch, "approve", proof, "--all") == 0
    assert "1 approved now, 1 before." in capsys.readouterr().out
    assert call(monkeypatch, "approve", proof, "a", "aa", "--withdraw") == 1
    assert "aa is not approved, so nothing is taken back" in capsys.readouterr().err
    call(monkeypatch, "status", proof)
    assert "1 approved, 1 to be approved\n  to approve  a" in capsys.readouterr().out
    assert call(monkeypatch, "approve", proof) == 2
    assert "[no_jobs]" in capsys.readouterr().err


def test_the_first_of_two_rows_with_an_id_is_approved_and_all_approvals_are_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path)
    name = ApprovedRow(asked="asked", row="row")
    sidecar = tmp_path / "a.json"
    sidecar.write_bytes(TypeAdapter(Sidecar).dump_json(a_sidecar(name)))
    now = datetime(2026, 11, 26, tzinfo=UTC)
    file = Deliverable(profile="sidecar", uri=str(sidecar), sha256="", bytes=1)
    done = Result(job_id="a", status="done", fingerprint="asked", deliverables=(file,))
    refused = Result(job_id="a", status="invalid", started=now, finished=now)
    assert write_results([replace(done, started=now, finished=now), refused], out)
    write_run_file(out, "run", [], RunConfig(proof=True), rows=2)

    assert call(monkeypatch, "approve", out, "a") == 0
    assert Watch(out)().approvals == {"a": name}
    give(out, Approval(jobs={"gone": name}, given=now))
    assert call(monkeypatch, "approve", out, "--all", "--withdraw") == 0
    assert "2 approvals taken back" in capsys.readouterr().out
    assert Watch(out)().approvals == {}


def a_sidecar(seen: ApprovedRow) -> Sidecar:
    return Sidecar(
        preset=PresetUsed(name="animatic", digest="d"),
        seed=1,
        cuts_s=(0.0,),
        segments=(),
        fingerprints=Names(take="take", asked=seen.asked, row=seen.row),
    )


@pytest.mark.parametrize("proof", ["nothing", "out"])
def test_a_run_without_its_proof_does_not_begin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, proof: str
) -> None:
    manifest = a_manifest(tmp_path, [a_job()])
    words = ("--out", tmp_path / "out", "--approved", tmp_path / proof)
    assert call(monkeypatch, "run", manifest, *words) == 2
    assert "[not_a_" in capsys.readouterr().err
