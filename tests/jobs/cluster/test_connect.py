"""The pool on a simulated cluster: nodes come and go, workers are told to end, hang or compute
otherwise."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
import ray
from ray.cluster_utils import Cluster

from jobs.cluster.connect import JoinedRay
from jobs.engine.executor import Report
from jobs.engine.phases import Admitted, Step
from jobs.engine.same_bits import Roll
from jobs.engine.tasks import task_of
from jobs.engine.worker_health import HealthPolicy
from manifests.errors import ManifestUnusable, Transient
from manifests.job import Job
from pipeline.nouns import SegmentProgress
from pipeline.stage import Resources
from pipeline.workspace.workspace import Workspace
from tests.jobs.cluster.pools import Pool, a_task, until
from tests.noun_builders import SETTINGS, a_chunk, a_shot, an_order
from tests.ray_heads import a_head

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    there = a_head(1)
    there.add_node(num_cpus=1, num_gpus=2)
    yield there
    there.shutdown()


@pytest.fixture
def pool(cluster: Cluster, tmp_path: Path) -> Iterator[Pool]:
    made = Pool(cluster, tmp_path, health=HealthPolicy(hang_s=3.0))
    yield made
    made.pool.close()


def test_workers_join_and_leave_with_their_nodes_and_odd_ones_are_left_out(
    cluster: Cluster, pool: Pool
) -> None:
    pool.wait_for(2)
    node = cluster.add_node(num_cpus=1, num_gpus=2)
    joined = pool.wait_for(4)
    assert pool.pool.size() >= 5
    assert pool.pool.roll() == Roll(classes=frozenset({"card"}))
    assert {slot.device for slot in joined} == {"card"}

    broken = cluster.add_node(num_cpus=1, num_gpus=1, resources={"odd": 1})
    until(lambda: pool.generators() and any("is not used: odd" in text for text in pool.said))
    assert len(pool.generators()) == 4

    task = a_task(seconds=30)
    for slot in joined:
        pool.pool.start(task, slot)
    cluster.remove_node(node, allow_graceful=False)
    lost = [pool.report(), pool.report()]
    assert {report.outcome.failure.code for report in lost if report.outcome.failure} == {
        "worker_lost"
    }
    assert {slot.worker for slot in pool.generators()}.isdisjoint(s.worker for s in joined)
    cluster.remove_node(broken)


def test_a_pair_is_one_generator_with_two_gpus(cluster: Cluster, tmp_path: Path) -> None:
    made = Pool(cluster, tmp_path, pairs=1)
    with closing(made.pool):
        (slot,) = made.wait_for(1)
        actor = made.pool._staff[slot.worker].actor
        seen = ray.get(actor.__ray_call__.remote(lambda _: len(ray.get_gpu_ids())))
    assert slot.pair
    assert seen == 2


def test_a_worker_told_to_end_finishes_its_segment_and_another_takes_its_place(
    pool: Pool, tmp_path: Path
) -> None:
    slots = pool.wait_for(2)
    generator = pool.pool._staff._generators[slots[0].worker]
    pid = ray.get(generator.actor.__ray_call__.remote(lambda _: os.getpid()))
    pool.pool.start(a_task(held=str(tmp_path)), slots[0])
    until((tmp_path / "begun").exists)
    os.kill(pid, signal.SIGTERM)
    (tmp_path / "may end").touch()
    report = pool.report()
    assert report.outcome.failure is None
    after = pool.wait_for(2)
    assert slots[0].worker not in {slot.worker for slot in after}
    assert any("told to end" in text for text in pool.said)


def test_quick_segments_are_asked_for_ahead_and_answers_belong_to_their_chain(pool: Pool) -> None:
    slot = pool.wait_for(2)[0]
    generator = pool.pool._staff._generators[slot.worker]
    shots = dict.fromkeys("ab", a_shot(a_chunk(stop=400)))
    foreseen = []
    for name in "aaabaab":  # each change of chain leaves an answer behind that nobody asks for
        pool.pool.start(a_task(name, shots[name], seconds=0.1), slot)
        foreseen.append(generator.ahead is not None)
        made = pool.report().outcome.result
        assert isinstance(made, SegmentProgress)
        assert len(made.shot.done) == len(shots[name].done) + 1
        shots[name] = made.shot
    assert foreseen == [False] + [True] * 6


def test_a_hung_worker_is_killed_and_one_out_of_memory_replaced_before_their_tasks_go_on(
    pool: Pool, tmp_path: Path
) -> None:
    hung, full = pool.wait_for(2)
    pool.pool.start(a_task(once=str(tmp_path / "hung")), hung)
    pool.pool.start(a_task(full=True), full)
    failures = [pool.report().outcome.failure for _ in range(2)]
    assert [(f.kind, f.code) for f in failures if f] == [
        ("OutOfMemory", "host_out_of_memory"),
        ("Transient", "worker_hung"),
    ]
    assert any("is killed" in text for text in pool.said)
    others = pool.wait_for(2)  # checked anew, each
    assert {hung.worker, full.worker}.isdisjoint(slot.worker for slot in others)
    pool.pool.start(a_task(once=str(tmp_path / "hung")), others[0])
    assert pool.report().outcome.failure is None


@pytest.mark.parametrize("part", ["gcs_server", "raylet"])
def test_a_cluster_of_others_that_is_lost_ends_the_run_and_fails_no_task(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jobs.cluster.connect._GOODBYE_S", 0.5
    )  # without its head Ray takes far longer
    bare = a_head(2)
    try:
        with pytest.raises(ManifestUnusable, match="has none") as error:
            Pool(bare, tmp_path, gpus=2)
        assert error.value.code == "no_gpus"

        watched = Pool(bare, tmp_path)
        (slot,) = watched.wait_for(1)
        watched.pool.start(a_task(seconds=60), slot)
        getattr(bare.head_node, f"kill_{part}")()
        told: list[Report] = []
        with pytest.raises(Transient, match="run the same command again") as gone:
            until(lambda: told.extend(watched.pool.reports(0.1)))
        assert gone.value.code == "cluster_lost"
        assert told == []
        watched.pool.close()
    finally:
        ray.shutdown()
        bare.shutdown()


@pytest.mark.parametrize("address", ["head", "http://head:8265", "head:port", "head:6379/x", ""])
def test_an_address_of_another_form_is_refused_at_once(address: str) -> None:
    with pytest.raises(ManifestUnusable, match="HOST:PORT") as error:
        JoinedRay(address).enter()
    assert error.value.code == "address_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costly:
    """A row whose input takes too long, in code that keeps Python's lock, or too much memory."""

    name: ClassVar[str] = "prepare"
    needs: ClassVar[Resources] = Resources()
    gb: float = 0.0

    def load(self) -> Callable[[Job, Workspace], object]:
        return self.make

    def make(self, job: Job, workspace: Workspace) -> object:
        del job, workspace
        if self.gb:
            return len(bytearray(int(self.gb * 2**30)))
        return re.fullmatch(r"(a*)*b", "a" * 40)


def test_a_task_that_takes_too_long_or_too_much_is_ended_and_its_neighbours_go_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    health = HealthPolicy(cpu_hang_s=2.0, cpu_memory_gb=1.0)
    made = Pool(cluster, tmp_path, health=health)
    order = an_order("costly")
    task = task_of(Admitted(order=order), Step(stage="prepare"), SETTINGS, {})
    desk = next(slot for slot in made.pool.free() if not slot.generates)
    failures = []
    for recipe in (Costly(), Costly(), Costly(gb=2.0), Costly(gb=0.01)):
        made.pool.start(replace(task, recipe=recipe), desk)
        failures.append(made.report().outcome.failure)
    made.pool.close()
    assert [failure and (failure.kind, failure.code) for failure in failures] == [
        ("Transient", "worker_hung"),
        ("BadInput", "input_too_costly"),
        ("OutOfMemory", "host_out_of_memory"),
        None,
    ]
    assert failures[1] is not None
    assert order.job.portrait_uri in failures[1].message
    assert failures[2] is not None
    assert "may take 1 GB" in failures[2].message
