"""Fixtures for all tests."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from tests.order_of_files import interspersed, waits
from tests.s3_server import s3, s3_server
from tests.said_once import begin_saying

__all__ = ["s3", "s3_server"]

settings.register_profile(
    "shared-machine",
    deadline=None,
    derandomize=True,  # what lands must not depend on a draw; `make nightly` draws afresh
    suppress_health_check=[
        HealthCheck.too_slow
    ],  # how busy the machine is says nothing of the code
)
settings.register_profile(
    "nightly", parent=settings.get_profile("shared-machine"), derandomize=False, max_examples=1000
)
settings.load_profile("shared-machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that draw examples, so that `make nightly` finds them, and put the files in
    the order in which they begin: first those of no folder, which are long."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("laws")
    waiting: list[list[pytest.Item]] = []
    others: list[list[pytest.Item]] = []
    for path, of_file in groupby(items, lambda item: item.path):
        tests = list(of_file)
        marks = {mark.name for test in tests for mark in test.iter_markers()}
        (waiting if waits(path, marks) else others).append(tests)
    others.sort(key=lambda tests: tests[0].path.parent != Path(__file__).parent)
    items[:] = [test for tests in interspersed(waiting, others) for test in tests]


def pytest_configure() -> None:
    """A folder for what voices say."""
    begin_saying()
