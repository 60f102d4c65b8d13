"""The one place that starts other programs: bounded, reaped, and dead when we are dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

TAIL_BYTES = 8192
"""How much of what a program said last is kept."""

MEMORY_BYTES = 16 << 30
"""Address space of a child: a hostile file may claim any size, and shall not take the machine."""

PASSED_ON = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")
"""All that a child sees of our environment: no cloud keys, no proxies, no home."""

NONE_MORE: Mapping[str, str] = {}

# The child asks the kernel to be killed when the thread that started it ends. A launcher does it,
# since code between fork and exec (`preexec_fn`) can deadlock in a process with threads.
# Whatever goes wrong before the program runs ends with a code of its own: no file is to blame.
_LAUNCHER = """
import os, sys
try:
    import ctypes, resource
    parent, memory = int(sys.argv[1]), int(sys.argv[2])
    ctypes.CDLL(None).prctl(1, 9)
    if os.getppid() != parent:
        raise OSError("its parent is gone")
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        memory = min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.execvp(sys.argv[3], sys.argv[3:])
except BaseException as error:
    os.write(2, f"cannot be started: {error}".encode(errors="replace"))
    os._exit(126)
"""

NOT_STARTED = frozenset({126, 127})
"""How a launcher ends that could not start the program, and a loader that found no room for it."""

_WITHOUT_ROOM = (
    "Cannot allocate memory",
    "Fatal Python error",  # the launcher's, before its first line
    "Resource temporarily unavailable",
    "Too many open files",
)
"""What a program says that the machine is short of."""


_CRASHES = frozenset({-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE})


class ProgramFailed(RuntimeError):
    """A program ended with a `code` other than 0 (negative: a signal), or `timed_out`."""

    def __init__(self, program: str, code: int, said: str, *, timed_out: bool = False) -> None:
        super().__init__(program, code, said, timed_out)
        self.program = program
        self.code = code
        self.said = said
        self.timed_out = timed_out

    @property
    def of_the_machine(self) -> bool:
        """Whether it was not started, stopped or left without memory: no file is to blame."""
        return self.of_the_moment or self.code < 0 or self.code in NOT_STARTED

    @property
    def of_the_moment(self) -> bool:
        """Whether the machine was short of something just then; another try may go well."""
        stopped = self.timed_out or self.code == -signal.SIGKILL
        return stopped or any(told in self.said for told in _WITHOUT_ROOM)

    @property
    def broke_down(self) -> bool:
        """Whether it crashed over what it was given."""
        return self.code in _CRASHES

    def __str__(self) -> str:
        how = "took too long" if self.timed_out else f"ended with code {self.code}"
        return f"{self.program} {how}: {self.said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessResult:
    """What a program that ended well wrote, and the tail of what it said on stderr."""

    output: bytes
    said: str


def run_program(
    command: Sequence[str],
    *,
    stdin: bytes | None = None,
    timeout_s: float,
    memory_bytes: int = MEMORY_BYTES,
    variables: Mapping[str, str] = NONE_MORE,
) -> ProcessResult:
    """Run to the end, with `variables` besides those that all children see. Raises
    `ProgramFailed`."""
    with _started(
        command,
        timeout_s=timeout_s,
        feeds=stdin is not None,
        memory_bytes=memory_bytes,
        variables=variables,
    ) as child:
        writer = threading.Thread(target=child.write_and_close, args=(stdin or b"",), daemon=True)
        writer.start()
        output = child.output.read()
        writer.join()
        return ProcessResult(output=output, said=child.finish())


def feed(command: Sequence[str], blocks: Iterable[bytes], *, timeout_s: float) -> str:
    """Run while writing `blocks` to its stdin; what it prints is dropped. Returns its stderr tail.

    An error of `blocks` kills the program and is raised as it is.
    """
    with _started(command, timeout_s=timeout_s, feeds=True, reads=False) as child:
        for block in blocks:
            if not child.write(block):
                break  # it stopped reading: its exit code says why
        child.write_and_close(b"")
        return child.finish()


@contextmanager
def reading(command: Sequence[str], *, block_bytes: int, timeout_s: float) -> Iterator[Output]:
    """Run while reading its stdout; leaving early kills the program."""
    with _started(command, timeout_s=timeout_s) as child:
        yield Output(child, block_bytes)


def filtering(
    command: Sequence[str], blocks: Iterable[bytes], *, block_bytes: int, timeout_s: float
) -> Iterator[bytes]:
    """What a program makes of `blocks`, in blocks of exactly `block_bytes`, while it is given them.

    An error of `blocks` ends the program and is raised as it is; raises `ProgramFailed`.
    """

    def give(child: _Child) -> None:
        try:
            all(map(child.write, blocks))  # until it reads no longer: its exit code says why
        finally:
            child.write_and_close(b"")

    with ThreadPoolExecutor(1) as writer, _started(command, timeout_s=timeout_s, feeds=True) as it:
        given = writer.submit(give, it)
        while block := it.output.read(block_bytes):
            yield block
        given.result()
        it.finish()


class Output:
    """Stdout of a running program in blocks of exactly `block_bytes`, the last one shorter.

    Iterating past the end raises `ProgramFailed` if it failed; `said` is its stderr tail then.
    """

    def __init__(self, child: _Child, block_bytes: int) -> None:
        self._child = child
        self._block_bytes = block_bytes
        self.said = ""

    def __iter__(self) -> Iterator[bytes]:
        while block := self._child.output.read(self._block_bytes):
            yield block
        self.said = self._child.finish()


@dataclass(slots=True)
class _Child:
    """A running program, its stderr drained by a thread of its own."""

    program: str
    process: subprocess.Popen[bytes]
    tail: deque[bytes] = field(default_factory=deque)
    timed_out: bool = False
    drain: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.drain = threading.Thread(target=self._drain, daemon=True)
        self.drain.start()

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None  # noqa: S101  # opened as a pipe
        return self.process.stdout

    def _drain(self) -> None:
        assert self.process.stderr is not None  # noqa: S101  # always a pipe
        while block := self.process.stderr.read1(TAIL_BYTES):  # type: ignore[attr-defined]
            self.tail.append(block)
            if len(self.tail) > 1 and sum(map(len, self.tail)) - len(self.tail[0]) >= TAIL_BYTES:
                self.tail.popleft()

    def write(self, block: bytes) -> bool:
        """False when the program reads no longer."""
        assert self.process.stdin is not None  # noqa: S101  # opened as a pipe
        try:
            self.process.stdin.write(block)
        except BrokenPipeError:
            return False
        return True

    def write_and_close(self, block: bytes) -> None:
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(block)
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def finish(self) -> str:
        """Wait for the end; what it said, or `ProgramFailed`."""
        code = self.process.wait()
        self.drain.join()
        said = b"".join(self.tail)[-TAIL_BYTES:].decode(errors="replace").strip()
        if code or self.timed_out:
            raise ProgramFailed(self.program, code, said, timed_out=self.timed_out)
        return said

    def expire(self) -> None:
        self.timed_out = True
        self.kill()

    def kill(self) -> None:
        """End it and whatever it started."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def _started(
    command: Sequence[str],
    *,
    timeout_s: float,
    feeds: bool = False,
    reads: bool = True,
    memory_bytes: int = MEMORY_BYTES,
    variables: Mapping[str, str] = NONE_MORE,
) -> Iterator[_Child]:
    program = Path(command[0]).name
    try:
        process = subprocess.Popen(  # noqa: S603  # a list of words, no shell
            _launched(command, memory_bytes),
            stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
            stdout=subprocess.PIPE if reads else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ}
            | {"LANG": "C.UTF-8", **variables},
            start_new_session=True,
        )
    except OSError as error:  # no process or no pipe is left
        raise ProgramFailed(program, min(NOT_STARTED), f"cannot be started: {error}") from error
    child = _Child(program=program, process=process)
    deadline = threading.Timer(timeout_s, child.expire)
    deadline.daemon = True
    deadline.start()
    try:
        yield child
    finally:
        deadline.cancel()
        child.kill()
        process.wait()
        child.drain.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


def _launched(command: Sequence[str], memory_bytes: int) -> list[str]:
    if sys.platform != "linux":
        return list(command)
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
    return [*launcher, str(os.getpid()), str(memory_bytes), *command]
