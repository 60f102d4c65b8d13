"""Fixtures for all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.s3_server import s3, s3_server

__all__ = ["s3", "s3_server"]

settings.register_profile(
    "shared-machine",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[
        HealthCheck.too_slow
    ],  # how busy the machine is says nothing of the code
)
settings.load_profile("shared-machine")
