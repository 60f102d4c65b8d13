from __future__ import annotations

import errno
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from manifests.errors import BadInput, Transient
from pipeline.media.ffmpeg import blame, blame_library, program
from pipeline.media.process import (
    NOT_STARTED,
    TAIL_BYTES,
    ProgramFailed,
    feed,
    reading,
    run_program,
)

IMPORTED = "from pipeline.media.process import run_program"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} was never written"
        time.sleep(0.01)
    return path.read_text()


def assert_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while is_running(pid):
        assert time.monotonic() < deadline, f"{pid} is still running"
        time.sleep(0.01)


def test_output_and_what_it_said_come_back() -> None:
    finished = run_program(
        python("import sys; print(sys.stdin.read()[::-1]); sys.exit(print('hm', file=sys.stderr))"),
        stdin=b"abc",
        timeout_s=20,
    )
    assert finished.output == b"cba\n"
    assert finished.said == "hm"


def test_stdin_is_closed_unless_something_is_fed() -> None:
    code = "import sys; print(len(sys.stdin.read()))"
    assert run_program(python(code), timeout_s=20).output == b"0\n"


def test_a_failure_tells_the_program_its_code_and_its_last_words() -> None:
    with pytest.raises(ProgramFailed, match="no such voice") as failure:
        run_program(python("import sys; sys.exit('no such voice')"), timeout_s=20)
    assert failure.value.code == 1
    assert failure.value.program == Path(sys.executable).name


def test_a_program_that_does_not_exist_is_a_failure() -> None:
    with pytest.raises(ProgramFailed, match="cannot be started"):
        run_program(["/nowhere/ffmpeg"], timeout_s=20)


def test_a_program_that_may_not_be_started_is_never_a_files_fault(tmp_path: Path) -> None:
    """A lost exec bit, a format of another machine, no such program."""
    locked, foreign = tmp_path / "locked", tmp_path / "foreign"
    locked.write_text("#!/bin/sh\n")
    foreign.write_bytes(b"\x7fELF of nobody")
    foreign.chmod(0o755)
    for named in (locked, foreign, tmp_path / "none"):
        with pytest.raises(ProgramFailed, match="cannot be started") as failure:
            run_program([str(named)], timeout_s=20)
        assert failure.value.code in NOT_STARTED
        assert failure.value.of_the_machine
        told = blame(failure.value, code="audio_unreadable", message="save it again")
        assert isinstance(told, Transient)
        assert "cannot be started" in told.message


@pytest.mark.parametrize(
    "said",
    [
        "x.wav: Cannot allocate memory",
        "av_thread_create: Resource temporarily unavailable",
        "pipe: Too many open files",
        "Fatal Python error: init_import_site: Failed to import the site module",
    ],
)
def test_what_the_machine_is_short_of_is_never_a_files_fault(said: str) -> None:
    failure = ProgramFailed("ffmpeg", 1, said)
    assert failure.of_the_moment
    assert isinstance(blame(failure, code="x", message=""), Transient)


def test_what_a_program_says_of_a_file_is_the_files_fault() -> None:
    failure = ProgramFailed("ffmpeg", 1, "Invalid data found when processing input")
    assert isinstance(blame(failure, code="audio_unreadable", message=""), BadInput)


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EIO, errno.EACCES, errno.EMFILE])
def test_a_library_that_the_machine_stops_is_never_a_files_fault(number: int) -> None:
    with pytest.raises(av.FFmpegError) as error:
        av.error.err_check(-number)
    assert isinstance(blame_library(error.value, code="x", message=""), Transient)
    with pytest.raises(av.FFmpegError) as error:
        av.error.err_check(av.error.InvalidDataError("", "").errno or -1094995529)
    assert isinstance(blame_library(error.value, code="x", message=""), BadInput)


def limited(code: str, kib: int) -> str:
    """What Python code prints in a process that may have so much address space."""
    shell = f"ulimit -v {kib}; exec {shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    done = subprocess.run(  # noqa: S603  # our own words
        ["/bin/bash", "-c", shell],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_limit_below_ours_is_taken_and_not_raised() -> None:
    """`ulimit -v`, systemd's LimitAS: the launcher may not ask for more than it may have."""
    child = python("import resource; print(resource.getrlimit(resource.RLIMIT_AS))")
    code = f"{IMPORTED}; print(run_program({child!r}, timeout_s=60).output)"
    assert str(14_000_000 * 1024) in limited(code, 14_000_000)


