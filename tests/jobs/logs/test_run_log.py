"""A night can be followed in its logs, they hold no secret, and nothing waits for them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from jobs.engine.executor import Report
from jobs.engine.phases import Failure
from jobs.engine.worker import Outcome
from jobs.logs import process_log
from jobs.logs.fields import fields_bound
from jobs.logs.process_log import log_here, logs_folder, run_logged, store_logs
from jobs.logs.task_labels import TaskLabels, labelled
from manifests import Job
from manifests.storage import storage_of
from tests.jobs.logs.log_builders import a_plan, log_bytes, log_lines
from tests.night import SHORT, Media, a_manifest, run_here
from tests.s3_server import S3Server
from tests.sketched import Sketched

LOGGER = logging.getLogger("rushes.test")
STAGES = ["prepare", "split", "generate", "stitch", "master", "publish"]


def test_each_job_can_be_followed_through_its_stages(undisturbed: Path) -> None:
    lines = log_lines(undisturbed)
    first = next(line["run"] for line in lines)
    mine = [line for line in lines if line["run"] == first and line.get("job") == "long"]
    ended = [line["stage"] for line in mine if " ended after " in line["message"]]
    assert list(dict.fromkeys(ended)) == STAGES
    begun = [line for line in mine if line["message"].endswith(" begins")]
    assert [line["stage"] for line in begun] == ended
    assert {line["chunk"] for line in begun if line["stage"] == "generate"} >= {"0", "1"}
    assert all(":" in line["worker"] for line in begun)
    told = [line["message"].split()[0:2] for line in mine if line["logger"] == "rushes.driver"]
    assert (told[0][0], told[-1]) == ("begins:", ["is", "done:"])
    assert [line["time"] for line in mine] == sorted(line["time"] for line in mine)
    assert {line["time"][-6:] for line in lines} == {"+00:00"}


class Leaky(Sketched):
    """Workers that put what they know into their failures."""

    def reports(self, timeout_s: float) -> list[Report]:
        del timeout_s
        task = self._begun.pop(0)
        url = "https://studio:hunter-two@example.com/a.png?X-Amz-Signature=sig-nature"
        message = f"{url} refused Authorization: Bearer bear-er-token, key env-ironment-key"
        failure = Failure(kind="BadInput", code="missing_file", message=message)
        outcome = Outcome(result=None, failure=failure, seconds=0.0, worker="w", host="h")
        return [Report(task=task, outcome=outcome)]


SECRETS = (
    *("hunter-two", "sig-nature", "bear-er-token", "env-ironment-key"),
    *("c2VjcmV0LW9mLWhvb2tz", "hush", "planted-hook", "planted-query"),
)


def test_no_secret_of_a_row_a_webhook_or_the_machine_is_in_a_log(
    media: Media, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "env-ironment-key")
    monkeypatch.setenv("OUR_HOOK", "hush")
    rows = [
        Job(job_id="a", portrait_uri=str(media.portrait), script=SHORT),
        Job(job_id="b", portrait_uri="s3://key:hunter-two@bucket/face.png", script=SHORT),
    ]
    out = tmp_path / "out"
    assert run_here(a_manifest(tmp_path, rows), out, scratch, Leaky).invalid == 2
    url = "https://hooks.example.com/services/planted-hook?key=planted-query"
    with run_logged(a_plan(out, scratch, variables=("OUR_HOOK",)), (url,)):
        LOGGER.warning("%s refuses whsec_c2VjcmV0LW9mLWhvb2tz and hush", url)
        error = ValueError(f"{url} of password='hunter-two', env-ironment-key")
        LOGGER.error("a fault", exc_info=error)
    found = log_bytes(out)
    assert found.count(b"missing_file") >= 2
    assert b"ValueError" in found
    assert [secret for secret in SECRETS if secret.encode() in found] == []


def test_a_log_on_s3_is_there_while_the_run_goes_on_and_whole_when_it_ends(
    s3: S3Server, scratch: Path
) -> None:
    out = f"s3://{s3.bucket}/logged"
    with run_logged(a_plan(out, scratch)):
        LOGGER.warning("one")
        store_logs(30)
        assert [line["message"] for line in log_lines(out)] == ["one"]
        LOGGER.warning("two, with %s", s3.secret_key)
    assert [line["message"] for line in log_lines(out)] == ["one", "two, with ..."]
    assert list(storage_of(out).list(logs_folder(out))) == [
        f"{out}/_run/logs/20261128T220000Z-a1b2-driver.jsonl"
    ]
    assert list(scratch.glob("log-*")) == []


def test_a_log_that_can_be_written_nowhere_stops_nothing(
    s3: S3Server, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_log, "_LAST_S", 0.1)
    (tmp_path / "_run").write_text("no folder")
    for out in (str(tmp_path), f"s3://{s3.bucket}-that-nobody-made/out", "/dev/full"):
        with run_logged(a_plan(out, scratch)):
            LOGGER.warning("a sentence")
    scratch_taken = tmp_path / "taken"
    scratch_taken.write_text("no folder either")
    with run_logged(a_plan(f"s3://{s3.bucket}/logged", scratch_taken)):
        LOGGER.warning("a sentence")


def test_a_worker_writes_a_file_of_its_own_and_another_run_begins_another(
    tmp_path: Path, scratch: Path
) -> None:
    for run in ("one", "two"):
        plan = a_plan(tmp_path, scratch, run=run)
        with labelled(TaskLabels(plan=plan, job=f"job of {run}", stage="split", chunk=3)):
            LOGGER.warning("said in %s", run)
    log = process_log._HERE.pop("two")
    assert log is not None
    log.close()
    lines = {line["run"]: line for line in log_lines(tmp_path)}
    assert {run: line["message"] for run, line in lines.items()} == {
        "one": "said in one",
        "two": "said in two",
    }
    assert (lines["two"]["job"], lines["two"]["chunk"]) == ("job of two", "3")
    files = sorted(path.name for path in (tmp_path / "_run" / "logs").iterdir())
    assert len(files) == 2
    assert not any("driver" in name for name in files)


def test_lines_of_another_run_of_this_process_are_in_its_log_alone(
    tmp_path: Path, scratch: Path
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    plans = a_plan(ours, scratch, run="1"), a_plan(theirs, scratch, run="2")
    with run_logged(plans[0]), run_logged(plans[1]):
        LOGGER.warning("of the second")
        with fields_bound(run="1"):
            LOGGER.warning("of the first")
    assert [line["message"] for line in log_lines(ours)] == ["of the first"]
    assert [line["message"] for line in log_lines(theirs)] == ["of the second"]


def test_the_level_bounds_what_is_written(tmp_path: Path, scratch: Path) -> None:
    with run_logged(a_plan(tmp_path, scratch, level="warning")):
        LOGGER.info("quiet")
        LOGGER.warning("loud")
    assert [line["message"] for line in log_lines(tmp_path)] == ["loud"]


def test_only_the_logs_of_the_last_runs_stay(tmp_path: Path, scratch: Path) -> None:
    for number in range(process_log.RUNS_KEPT + 3):
        plan = a_plan(tmp_path, scratch, run=f"r{number}", began=f"20261128T22{number:02d}00Z")
        with run_logged(plan):
            log_here(plan)
            LOGGER.warning("said")
    kept = {line["run"] for line in log_lines(tmp_path)}
    assert kept == {f"r{number}" for number in range(3, process_log.RUNS_KEPT + 3)}
