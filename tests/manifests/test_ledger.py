from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import Attempt, Ledger, task_states
from manifests.storage import storage_of
from tests.manifests.builders import NOON, an_attempt
from tests.s3_server import S3Server

ATTEMPTS = st.builds(
    an_attempt,
    task=st.sampled_from(["t1", "t2"]),
    state=st.sampled_from(["done", "failed", "interrupted"]),
    error=st.sampled_from(["", "Transient", "Preempted"]),
    error_message=st.sampled_from(["", "a", "b"]),
    worker=st.sampled_from(["w1", "w2"]),
    output=st.sampled_from(["", "/out/1", "/out/2"]),
    finished=st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours)),
)

APPEND_FOREVER = """
import sys
from manifests import Ledger
from tests.manifests.builders import an_attempt
while True:
    Ledger(sys.argv[1]).append([an_attempt()])
"""


@given(attempts=st.lists(ATTEMPTS, max_size=12), data=st.data())
def test_ledgers_fold_the_same_in_any_order_and_with_duplicates(
    attempts: Sequence[Attempt], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(attempts))) if attempts else []
    shuffled = data.draw(st.permutations([*attempts, *again]))
    assert task_states(shuffled) == task_states(attempts)


def test_a_task_is_done_when_one_attempt_is() -> None:
    failed = an_attempt(state="failed", error="Transient", error_code="busy")
    later = NOON + timedelta(minutes=5)
    done = an_attempt(finished=later, output="/out/record")
    standing = task_states([done, failed])["t1"]
    assert (standing.done, standing.output, standing.attempts) == (True, "/out/record", 2)
    assert standing.error_code == "busy"


def test_the_last_error_stands() -> None:
    tries = [
        an_attempt(state="failed", error_message=str(n), finished=NOON + timedelta(seconds=n))
        for n in range(3)
    ]
    standing = task_states(reversed(tries))["t1"]
    assert (standing.done, standing.attempts, standing.error_message) == (False, 3, "2")


def test_a_machine_that_went_away_does_not_count() -> None:
    tries = [
        an_attempt(state="interrupted"),
        an_attempt(state="failed", error="Preempted"),
        an_attempt(state="failed", error="Transient"),
    ]
    assert task_states(tries)["t1"].attempts == 1


def test_attempts_read_back_in_the_order_of_the_writes(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    written = [
        an_attempt(chunk=n, reused=n == 1, gpu_s=0.1 * n, error_message="é\n") for n in range(4)
    ]
    ledger.append(written[:1])
    ledger.append([])
    ledger.append(written[1:])
    assert list(ledger.read()) == written
    assert len(list((tmp_path / "_run" / "ledger").iterdir())) == 2


def test_a_run_without_a_ledger_has_no_attempts(tmp_path: Path) -> None:
    assert list(Ledger(str(tmp_path)).read()) == []


def test_a_run_killed_between_files_leaves_a_readable_ledger(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", APPEND_FOREVER, str(tmp_path)])  # noqa: S603 - ours
    folder = tmp_path / "_run" / "ledger"
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and len(list(folder.glob("*.parquet"))) < 5:
        time.sleep(0.02)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    (folder / ".rushes-0123456789abcdef").write_bytes(b"half a file")
    assert len(list(Ledger(str(tmp_path)).read())) >= 5


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_a_damaged_file_is_left_out_with_a_word(tmp_path: Path, content: bytes) -> None:
    told: list[str] = []
    ledger = Ledger(str(tmp_path), told.append)
    ledger.append([an_attempt()])
    (tmp_path / "_run" / "ledger" / "0.parquet").write_bytes(content)
    assert len(list(ledger.read())) == 1
    assert len(told) == 1
    assert "_run/ledger/0.parquet is damaged" in told[0]


def test_bytes_changed_in_the_middle_are_found_by_their_checksum(tmp_path: Path) -> None:
    told: list[str] = []
    ledger = Ledger(str(tmp_path), told.append)
    ledger.append([an_attempt(error_message="é" * 400)])
    (path,) = (tmp_path / "_run" / "ledger").glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[40] ^= 0xFF
    path.write_bytes(content)
    ledger.append([an_attempt(task="t2")])
    assert [attempt.task for attempt in ledger.read()] == ["t2"]
    assert told


def test_a_damaged_file_is_in_no_volume(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path), lambda _: None)
    for number in range(3):
        ledger.append([an_attempt(task=f"t{number}")])
    damaged = tmp_path / "_run" / "ledger" / "0.parquet"
    damaged.write_bytes(b"PAR1")
    for _ in range(2):
        ledger.compact(at_least=1)
    assert damaged.exists()
    assert {attempt.task for attempt in ledger.read()} == {"t0", "t1", "t2"}


def test_what_errors_of_erased_jobs_said_goes_out_of_every_file_and_the_rest_stays(
    tmp_path: Path,
) -> None:
    ledger = Ledger(str(tmp_path))
    told = [
        an_attempt(task=f"t{number}", job_id=job, state="failed", error_message=f"no {job}.jpg")
        for number, job in enumerate(("ada", "eve", "ada"))
    ]
    ledger.append(told[:1])
    ledger.append(told[1:2])
    ledger.compact(at_least=1)  # a volume, beside the files that it holds
    ledger.append(told[2:])
    ledger.drop_sentences({"ada"})
    assert list(ledger.read()) == [
        replace(each, error_message="" if each.job_id == "ada" else each.error_message)
        for each in told
    ]
    files = [path.read_bytes() for path in (tmp_path / "_run/ledger").glob("*.parquet")]
    assert len(files) == 4
    tables = [pq.read_table(io.BytesIO(content)).to_pylist() for content in files]
    assert {row["error_message"] for rows in tables for row in rows} == {"", "no eve.jpg"}


def test_a_ledger_in_s3_is_the_same(s3: S3Server) -> None:
    ledger = Ledger(f"s3://{s3.bucket}/out")
    ledger.append([an_attempt()])
    ledger.append([an_attempt(state="failed")])
    assert [attempt.state for attempt in ledger.read()] == ["done", "failed"]
    assert len(list(storage_of(ledger.folder).list(ledger.folder))) == 2
