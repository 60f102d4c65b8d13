"""The tests marked `gpu`, run in a process of their own from a checkout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from model.bench.card.context import CardContext

CHECKOUT = Path(__file__).parents[2]
DEVICE = "RUSHES_CARD"
"""The device of these tests; a rehearsal names the CPU."""


def marked_tests(context: CardContext) -> dict[str, Any]:
    """How many passed, failed and were skipped, and which failed; `RuntimeError` when none ran."""
    import pytest  # noqa: PLC0415 - of a checkout's environment; a wheel does without

    os.environ[DEVICE] = context.device.type
    report = context.folder / "gpu-tests.xml"
    tests = CHECKOUT / "tests"
    if not tests.is_dir():
        raise RuntimeError("the tests stand in a checkout of the project, not in a wheel")
    os.chdir(CHECKOUT)
    code = pytest.main(
        [str(tests / "model"), "-m", "gpu", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    )
    return counted_report(report) | {"device": context.device.type, "exit_code": int(code)}


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
