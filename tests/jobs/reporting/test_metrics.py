"""What a run tells in numbers, under the documented names, is what Prometheus reads."""

from __future__ import annotations

import re
import socket
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.cluster.local_ray import LocalRay
from jobs.engine.attempts import Tally
from jobs.engine.executor import Report
from jobs.engine.phases import Failed, Failure, Order, Shooting, Step
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot
from jobs.engine.tasks import Task, task_of
from jobs.engine.worker import Outcome
from jobs.reporting.metrics import METRICS, Meter, MeteredExecutor
from jobs.reporting.ray_metrics import RaySink
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from tests.noun_builders import SETTINGS, a_chunk, a_shot, an_advance, an_order

PAGE = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
TWO = [Slot(worker=f"generator-{n}", generates=True) for n in range(2)]
CPU = Slot(worker="cpu", generates=False)


@dataclass
class Told:
    """A sink and a clock that a test can read and set."""

    values: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    now: float = 0.0

    def __call__(self, name: str, label: str, value: float) -> None:
        adds = METRICS[name].kind != "gauge"
        self.values[name, label] = value + (self.values[name, label] if adds else 0.0)

    def clock(self) -> float:
        return self.now


class Scripted:
    """An executor of two generators that reports what it is given."""

    def __init__(self) -> None:
        self.ready: list[Slot] = list(TWO)
        self.ended: list[Report] = []

    def free(self) -> Sequence[Slot]:
        return [*self.ready, CPU]

    def slots(self) -> Sequence[Slot]:
        return [*TWO, CPU]

    def size(self) -> int:
        return 3

    def roll(self) -> Roll:
        return Roll(classes=frozenset({""}))

    def start(self, task: Task, slot: Slot) -> None:
        del task
        self.ready.remove(slot)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        del timeout_s
        found, self.ended = self.ended, []
        return found

    def close(self) -> None:
        """Nothing is held."""


def a_task(asked: str = "asked") -> Task:
    shot = a_shot(a_chunk())
    phase = Shooting(order=an_order(asked), take=shot.take, shots=(shot,))
    return task_of(phase, Step(stage="generate", chunk=0), SETTINGS, {})


def an_outcome(task: Task, failure: Failure | None = None) -> Report:
    shot = a_shot(a_chunk())
    made = None if failure else replace(an_advance(shot), made=1)
    outcome = Outcome(result=made, failure=failure, seconds=0.0, worker="w", host="h")
    return Report(task=task, outcome=outcome)


def failed(order: Order, kind: str) -> Failed:
    return Failed(order=order, failure=Failure(kind=kind, code="code", message="why"))


LOST = Failure(kind="Transient", code="worker_lost", message="gone")


def a_night(sink: Told | RaySink, told: Told) -> None:
    """Two jobs of four: a segment, another time the same one, a lost worker, and ends."""
    executor = Scripted()
    meter = Meter(sink, 4, {"kept": 1}, clock=told.clock)
    measured = MeteredExecutor(executor, meter)
    one, two = an_order("one"), an_order("two")
    for order in (one, two):
        meter.job_admitted(order)
    task = a_task("one")
    shot = a_shot(a_chunk())
    meter.job_moved(Shooting(order=one, take=shot.take, shots=(shot,)), Tally())
    measured.free()
    for failure in (None, None, LOST):
        measured.start(task, TWO[0])
        told.now += 1.0
        measured.free()  # one busy from here on, one free
        told.now += 2.0
        executor.ended.append(an_outcome(task, failure))
        measured.reports(0.0)
        executor.ready = list(TWO)
        measured.free()
    executor.ready = [TWO[1]]  # the other one is being renewed
    measured.free()
    told.now += 5.0
    measured.free()
    meter.job_over(failed(two, "BadInput"), Tally())
    meter.tick()


def test_a_night_is_told_in_numbers() -> None:
    told = Told()
    a_night(told, told)
    values = told.values
    jobs = {label: value for (name, label), value in values.items() if name == "rushes_jobs"}
    assert jobs == dict.fromkeys(jobs, 0) | {"waiting": 2, "running": 1, "invalid": 1, "kept": 1}
    assert values["rushes_segments_total", "animatic"] == 2
    assert values["rushes_segments_waiting", "animatic"] == a_chunk().cost
    assert values["rushes_failures_total", "Transient"] == 1
    assert values["rushes_wasted_seconds_total", "failed"] == 3.0
    segment = an_advance(a_shot(a_chunk())).shot.done[-1]
    assert values["rushes_wasted_seconds_total", "redone"] == segment.seconds
    assert values["rushes_generator_seconds_total", "busy"] == 6.0
    assert values["rushes_wasted_seconds_total", "cold"] == 5.0
    idle = values["rushes_wasted_seconds_total", "idle"]
    assert idle == values["rushes_generator_seconds_total", "free"]
    assert idle + 6.0 + 5.0 == 2 * told.now  # two generators, all the time


@given(st.lists(st.sampled_from(["admit", "BadInput", "Rejected", "Transient"]), max_size=30))
def test_every_row_is_counted_once(happens: list[str]) -> None:
    told, rows = Told(), len(happens)
    meter = Meter(told, rows, {"kept": 3, "invalid": 2}, clock=told.clock)
    open_orders: list[Order] = []
    for n, what in enumerate(happens):
        if what == "admit":
            open_orders.append(an_order(str(n)))
            meter.job_admitted(open_orders[-1])
        elif open_orders:
            meter.job_over(failed(open_orders.pop(), what), Tally())
        meter.tell()
        told_rows = sum(v for (name, _), v in told.values.items() if name == "rushes_jobs")
        assert told_rows == rows + 5


def test_the_page_names_what_the_code_tells() -> None:
    rows = re.findall(r"^\| `(rushes_\w+)` \| (\w+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == [(name, metric.kind, metric.label) for name, metric in METRICS.items()]


def test_a_port_for_a_cluster_that_others_started_is_refused() -> None:
    with pytest.raises(ManifestUnusable, match="--metrics-export-port"):
        load_config(None, address="auto", metrics_port=9000)


@pytest.mark.ray
def test_prometheus_reads_the_numbers_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_metrics_report_interval_ms", "300")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = LocalRay(port)
    own.enter()
    try:
        a_night(RaySink(), Told())
        page = scraped(f"http://127.0.0.1:{port}/metrics", until="rushes_jobs{")
    finally:
        own.leave(lost=False)
    told = Told()
    a_night(told, told)
    for (name, label), value in told.values.items():
        suffix = "_count" if METRICS[name].kind == "histogram" else ""
        wanted = told.values["rushes_segments_total", label] if suffix else value
        pattern = rf'^ray_{name}{suffix}{{.*{METRICS[name].label}="{label}".*}} ([\d.]+)$'
        (read,) = re.findall(pattern, page, re.MULTILINE)
        assert float(read) == pytest.approx(wanted), (name, label)


def scraped(url: str, until: str) -> str:
    page = ""
    for _ in range(100):
        time.sleep(0.2)
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own
                page = answer.read().decode()
        except OSError:
            continue
        if until in page:
            return page
    pytest.fail(f"{until} is not in: {page[:2000]}")
