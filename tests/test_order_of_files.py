"""The order in which files of tests begin loses none, and keeps those that wait apart."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.order_of_files import interspersed, waits


@given(st.integers(0, 40), st.integers(0, 400))
def test_all_files_begin_once_and_in_their_order(waiting: int, others: int) -> None:
    wait, work = [("wait", n) for n in range(waiting)], [("work", n) for n in range(others)]
    ordered = interspersed(wait, work)
    assert [each for each in ordered if each[0] == "wait"] == wait
    assert [each for each in ordered if each[0] == "work"] == work


@given(st.integers(1, 30), st.integers(200, 400))
def test_those_that_wait_begin_apart_and_long_before_the_end(waiting: int, others: int) -> None:
    ordered = interspersed(["wait"] * waiting, ["work"] * others)
    places = [at for at, each in enumerate(ordered) if each == "wait"]
    assert all(b - a > 2 for a, b in pairwise(places))
    assert places[-1] < 0.75 * len(ordered)


def test_a_ray_and_a_browser_are_waited_for() -> None:
    assert waits(Path("tests/jobs/cluster/test_ray.py"), {"ray", "laws"})
    assert waits(Path("tests/browser/test_live_page.py"), set())
    assert not waits(Path("tests/jobs/test_run.py"), {"laws"})
