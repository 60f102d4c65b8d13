"""People hold, release, cancel and prioritise jobs through the output folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig
from jobs.engine.executor import InProcess, Report
from jobs.engine.scheduler import Slot
from jobs.engine.steering import FIRST, FREE, Instruction, RetakeFrom, Steering, What, steering_from
from jobs.engine.tasks import Task
from jobs.engine.window import AdmissionQueue
from jobs.output import instruction_files
from jobs.output.instruction_files import Watch, give, listed
from jobs.output.results_writer import Summary
from jobs.output.run_file import write_run_file
from jobs.run import run
from manifests import Job
from manifests.errors import Forbidden
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, attempts, results, run_here
from tests.noun_builders import an_order
from tests.s3_server import S3Server

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)


def a_word(what: What, *jobs: str, priority: int | None = None) -> Instruction:
    return Instruction(what=what, jobs=jobs, given=NOW, priority=priority)


def say(out: Path | str, what: What, *jobs: str, priority: int | None = None) -> None:
    give(str(out), a_word(what, *jobs, priority=priority))


words = st.builds(
    a_word,
    st.sampled_from(["hold", "release", "cancel"]),
    st.sampled_from("abc"),
    st.sampled_from("abc"),
)


@given(st.lists(words, max_size=8), st.randoms(use_true_random=False))
def test_the_last_word_of_each_job_counts_in_whatever_order_files_are_read(
    said: list[Instruction], chance: object
) -> None:
    named = [(f"{index:02}.json", word) for index, word in enumerate(said)]
    last = {job: word.what for word in said for job in word.jobs}
    chance.shuffle(named)  # type: ignore[attr-defined]  # hypothesis' Random
    found = steering_from(dict(named))
    assert found.held == {job for job, what in last.items() if what == "hold"}
    assert found.cancelled == {job for job, what in last.items() if what == "cancel"}


def test_a_priority_stands_beside_a_hold() -> None:
    said = {"1": a_word("hold", "a"), "2": a_word("prioritise", "a", priority=5)}
    found = steering_from(said)
    assert (found.held, found.priorities) == ({"a"}, {"a": 5})


@pytest.mark.parametrize(("what", "priority"), [("prioritise", None), ("hold", 3)])
def test_a_priority_belongs_to_prioritise_alone(what: What, priority: int | None) -> None:
    with pytest.raises(ValueError, match="priority"):
        a_word(what, "a", priority=priority)


def test_waiting_orders_follow_what_people_say() -> None:
    waiting = AdmissionQueue([an_order(name, place=place) for place, name in enumerate("abcd")])
    said = Steering(
        held=frozenset("a"), cancelled=frozenset("b"), priorities={"d": 9, "a": 3, "x": 1}
    )
    assert [order.request_id for order in waiting.steer(said)] == ["b"]
    assert waiting.steer(said) == []
    assert [order.request_id for order in (waiting.next(), waiting.next()) if order] == ["d", "c"]
    assert waiting.next() is None
    waiting.steer(FREE)
    released = waiting.next()
    assert released is not None
    assert (released.request_id, released.job.priority) == ("a", 3)


def test_a_clock_that_is_ahead_does_not_get_the_last_word(tmp_path: Path) -> None:
    ahead = a_word("hold", "a")
    give(str(tmp_path), ahead)
    behind = Instruction(what="release", jobs=("a",), given=NOW - timedelta(hours=3))
    give(str(tmp_path), behind)
    assert Watch(str(tmp_path))() == FREE


def test_a_file_that_is_no_instruction_is_named_once_and_counts_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    say(tmp_path, "hold", "a", "b")
    say(tmp_path, "release", "b")
    (whole,) = (text for uri in listed(str(tmp_path))[1:] if (text := Path(uri).read_bytes()))
    half = tmp_path / "orders" / "20990101T000000.000000Z-00000000.json"
    half.write_bytes(whole[: len(whole) // 2])
    (tmp_path / "orders" / "notes.json").write_text('{"what": "burn"}')
    (tmp_path / "orders" / "notes.txt").write_text("hello")
    told: list[str] = []
    watch = Watch(str(tmp_path), told.append)
    assert watch().held == {"a"}
    assert [half.name in told[0], "notes.json" in told[1]] == [True, True]
    half.write_bytes(whole.replace(b'"b"', b'"a"'))
    assert watch().held == set()
    assert len(told) == 2


@pytest.mark.parametrize("second", ["NaN", "Infinity", "-1e400", "-0.1"])
def test_a_retake_from_what_is_no_second_is_named_and_not_followed(
    tmp_path: Path, second: str
) -> None:
    give(str(tmp_path), RetakeFrom(jobs=("a",), given=NOW, from_s=1.5, seed=3))
    (uri,) = listed(str(tmp_path))
    path = Path(uri)
    path.write_text(path.read_text().replace("1.5", second))
    told: list[str] = []
    assert Watch(str(tmp_path), told.append)() == FREE
    assert "is no instruction and is not followed" in told[0]


def test_what_was_seen_last_counts_while_the_folder_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(out: str) -> list[str]:
        raise Forbidden(f"{out} may not be read")

    say(tmp_path, "hold", "a")
    watch = Watch(str(tmp_path))
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    monkeypatch.setattr(instruction_files, "listed", refused)
    assert watch().held == {"a"}


def test_instructions_work_on_s3(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    out = f"s3://{s3.bucket}/steered"
    watch = Watch(out)
    assert watch() == FREE
    say(out, "cancel", "a", "b")
    say(out, "prioritise", "c", priority=FIRST)
    say(out, "release", "a")
    assert watch() == Steering(cancelled=frozenset("b"), priorities={"c": FIRST})


class Interrupting(InProcess):
    """Says something while the run goes on: after the first segment of job `a`."""

    out = ""
    what: What = "cancel"

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        if any(r.task.generates and r.task.order.job.job_id == "a" for r in found):
            if not listed(self.out):
                say(self.out, self.what, "a")
        elif self.what == "hold" and any(r.task.step.stage == "publish" for r in found):
            say(self.out, "release", "a")
        return found


def two_rows(media: Media, folder: Path) -> str:
    """`a` comes first and is long enough for several segments; `b` asks for the same picture."""
    same = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration), "seed": 1}
    rows = [Job(job_id="a", **same), Job(job_id="b", priority=-1, **same)]  # type: ignore[arg-type]
    return a_manifest(folder, rows)


def steered_run(what: What, media: Media, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Summary:
    monkeypatch.setattr(instruction_files, "EVERY_S", 0.0)
    monkeypatch.setattr(Interrupting, "out", str(folder / "out"))
    monkeypatch.setattr(Interrupting, "what", what)
    config = RunConfig(scratch=folder / "scratch")
    return run([two_rows(media, folder)], str(folder / "out"), config, executor=Interrupting)


def test_a_job_cancelled_on_the_way_ends_so_and_keeps_its_segments_for_a_release(
    media: Media, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    summary = steered_run("cancel", media, tmp_path, monkeypatch)
    assert (summary.done, summary.cancelled, summary.complete) == (1, 1, False)
    cancelled = results(out)["a"]
    assert (cancelled.status, cancelled.error_code) == ("cancelled", "cancelled")
    assert "rushes release" in str(cancelled.error_message)
    (begun,) = (a for a in attempts(out) if a.job_id == "a" and a.stage == "generate")
    assert (begun.state, begun.segments_made) == ("interrupted", 1)
    assert not (out / "videos/a.mp4").exists()

    say(out, "release", "a")
    assert run_here(str(tmp_path / "manifest.parquet"), out, scratch).complete
    last = [a for a in attempts(out) if a.job_id == "a" and a.stage == "generate"][-1]
    assert (last.state, last.segments_made) == ("done", 0)  # `b` rendered the others


def test_a_held_job_lets_others_pass_and_goes_on_when_it_is_released(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert steered_run("hold", media, tmp_path, monkeypatch).complete
    finished = {name: result.finished for name, result in results(out).items()}
    assert finished["b"] < finished["a"]

    held, other = (json.loads((out / f"videos/{name}.json").read_bytes()) for name in "ab")
    assert held["segments"] == other["segments"]  # delivered files differ by their watermarks


def no_executor(workspace: Workspace) -> InProcess:
    raise AssertionError(f"nothing may start on {workspace}")


def test_rows_that_people_stopped_between_runs_start_nothing(tmp_path: Path, scratch: Path) -> None:
    out, config = tmp_path / "out", RunConfig(scratch=scratch)
    jobs = [Job(job_id=name, portrait_uri="no.png", script="Hi.") for name in "ab"]
    manifest = a_manifest(tmp_path, jobs)
    say(out, "hold", "a")
    say(out, "cancel", "b")
    summary = run([manifest], str(out), config, executor=no_executor)
    assert (summary.held, summary.cancelled, summary.left) == (1, 1, 0)
    assert {name: result.status for name, result in results(out).items()} == {"b": "cancelled"}

    say(out, "release", "a", "b")
    assert run_here(manifest, out, scratch).invalid == 2  # there is no portrait


def test_rows_that_people_prioritised_are_worked_on_first(tmp_path: Path, scratch: Path) -> None:
    rows = [
        Job(job_id=f"{n:02}", portrait_uri=f"no-{n}.png", script="x", priority=int(n == 7))
        for n in range(30)
    ]
    begun: list[str] = []

    class Recorded(InProcess):
        def start(self, task: Task, slot: Slot) -> None:
            begun.append(task.order.job.job_id)
            super().start(task, slot)

    say(tmp_path / "out", "prioritise", "29", priority=2)
    run_here(a_manifest(tmp_path, rows), tmp_path / "out", scratch, executor=Recorded)
    assert begun[:2] == ["29", "07"]


def test_the_commands_steer_what_is_known_and_name_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    jobs = [Job(job_id=name, portrait_uri="no.png", script="Hi.") for name in "abc"]
    manifest = a_manifest(tmp_path, jobs)
    assert call(monkeypatch, "hold", out, "a") == 2
    assert "not the output of a run" in capsys.readouterr().err

    write_run_file(str(out), "run", [manifest], RunConfig(), rows=3)
    assert call(monkeypatch, "cancel", out, "a", "b", "c") == 0
    assert call(monkeypatch, "hold", out, "a", "zz") == 1
    assert "zz is no job of this run; it is left out" in capsys.readouterr().err
    assert call(monkeypatch, "prioritise", out, "b", "--priority", "-3") == 0
    found = Watch(str(out))()
    assert found == Steering(held=frozenset("a"), cancelled=frozenset("bc"), priorities={"b": -3})

    config = tmp_path / "night.toml"
    config.write_text(f'scratch = "{tmp_path / "scratch"}"')
    assert call(monkeypatch, "run", manifest, "--out", out, "--config", config) == 1
    assert "0 done, 2 cancelled, 1 held" in capsys.readouterr().out


def test_ids_that_cannot_be_checked_are_taken_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_run_file(str(tmp_path), "run", [str(tmp_path / "gone.parquet")], RunConfig(), rows=1)
    assert call(monkeypatch, "hold", tmp_path, "a") == 1
    assert "gone.parquet cannot be read from here" in capsys.readouterr().err
    assert Watch(str(tmp_path))().held == {"a"}
