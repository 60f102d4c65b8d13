"""A run begins no row that it cannot pay for, and finishes those it began."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig, load_config
from jobs.engine.budget import Budget, Spending, budget_of
from jobs.engine.phases import Admitted, Failure, Order, Phase, Shooting
from jobs.engine.worker import Outcome
from jobs.run import run
from manifests import Job
from manifests.errors import ManifestUnusable
from pipeline.presets import ANIMATIC
from tests.manifests.builders import an_attempt
from tests.night import a_manifest
from tests.noun_builders import (
    a_chunk,
    a_generate_task,
    a_prepare_task,
    a_shot,
    a_take,
    an_advance,
    an_order,
)
from tests.sketched import Sketched


def shooting(order: Order, segments: int) -> Phase:
    frames = 47 * segments
    shot = a_shot(a_chunk(0, 0, frames))
    return Shooting(order=order, take=a_take(frames), shots=(shot,))


def spent(budget: Budget, segments: int, seconds: float) -> Spending:
    spending = Spending(budget)
    count(spending, an_order(), segments, seconds)
    return spending


def count(spending: Spending, order: Order, segments: int, seconds: float) -> None:
    for _ in range(segments):
        task = a_generate_task(order)
        made = an_advance(task.item)
        outcome = Outcome(made=made, failure=None, seconds=seconds, worker="w", host="h")
        spending.count(task, outcome)


def test_what_is_begun_counts_at_the_pace_seen() -> None:
    spending = spent(Budget(gpu_s=100.0), segments=5, seconds=10.0)
    assert spending.admits([shooting(an_order("a"), 4)])  # 50 used, 40 to come
    assert not spending.admits([shooting(an_order("a"), 5)])


def test_a_job_that_is_not_cut_yet_counts_as_the_others() -> None:
    spending = spent(Budget(gpu_s=100.0), segments=5, seconds=10.0)
    uncut = Admitted(order=an_order("b"))
    assert spending.admits([shooting(an_order("a"), 2), uncut])
    assert not spending.admits([shooting(an_order("a"), 3), uncut])


def test_what_is_open_counts_at_the_pace_of_its_preset() -> None:
    """A night of two presets, of which one is a hundred times slower: 101 s were used."""
    spending = Spending(Budget(gpu_s=200.0))
    orders = {"animatic": an_order("a")}
    orders["tiny"] = replace(orders["animatic"], asked="b", preset=replace(ANIMATIC, name="tiny"))
    for name, seconds in (("animatic", 1.0), ("tiny", 100.0)):
        count(spending, orders[name], segments=1, seconds=seconds)
    assert spending.paces == {"animatic": 1.0, "tiny": 100.0}
    assert spending.admits([shooting(orders["animatic"], 98)])
    assert not spending.admits([shooting(orders["tiny"], 1)])
    assert spending.segment_s("hallo3-5b") == 50.5  # nobody knows: as the others
    both = [shooting(orders["animatic"], 9), shooting(orders["tiny"], 1)]  # 9 s and 100 s
    for more_s, admitted in ((109.5, True), (108.5, False)):
        spending.budget = Budget(gpu_s=101.0 + more_s)
        assert spending.admits(both) == admitted


def test_what_earlier_sittings_used_counts() -> None:
    before = [an_attempt(gpu_s=1800.0), an_attempt(gpu_s=900.0)]
    budget = budget_of(1.0, None, None, before)
    assert budget == Budget(gpu_s=3600.0, before_s=2700.0)
    assert not spent(budget, segments=1, seconds=900.0).admits([])


@given(hours=st.floats(0.1, 100), usd=st.floats(0.1, 1000), price=st.floats(0.5, 20))
def test_the_tighter_limit_counts(hours: float, usd: float, price: float) -> None:
    found = budget_of(hours, usd, price, []).gpu_s
    assert math.isclose(found, 3600 * min(hours, usd / price))


def test_a_price_without_a_limit_and_a_limit_without_a_price_bound_nothing() -> None:
    before = [an_attempt(gpu_s=1800.0)]
    assert budget_of(None, None, 2.0, before) == budget_of(None, 5.0, None, before) == Budget()
    assert budget_of(None, 5.0, 2.0, before) == Budget(gpu_s=9000.0, before_s=1800.0)
    assert budget_of(2.0, 5.0, None, before) == Budget(gpu_s=7200.0, before_s=1800.0)


def test_only_what_is_left_of_begun_jobs_is_still_to_be_paid() -> None:
    """Ten seconds a segment; of the job that is begun three segments of five are left."""
    shot = a_shot(a_chunk(0, 0, 47 * 5), done=2)
    half = Shooting(order=an_order("a"), take=a_take(47 * 5), shots=(shot,))
    uncut = Admitted(order=an_order("b"))
    for phases, open_s in (([half], 30), ([half, half], 60), ([half, uncut], 60), ([uncut], 0)):
        spending = spent(Budget(gpu_s=20.0 + open_s, before_s=0.0), segments=2, seconds=10.0)
        assert not spending.admits(phases)
        more = spent(Budget(gpu_s=20.5 + open_s + 7, before_s=7.0), segments=2, seconds=10.0)
        assert more.admits(phases)


def test_only_generators_cost_and_lost_calls_cost_too() -> None:
    spending = Spending(Budget(gpu_s=100.0))
    assert spending.segment_s("animatic") == 0.0
    lost = Failure(kind="Transient", code="worker_lost", message="")
    failed = Outcome(made=None, failure=lost, seconds=5.0, worker="w", host="h")
    spending.count(a_prepare_task(an_order()), failed)
    assert spending.used_s == 0.0
    spending.count(a_generate_task(an_order()), failed)
    assert (spending.used_s, spending.paces, spending.segment_s("animatic")) == (5.0, {}, 0.0)
    count(spending, an_order(), segments=2, seconds=10.0)
    assert (spending.used_s, spending.paces) == (25.0, {"animatic": 12.5})


def test_without_a_limit_everything_is_admitted() -> None:
    assert spent(Budget(), segments=3, seconds=1e9).admits([])


def test_a_run_stops_beginning_rows_and_finishes_what_it_began(
    tmp_path: Path, scratch: Path
) -> None:
    """A segment counts a second here, and the budget is one."""
    jobs = [
        Job(job_id=f"job-{n}", portrait_uri="/in/face.png", script=f"Row {n}.") for n in range(12)
    ]
    manifest = a_manifest(tmp_path, jobs)
    tight = RunConfig(scratch=scratch, budget_gpu_hours=1 / 3600)
    summary = run([manifest], str(tmp_path / "out"), tight, executor=Sketched)
    assert 0 < summary.done < len(jobs)
    assert summary.left == len(jobs) - summary.done
    assert not summary.complete
    again = run([manifest], str(tmp_path / "out"), tight, executor=Sketched)
    assert again.done == 0  # what was used counts in later sittings too


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"budget_gpu_hours": 0.0}, "budget_gpu_hours: Input should be greater than 0"),
        ({"budget_usd": 5.0}, "budget_usd needs usd_per_gpu_hour"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(flags: dict[str, float], told: str) -> None:
    with pytest.raises(ManifestUnusable, match=told):
        load_config(None, **flags)