def test_a_program_without_room_for_itself_is_never_a_files_fault() -> None:
    """ffmpeg needs more than this; the process that asks for it does not."""
    code = f"""
from pipeline.media.process import ProgramFailed, run_program
try:
    run_program([{program()!r}, "-version"], timeout_s=60, memory_bytes=64 << 20)
except ProgramFailed as failure:
    print("machine" if failure.of_the_machine else "file", failure)
"""
    assert limited(code, 14_000_000).startswith("machine")


def test_a_program_past_its_time_is_killed() -> None:
    begun = time.monotonic()
    with pytest.raises(ProgramFailed) as failure:
        run_program(python("import time; time.sleep(60)"), timeout_s=0.3)
    assert failure.value.timed_out
    assert time.monotonic() - begun < 10


def test_megabytes_of_complaints_neither_block_nor_pile_up() -> None:
    code = "import sys; [sys.stderr.write('x' * 1000 + '\\n') for _ in range(5000)]; print('ok')"
    finished = run_program(python(code), timeout_s=20)
    assert finished.output == b"ok\n"
    assert len(finished.said) <= TAIL_BYTES


def test_megabytes_in_and_out_at_once_do_not_deadlock() -> None:
    data = bytes(3_000_000)
    code = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    assert run_program(python(code), stdin=data, timeout_s=20).output == data


def test_secrets_of_the_environment_stay_with_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("SOME_TOKEN", "hush")
    shown = run_program(python("import os; print(sorted(os.environ))"), timeout_s=20).output
    assert b"AWS" not in shown
    assert b"TOKEN" not in shown


def test_frames_are_fed_and_an_early_end_of_the_program_is_its_failure() -> None:
    endless = iter(lambda: bytes(100_000), b"")
    with pytest.raises(ProgramFailed) as failure:
        feed(python("import sys; sys.stdin.read(10); sys.exit(3)"), endless, timeout_s=20)
    assert failure.value.code == 3


def test_an_error_while_feeding_kills_the_program_and_comes_through(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, sys; open({str(pid)!r}, 'w').write(str(os.getpid())); sys.stdin.read()"

    def blocks() -> Iterator[bytes]:
        yield b"one"
        wait_for(pid)
        raise LookupError("the renderer broke")

    with pytest.raises(LookupError, match="the renderer broke"):
        feed(python(code), blocks(), timeout_s=20)
    assert_gone(int(pid.read_text()))


def test_output_comes_in_blocks_of_the_size_asked_for() -> None:
    code = "import sys; sys.stdout.buffer.write(bytes(25)); sys.stderr.write('done')"
    with reading(python(code), block_bytes=10, timeout_s=20) as output:
        assert [len(block) for block in output] == [10, 10, 5]
        assert output.said == "done"


def test_a_reader_that_leaves_early_leaves_no_program_behind() -> None:
    code = "import os\nwhile True: print(os.getpid(), flush=True)"
    with reading(python(code), block_bytes=1000, timeout_s=20) as output:
        pid = int(next(iter(output)).split()[0])
        assert is_running(pid)
    assert_gone(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is told by Linux")
def test_a_program_dies_with_us(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"{IMPORTED}; run_program({python(child)!r}, timeout_s=60)"
    with subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-c", parent], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ) as process:
        child_pid = int(wait_for(pid))
        process.kill()
    assert_gone(child_pid)


def test_where_linux_is_not_a_program_is_started_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its launcher asks Linux's kernel; elsewhere nothing bounds its memory (SECURITY.md)."""
    mac = SimpleNamespace(platform="darwin", executable="/no/python")
    monkeypatch.setattr("pipeline.media.process.sys", mac)
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[1])"
    ours = str(resource.getrlimit(resource.RLIMIT_AS)[1])
    assert run_program(python(code), timeout_s=20).output.decode().strip() == ours
    with pytest.raises(ProgramFailed) as failure:
        run_program(python("raise SystemExit(3)"), timeout_s=20)
    assert failure.value.code == 3
    with pytest.raises(ProgramFailed) as failure:
        run_program(["/no/program"], timeout_s=20)
    assert failure.value.of_the_machine
