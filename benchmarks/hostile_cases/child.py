"""Hands a case over in a process of its own, watched: what it wrote, started, said and took."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.hostile_cases.case import CANARY, FINE, RUN_HERE, Case, Given, Ground
from benchmarks.hostile_cases.watch import watch

LIMIT_S, LIMIT_MIB = 60.0, 2048
"""Of processor time, which does not depend on what else the machine does."""

PATIENCE_S = 300
"""A case that is still going is ended then, and is not clean."""

MOST_BYTES = 6 << 30
"""More than a case may take, and less than the machine has."""

CODE = re.compile(
    r"\[([a-z][a-z0-9_]+)\]\s*$|^It fails (?:otherwise|in the same way): ([a-z_]+):", re.MULTILINE
)
RAW = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MACHINES = frozenset({"internal_error", "machine_error", "host_out_of_memory", "worker_lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a case; clean when nothing is `wrong`."""

    kind: str
    name: str
    finding: str
    came: tuple[str, ...]
    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_mib: int
    wrong: tuple[str, ...]
    said: str


def tried(case: Case, base: Path, face: Path, voice: Path) -> Verdict:
    """Make what the case hands over, hand it over, and look at what came of it."""
    home = base / case.kind / case.name
    ground = Ground(home / "in", face, voice)
    for name in ("in", "tmp", "scratch", "cwd", "home"):
        (home / name).mkdir(parents=True)
    given = made(case, ground)
    words = words_of(given, ground)
    before = files_below(home)
    began = time.monotonic()
    child = os.fork()
    if not child:
        _be_the_child(home, words, given)
    peak_mib, status, cpu = watched(child)
    seconds = time.monotonic() - began
    said = (home / "said").read_text("utf-8", "replace")
    seen = (home / "seen").read_text() if (home / "seen").exists() else ""
    verdict = Verdict(
        kind=case.kind,
        name=case.name,
        finding=case.finding,
        came=tuple(
            dict.fromkeys(filter(None, (each for two in CODE.findall(said) for each in two)))
        ),
        exit_code=os.waitstatus_to_exitcode(status),
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu, 2),
        peak_mib=peak_mib,
        wrong=(),
        said=said[-600:],
    )
    changed = [f"changed {name}" for name in sorted(files_below(home) ^ before)]
    wrong = (*wrong_of(verdict, case, said), *seen.splitlines(), *changed[:5])
    return replace(verdict, wrong=wrong, said=verdict.said if wrong else "")


def made(case: Case, ground: Ground) -> Given:
    """What the case hands over; made in a process that ends, so that its memory is not ours."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with os.fdopen(writing, "w") as told:
                json.dump(case.make(ground), told)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a fork goes no further
            traceback.print_exc()
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"{case.kind}/{case.name} cannot be made")
    given: Given = json.loads(said)
    return given


def words_of(given: Given, ground: Ground) -> list[str]:
    """The command that a case is: for a row, a check of its manifest."""
    if isinstance(given, list):
        return given
    manifest = ground.file("row.jsonl", json.dumps({"job_id": "x"} | given) + "\n")
    return ["check", "--media", manifest, *ground.settings()]


def files_below(home: Path) -> set[str]:
    """Each file of the inputs, the home and the current folder, with its size and time."""
    return {
        f"{path} {path.lstat().st_size} {path.lstat().st_mtime_ns}"
        for name in ("in", "cwd", "home")
        for path in (home / name).rglob("*")
    }


def wrong_of(verdict: Verdict, case: Case, said: str) -> Iterator[str]:
    """Whatever must not be so."""
    yield from wrong_in_words(verdict, said)
    if verdict.exit_code not in {0, 1, 2}:
        yield f"ended with {verdict.exit_code}"
    taken = FINE in case.codes and verdict.exit_code == 0
    if not taken and not case.codes.intersection(verdict.came):
        yield f"{', '.join(verdict.came) or 'no code'} came, not {' or '.join(sorted(case.codes))}"
    if verdict.cpu_seconds > LIMIT_S:
        yield f"took {verdict.cpu_seconds:.0f} s"
    if verdict.peak_mib > LIMIT_MIB:
        yield f"took {verdict.peak_mib} MiB"


def wrong_in_words(verdict: Verdict, said: str) -> Iterator[str]:
    """Whatever must not be said."""
    if "Traceback (most recent call last)" in said:
        yield "a traceback"
    if MACHINES.intersection(verdict.came):
        yield "blamed on the machine or the program"
    if raw := RAW.search(said):
        yield f"raw U+{ord(raw[0]):04X} among what it says"
    if CANARY in said:
        yield "the contents of a file among what it says"


def watched(child: int) -> tuple[int, int, float]:
    """Peak memory of the child with all that it starts, how it ended, and its processor time."""
    peak, ends = 0, time.monotonic() + PATIENCE_S
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            peak = max(peak, usage.ru_maxrss >> 10)
            return peak, status, usage.ru_utime + usage.ru_stime
        peak = max(peak, sum(map(memory_of, tree_of(child))))
        if time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)


def tree_of(pid: int) -> Iterator[int]:
    """The process and all below it."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for below in (task / "children").read_text().split():
                yield from tree_of(int(below))


