"""When a night ends whose chains are handed out one by one, the longest first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.quote.forecast import ONE_BY_ONE, filled, hand_out, makespan_s


def test_many_chains_end_as_if_handed_out_one_by_one() -> None:
    draws = np.random.default_rng(5)
    chain_s = np.sort(draws.lognormal(3, 1, 3 * ONE_BY_ONE))[::-1]
    assert makespan_s(chain_s, 9, 7.0) == pytest.approx(hand_out([7.0] * 9, chain_s), rel=1e-3)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9), st.floats(0, 1000))
def test_poured_work_is_kept_and_fills_the_lowest(free: list[float], work_s: float) -> None:
    after = filled(np.array(free), work_s)
    assert sum(after) == pytest.approx(sum(free) + work_s)
    raised = [now for before, now in zip(sorted(free), after, strict=True) if now > before]
    assert max(raised, default=0.0) == pytest.approx(min(raised, default=0.0))
