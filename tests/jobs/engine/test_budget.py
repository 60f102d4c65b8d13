"""A run begins no row that it cannot pay for, and finishes those it began."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig
from jobs.engine.attempts import RunCounters, Tally
from jobs.engine.budget import Budget, budget_of
from jobs.engine.phases import Admitted, Failure, Order, Phase, Shooting
from jobs.engine.worker import Outcome
from jobs.run import run
from jobs.settings_file import load_config
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


def spent(segments: int, seconds: float) -> RunCounters:
    """What a run used that made so many segments in so many seconds each."""
    used = RunCounters()
    count(used, an_order(), segments, seconds)
    return used


def count(used: RunCounters, order: Order, segments: int, seconds: float) -> None:
    for _ in range(segments):
        task = a_generate_task(order)
        made = an_advance(task.item)
        outcome = Outcome(result=made, failure=None, seconds=seconds, worker="w", host="h")
        used.count(Tally(), task, outcome)


def test_what_is_begun_counts_at_the_pace_seen() -> None:
    budget, used = Budget(gpu_s=100.0), spent(segments=5, seconds=10.0)
    assert budget.admits([shooting(an_order("a"), 4)], used)  # 50 used, 40 to come
    assert not budget.admits([shooting(an_order("a"), 5)], used)


def test_a_job_that_is_not_cut_yet_counts_as_the_others() -> None:
    budget, used = Budget(gpu_s=100.0), spent(segments=5, seconds=10.0)
    uncut = Admitted(order=an_order("b"))
    assert budget.admits([shooting(an_order("a"), 2), uncut], used)
    assert not budget.admits([shooting(an_order("a"), 3), uncut], used)


def test_what_is_open_counts_at_the_pace_of_its_preset() -> None:
    """A night of two presets, of which one is a hundred times slower: 101 s were used."""
    budget, used = Budget(gpu_s=200.0), RunCounters()
    orders = {"animatic": an_order("a")}
    orders["tiny"] = replace(
        orders["animatic"], request_id="b", preset=replace(ANIMATIC, name="tiny")
    )
    for name, seconds in (("animatic", 1.0), ("tiny", 100.0)):
        count(used, orders[name], segments=1, seconds=seconds)
    assert used.paces == {"animatic": 1.0, "tiny": 100.0}
    assert budget.admits([shooting(orders["animatic"], 98)], used)
    assert not budget.admits([shooting(orders["tiny"], 1)], used)
    assert used.pace_of("hallo3-5b") == 50.5  # nobody knows: as the others
    both = [shooting(orders["animatic"], 9), shooting(orders["tiny"], 1)]  # 9 s and 100 s
    for more_s, admitted in ((109.5, True), (108.5, False)):
        assert Budget(gpu_s=101.0 + more_s).admits(both, used) == admitted


def test_what_earlier_sittings_used_counts() -> None:
    before = [an_attempt(gpu_s=1800.0), an_attempt(gpu_s=900.0)]
    budget = budget_of(1.0, None, None, before)
    assert budget == Budget(gpu_s=3600.0, before_s=2700.0)
    assert not budget.admits([], spent(segments=1, seconds=900.0))


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
        used = spent(segments=2, seconds=10.0)
        assert not Budget(gpu_s=20.0 + open_s, before_s=0.0).admits(phases, used)
        assert Budget(gpu_s=20.5 + open_s + 7, before_s=7.0).admits(phases, used)


def test_only_generators_cost_and_lost_calls_cost_too() -> None:
    used = RunCounters()
    assert used.pace_of("animatic") == 0.0
    lost = Failure(kind="Transient", code="worker_lost", message="")
    failed = Outcome(result=None, failure=lost, seconds=5.0, worker="w", host="h")
    used.count(Tally(), a_prepare_task(an_order()), failed)
    assert used.used_s == 0.0
    used.count(Tally(), a_generate_task(an_order()), failed)
    assert (used.used_s, used.paces, used.pace_of("animatic")) == (5.0, {}, 0.0)
    count(used, an_order(), segments=2, seconds=10.0)
    assert (used.used_s, used.paces) == (25.0, {"animatic": 12.5})


def test_without_a_limit_everything_is_admitted() -> None:
    assert Budget().admits([], spent(segments=3, seconds=1e9))


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