def memory_of(pid: int) -> int:
    """MiB that a process holds now."""
    with suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") >> 20
    return 0


def _be_the_child(home: Path, words: list[str], given: Given) -> None:
    """Become a process that does one thing, whose writes and starts are watched."""
    os.setsid()
    out = os.open(home / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(out, stream)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    os.chdir(home / "cwd")
    os.environ |= {"HOME": str(home / "home"), "TMPDIR": str(home / "tmp"), "COLUMNS": "10000"}
    tempfile.tempdir = str(home / "tmp")
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    watch(home)
    code = 70
    try:
        code = carried_out(words, home)
        if not code and isinstance(given, dict):
            code = prepared(words[2], home)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever escapes the program is what we look for
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def carried_out(words: list[str], home: Path) -> int:
    """The exit code of `rushes` with these words."""
    from jobs.cli import main  # noqa: PLC0415 - loaded already

    if words[0] == RUN_HERE:
        return run_here(words[1], words[2], home)
    sys.argv = ["rushes", *words]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def run_here(manifest: str, out: str, home: Path) -> int:
    """A run in this process; each row's end is said as a command would."""
    from jobs.config import RunConfig  # noqa: PLC0415 - loaded already
    from jobs.console import say  # noqa: PLC0415
    from jobs.engine.executor import InProcess  # noqa: PLC0415
    from jobs.run import run  # noqa: PLC0415
    from manifests import read_results  # noqa: PLC0415
    from manifests.errors import RushesError  # noqa: PLC0415

    try:
        run([manifest], out, RunConfig(scratch=home / "scratch"), executor=InProcess)
    except RushesError as error:
        say(f"{error.message} [{error.code}]")
        return 2
    for result in read_results(out):
        say(f"{result.job_id} {result.status} {result.error_message} [{result.error_code}]")
        for warning in result.warnings:
            code, _, message = warning.partition(": ")
            say(f"{message} [{code}]")
    return 0


def prepared(manifest: str, home: Path) -> int:
    """What a run's first step says of the row that the check let pass."""
    from jobs.console import say  # noqa: PLC0415 - loaded already
    from jobs.engine.worker import guarded  # noqa: PLC0415
    from manifests import Job, examine  # noqa: PLC0415
    from pipeline.limits import Limits  # noqa: PLC0415
    from pipeline.prepare import prepare  # noqa: PLC0415
    from pipeline.presets import ANIMATIC  # noqa: PLC0415
    from pipeline.workspace.workspace import Workspace  # noqa: PLC0415

    (job,) = examine([manifest])
    assert isinstance(job, Job)  # noqa: S101 - the check let it pass
    workspace = Workspace(out=str(home / "out"), scratch=home / "scratch")
    workspace.open()
    take, failure = guarded(lambda: prepare(job, workspace, preset=ANIMATIC, limits=Limits()))
    for warning in take.warnings if take else ():
        code, _, message = warning.partition(": ")
        say(f"warning: {message} [{code}]")
    if failure is not None:
        say(f"{failure.message} [{failure.code}]")
    return int(failure is not None)
