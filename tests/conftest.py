"""Fixtures for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

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
    """Mark the tests that draw examples, so that `make nightly` finds them."""
    for item in items:
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker("laws")


def pytest_configure() -> None:
    """A folder for what voices say."""
    begin_saying()
