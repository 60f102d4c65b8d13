"""The command line on a real Ray: kill -9 of a worker and of the driver, an interrupt, S3 to S3."""

from __future__ import annotations

import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import boto3
import psutil
import pytest
from typer.testing import CliRunner

from jobs.cli import app
from manifests import Job
from manifests.storage import storage_of
from pipeline.workspace.scratch import sweep
from tests.jobs.logs.log_builders import log_bytes, log_lines
from tests.night import (
    CUT_OFTEN,
    LONG,
    Media,
    a_manifest,
    attempts,
    frames_digest,
    results,
)
from tests.s3_server import S3Server

RUSHES = Path(sysconfig.get_path("scripts")) / "rushes"
SETTINGS = f"""
[split]
longest_s = {CUT_OFTEN.longest_s}
shortest_s = {CUT_OFTEN.shortest_s}
silence_s = {CUT_OFTEN.silence_s}
window_s = {CUT_OFTEN.window_s}
"""


@dataclass(frozen=True)
class Run:
    """`rushes run` as a person would start it, in a process group of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def finish(self) -> tuple[int, str]:
        code = self.process.wait(timeout=180)
        return code, self.log.read_text()


def command_of(manifest: str, out: str, folder: Path) -> list[str]:
    config = folder / "night.toml"
    config.write_text(f'scratch = "{folder / "scratch"}"\n{SETTINGS}')
    return [str(RUSHES), "run", manifest, "--out", out, "--config", str(config)]


def start(manifest: str, out: str, folder: Path) -> Run:
    command = command_of(manifest, out, folder)
    log = folder / f"log-{time.monotonic_ns()}"
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=file, stderr=file, start_new_session=True
        )
    return Run(process=process, log=log)


def nothing_is_left_to_do(manifest: str, out: str, folder: Path) -> None:
    """The same command once more, in this process: it has no process of its own to show."""
    told = CliRunner().invoke(app, command_of(manifest, out, folder)[1:])
    assert (told.exit_code, "Nothing to do" in told.output) == (0, True), told.output


def wait_until(true: Callable[[], object], seconds: float = 90) -> None:
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def segments_kept(out: str) -> int:
    work = f"{out}/_run/work"
    return sum(uri.endswith("segmentfile.json") for uri in storage_of(out).list(work))


def generators(run: Run) -> list[psutil.Process]:
    """The processes of the run's generator actors."""
    family = psutil.Process(run.process.pid).children(recursive=True)
    return [child for child in family if "GeneratorWorker" in words_of(child)]


def words_of(process: psutil.Process) -> str:
    """Its words; none when it has ended by now."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def ray_process(run: Run, name: str) -> psutil.Process | None:
    """The process of this name in the Ray that the run started for itself."""
    family = psutil.Process(run.process.pid).children(recursive=True)
    return next((child for child in family if child.name() == name), None)


def workers_can_be_followed(out: str, secret: str) -> None:
    """Generators and CPU tasks brought their lines to the log, and no secret with them."""
    assert secret.encode() not in log_bytes(out)
    far = [line for line in log_lines(out) if ":" in line["worker"] and line.get("job") == "long"]
    ended = {line["stage"] for line in far if "ended after" in line["message"]}
    assert ended == {"prepare", "split", "generate", "stitch", "master", "publish"}


def ray_lost_three_times(run: Run, out: str) -> None:
    """It is started again twice, and no row is blamed."""
    wait_until(lambda: segments_kept(out) >= 1)
    for name in ("raylet", "gcs_server", "raylet"):
        wait_until(lambda: generators(run))
        wait_until(lambda name=name: ray_process(run, name))
        process = ray_process(run, name)
        assert process is not None
        others = generators(run)
        process.kill()
        wait_until(lambda others=others: not any(other.is_running() for other in others))
    code, said = run.finish()
    assert (code, said.count("is started again"), "cluster_lost" in said) == (1, 2, True)
    assert "state-dump" not in said
    assert "Traceback" not in said
    lost = [attempt for attempt in attempts(out) if attempt.error]
    assert {(attempt.error, attempt.error_code) for attempt in lost} <= {
        ("Preempted", "cluster_lost")
    }
    assert results(out) == {}  # the row stays open: the same command goes on, as after a kill


@pytest.mark.ray
def test_a_lost_ray_a_killed_driver_and_an_interrupt_leave_a_run_that_ends_in_the_same_frames(
    long_manifest: str, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "out")

    ray_lost_three_times(start(long_manifest, out, tmp_path), out)
    known, kept = attempts(out), segments_kept(out)

    first = start(long_manifest, out, tmp_path)
    wait_until(lambda: segments_kept(out) > kept)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    after_kill = segments_kept(out)

    second = start(long_manifest, out, tmp_path)
    wait_until(lambda: generators(second))  # the killed run's own worker may still end a segment
    wait_until(lambda: segments_kept(out) > after_kill)
    os.kill(second.process.pid, signal.SIGINT)
    code, said = second.finish()
    assert code == 1
    assert "again to go on" in said
    assert "Traceback" not in said

    code, said = start(long_manifest, out, tmp_path).finish()
    assert (code, "1 done" in said) == (0, True)
    assert frames_digest(Path(out, "videos/long.mp4")) == frames_digest(
        undisturbed / "videos/long.mp4"
    )
    after = [attempt for attempt in attempts(out) if attempt not in known]
    generated = [attempt for attempt in after if attempt.stage == "generate"]
    rendered = sum(attempt.segments_made for attempt in generated)
    assert sum(attempt.segments_reused for attempt in generated) >= after_kill
    assert rendered <= results(out)["long"].segments - after_kill

    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # with which no Ray may be started
    nothing_is_left_to_do(long_manifest, out, tmp_path)


@pytest.mark.ray
def test_from_s3_to_s3_with_a_killed_worker(
    s3: S3Server, media: Media, undisturbed: Path, tmp_path: Path
) -> None:
    client = boto3.client("s3")
    client.upload_file(str(media.portrait), s3.bucket, "in/portrait.png")
    job = Job(job_id="long", portrait_uri="portrait.png", script=LONG, continuity="cut")
    local = a_manifest(tmp_path, [job])
    client.upload_file(local, s3.bucket, "in/night.parquet")
    out = f"s3://{s3.bucket}/nights/one"

    run = start(f"s3://{s3.bucket}/in/night.parquet", out, tmp_path)
    wait_until(lambda: segments_kept(out) >= 1)
    for worker in generators(run):
        worker.kill()
    code, said = run.finish()
    assert (code, "1 done" in said) == (0, True), said
    assert any(attempt.error_code == "worker_lost" for attempt in attempts(out))

    video = tmp_path / "long.mp4"
    client.download_file(s3.bucket, "nights/one/videos/long.mp4", str(video))
    assert frames_digest(video) == frames_digest(undisturbed / "videos/long.mp4")
    assert s3.secret_key not in said
    workers_can_be_followed(out, s3.secret_key)

    nothing_is_left_to_do(f"s3://{s3.bucket}/in/night.parquet", out, tmp_path)
    sweep(tmp_path / "scratch")
    assert list((tmp_path / "scratch").glob("desk-*")) == []
