"""The cluster of benchmarks/chaos_ray.py, a night on it, and the blows that it gets."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import psutil
from ray.cluster_utils import Cluster

from benchmarks.nights.chaos_proxy import Weather
from benchmarks.nights.chaos_ray_night import Log

NODES = 3
PLANS = ("raylet", "driver", "node", "driver and worker")
_WITHIN_S, _SITTINGS = 180.0, 6


@dataclass(slots=True)
class Site:
    """The cluster, the bucket and the weather before it."""

    cluster: Cluster
    bucket: str
    weather: Weather
    folder: Path
    manifest: str

    def node(self) -> None:
        self.cluster.add_node(num_cpus=1, num_gpus=1)

    def generators(self) -> list[psutil.Process]:
        family = psutil.Process().children(recursive=True)
        return [each for each in family if "GeneratorWorker" in _name(each)]


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it went meanwhile
        return ""


@dataclass(slots=True)
class Night:
    """One run of the site: its output, its log of segments, and what was done to it."""

    site: Site
    name: str
    driver: subprocess.Popen[bytes] | None = None
    done_to_it: Counter[str] = field(default_factory=Counter)
    may_lose: int = 0
    """Segments in the hands of those that were killed, at most."""
    sittings: int = 0

    @property
    def out(self) -> str:
        return f"s3://{self.site.bucket}/{self.name}"

    @property
    def log(self) -> Log:
        return Log(str(self.site.folder / f"{self.name}.log"))

    def count(self, what: str) -> int:
        return sum(each == what for each, _ in self.log.lines())

    def start(self) -> None:
        said = self.site.folder / f"{self.name}.said"
        scratch = self.site.folder / f"scratch-{self.name}"
        night = str(Path(__file__).with_name("chaos_ray_night.py"))
        call = [self.site.manifest, self.out, self.site.cluster.address, str(scratch)]
        with said.open("ab") as file:
            self.driver = subprocess.Popen(
                [sys.executable, night, *call, self.log.path], stdout=file, stderr=file
            )
        self.sittings += 1

    def goes_on(self) -> bool:
        return self.driver is not None and self.driver.poll() is None

    def until(self, true: Callable[[], object]) -> bool:
        """Whether it came true while the driver was there."""
        ends = monotonic() + _WITHIN_S
        while self.goes_on() and monotonic() < ends:
            if true():
                return True
            sleep(0.05)
        return False

    def finish(self) -> int:
        """The exit code; started again as long as it says that rows are left."""
        code = 1
        while code and self.sittings <= _SITTINGS:
            if self.driver is None:
                self.start()
            assert self.driver is not None  # noqa: S101 - just started
            code = self.driver.wait(timeout=_WITHIN_S)
            self.driver = None
        return code

    # What is done to it

    def kill_worker(self, draw: random.Random) -> None:
        there = self.site.generators()
        if there:
            draw.choice(there).send_signal(signal.SIGKILL)
            self.done_to_it["worker killed"] += 1
            self.may_lose += 1

    def kill_driver(self) -> None:
        """Its workers go with it, each with the segment in its hands."""
        assert self.driver is not None  # noqa: S101 - it goes on
        self.driver.kill()
        self.driver.wait()
        self.driver = None
        self.done_to_it["driver killed"] += 1
        self.may_lose += NODES
        self.start()

    def kill_raylet(self, draw: random.Random) -> None:
        node = draw.choice(self.site.cluster.list_all_nodes()[1:])
        os.kill(node.all_processes["raylet"][0].process.pid, signal.SIGKILL)
        self._replace(node, "raylet killed")

    def remove_node(self, draw: random.Random) -> None:
        self._replace(draw.choice(self.site.cluster.list_all_nodes()[1:]), "node removed")

    def _replace(self, node: object, what: str) -> None:
        self.done_to_it[what] += 1
        self.may_lose += 1
        sleep(1)
        self.site.cluster.remove_node(node, allow_graceful=False)
        self.site.node()


def disturb(night: Night, seed: int) -> None:
    """Two or three blows, each when some more segments were begun."""
    draw = random.Random(seed)  # noqa: S311 - repeatable
    plan = PLANS[seed % len(PLANS)]
    blows = [plan, "worker", *(["worker"] if draw.random() < 0.5 else [])]  # noqa: PLR2004 - as often
    draw.shuffle(blows)
    for blow in blows:
        more = night.count("begun") + draw.randrange(2, 6)
        if not night.until(lambda more=more: night.count("begun") >= more):  # type: ignore[misc]
            return
        if blow == "raylet":
            night.kill_raylet(draw)
        elif blow == "node":
            night.remove_node(draw)
        if "worker" in blow:
            night.kill_worker(draw)
        if "driver" in blow:
            night.kill_driver()
