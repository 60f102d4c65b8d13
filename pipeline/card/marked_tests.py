"""The tests marked `gpu`, from a checkout, in a process in which pytest comes first."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pipeline.card.kept import ADDRESS_BYTES, environment_here
from pipeline.media.child import child_command
from pipeline.media.process import run_program

if TYPE_CHECKING:  # it loads torch, and what pytest wants to load itself
    from model.bench.card.context import CardContext

CHECKOUT = Path(__file__).parents[2]
DEVICE = "RUSHES_CARD"
"""The device of these tests; a rehearsal names the CPU."""

SOME_FAILED = 1


def marked_tests(context: CardContext) -> dict[str, Any]:
    """How many passed, failed and were skipped, and which failed; `RuntimeError` when none ran."""
    tests, report = CHECKOUT / "tests", context.folder / "gpu-tests.xml"
    if not tests.is_dir():
        raise RuntimeError("the tests stand in a checkout of the project, not in a wheel")
    told = environment_here() | {DEVICE: context.device.type}
    command = child_command(__name__, json.dumps(told), str(tests / "model"), str(report))
    run_program(command, timeout_s=max(1.0, context.left_s()), memory_bytes=ADDRESS_BYTES)
    return counted_report(report) | {"device": context.device.type}


def main(arguments: Sequence[str]) -> None:
    """The environment as JSON, the folder of the tests, and the file of the report."""
    os.environ.update(json.loads(arguments[0]))
    os.chdir(CHECKOUT)
    import pytest  # noqa: PLC0415 - of a checkout's environment; a wheel does without

    _, folder, report = arguments
    code = pytest.main(
        [folder, "-m", "gpu", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    )
    if code not in {0, SOME_FAILED}:
        raise SystemExit(int(code))


def counted_report(report: Path) -> dict[str, Any]:
    """Counts of a JUnit report, and the names and first lines of what failed."""
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest wrote it
    if suite is None or not int(suite.get("tests", 0)):
        raise RuntimeError("no test marked gpu was found")
    count = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    failed = [
        {"test": case.get("name"), "why": (problem.get("message") or "").splitlines()[:1]}
        for case in suite.iter("testcase")
        for problem in (*case.findall("failure"), *case.findall("error"))
    ]
    not_passed = count["failures"] + count["errors"]
    return {
        "passed": count["tests"] - not_passed - count["skipped"],
        "failed": not_passed,
        "skipped": count["skipped"],
        "which_failed": failed,
    }
