"""Every test of sampling: one thread, no gradients, and the pipeline of the golden chain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from model.pipeline import Hallo3Pipeline
from tests.model.golden_chain import golden_pipeline


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pipeline() -> Hallo3Pipeline:
    return golden_pipeline()
