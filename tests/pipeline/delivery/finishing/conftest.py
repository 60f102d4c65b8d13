"""The take that tests of finishing share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import a_short_take


@pytest.fixture
def take(tmp_path: Path) -> SmallTake:
    """Two pieces of three frames of 48 x 32."""
    return a_short_take(tmp_path)
