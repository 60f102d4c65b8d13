"""Nights on a real Ray cluster and a real S3 server, in which processes are killed at random.

    python benchmarks/chaos_ray.py --runs 12

Every run kills workers (kill -9), and one of: a raylet, the driver, a whole node, the driver and a
worker; the driver is a process of its own and is started again by the same command. The output lies
behind a proxy that is busy, slow, or cuts connections before or after the request reached the
server. Each run is held against an undisturbed one. Writes benchmarks/results/chaos-ray.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # of the workers

from benchmarks.nights.chaos_proxy import Weather, weathered  # noqa: E402
from benchmarks.nights.chaos_ray_night import Log  # noqa: E402
from jobs.examples.portraits import astronaut  # noqa: E402
from manifests.artifact import sha256_of  # noqa: E402
from manifests.job import Job  # noqa: E402
from manifests.ledger import Ledger  # noqa: E402
from manifests.results import read_results  # noqa: E402
from manifests.storage import storage_of  # noqa: E402
from manifests.write import write_jobs  # noqa: E402
from tests.s3_server import S3Server, serving  # noqa: E402

RESULT = HERE / "results" / "chaos-ray.json"
JOBS, NODES = 6, 3
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
        night = str(HERE / "nights" / "chaos_ray_night.py")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was wrong with a night, all empty or nothing when all is well; and what it cost."""

    seed: int
    exit_code: int
    sittings: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    differing: tuple[str, ...]
    finished_twice: int
    """Segments that were begun again after they were finished."""
    segments: int
    rendered_in_vain: int
    may_lose: int
    failed_tries: int
    """Tries of `generate` that storage ended: each may cost a segment too."""
    happened: dict[str, int]
    seconds: float

    @property
    def wrong(self) -> bool:
        bad = self.lost or self.doubled or self.differing or self.finished_twice or self.exit_code
        return bool(bad) or self.rendered_in_vain > self.may_lose + self.failed_tries


def digests(out: str, folder: Path) -> dict[str, str]:
    """Of every video and every file of finished work, by its name below `out`."""
    found = {}
    for uri in storage_of(out).list(out):
        if uri.endswith((".mp4", ".bin")):
            path = folder / "fetched"
            path.unlink(missing_ok=True)
            storage_of(uri).download(uri, path)
            found[uri.removeprefix(out)] = sha256_of(path)
    return found


def finished_twice(lines: list[tuple[str, str]]) -> int:
    finished: set[str] = set()
    twice = 0
    for what, segment in lines:
        if what == "finished":
            finished.add(segment)
        elif segment in finished:
            twice += 1
    return twice


def verdict(night: Night, seed: int, wanted: dict[str, str], code: int, seconds: float) -> Verdict:
    found, lines = digests(night.out, night.site.folder), night.log.lines()
    done = Counter(r.job_id for r in read_results(night.out) if r.status == "done")
    attempts = list(Ledger(night.out).read())
    doubled = [name for name, count in done.items() if count > 1]
    if len(set(attempts)) != len(attempts):
        doubled.append("ledger")
    segments = len({segment for _, segment in lines})
    failed = [a for a in attempts if a.stage == "generate" and a.state == "failed"]
    lost_workers = {"worker_lost", "preempted", "worker_hung"}
    return Verdict(
        seed=seed,
        exit_code=code,
        sittings=night.sittings,
        lost=tuple(name for name in job_ids() if not done[name])
        + tuple(sorted(wanted.keys() - found.keys())),
        doubled=tuple(doubled),
        differing=tuple(name for name in wanted if found.get(name, wanted[name]) != wanted[name]),
        finished_twice=finished_twice(lines),
        segments=segments,
        rendered_in_vain=sum(what == "begun" for what, _ in lines) - segments,
        may_lose=night.may_lose,
        failed_tries=sum(a.error_code not in lost_workers for a in failed),
        happened=dict(night.done_to_it + night.site.weather.happened),
        seconds=round(seconds, 1),
    )


def job_ids() -> list[str]:
    return [f"job-{n}" for n in range(JOBS)]


def one_run(site: Site, seed: int, wanted: dict[str, str]) -> Verdict:
    began = monotonic()
    night = Night(site=site, name=f"run-{seed}")
    site.weather.seed, site.weather.calm = f"weather-{seed}", False
    site.weather.happened.clear()
    night.start()
    disturb(night, seed)
    code = night.finish()
    site.weather.calm = True
    return verdict(night, seed, wanted, code, monotonic() - began)


@contextmanager
def site_in(folder: Path, s3: S3Server) -> Iterator[Site]:
    """A head without generators and some nodes with one each, which reach S3 through the proxy."""
    weather = Weather(seed="", calm=True)
    with weathered(s3.endpoint_url, weather) as url:
        os.environ |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": s3.access_key,
            "AWS_SECRET_ACCESS_KEY": s3.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        head = {"num_cpus": 2, "num_gpus": 0, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        manifest = folder / "night.parquet"
        jobs = [
            Job(job_id=name, portrait_uri=str(astronaut()), script=f"Words of {name}.")
            for name in job_ids()
        ]
        write_jobs(jobs, str(manifest))
        site = Site(cluster, s3.bucket, weather, folder, str(manifest))
        try:
            for _ in range(NODES):
                site.node()
            yield site
        finally:
            cluster.shutdown()


def all_runs(runs: int, first: int) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "s3").mkdir()
        with serving(Path(folder) / "s3") as s3, site_in(Path(folder), s3) as site:
            quiet = Night(site=site, name="quiet")
            quiet.start()
            if quiet.finish():
                raise SystemExit((site.folder / "quiet.said").read_text(encoding="utf-8")[-2000:])
            wanted = digests(quiet.out, site.folder)
            for seed in range(first, first + runs):
                found = one_run(site, seed, wanted)
                if found.wrong:
                    said = site.folder / f"run-{seed}.said"
                    print(said.read_text(encoding="utf-8")[-2000:], flush=True)
                yield found


def figures(found: Sequence[Verdict]) -> dict[str, Any]:
    happened: Counter[str] = Counter()
    for each in found:
        happened.update(each.happened)
    wrong = ("lost", "doubled", "differing")
    return {
        "command": f"python benchmarks/chaos_ray.py --runs {len(found)}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, two shared cores; Ray on {NODES + 1} simulated nodes",
        "load average": round(os.getloadavg()[0], 1),
        "runs": len(found),
        "seconds": round(sum(verdict.seconds for verdict in found), 1),
        **{name: sum(len(getattr(verdict, name)) for verdict in found) for name in wrong},
        "finished segments rendered again": sum(v.finished_twice for v in found),
        "segments": sum(v.segments for v in found),
        "segments rendered in vain": sum(v.rendered_in_vain for v in found),
        "segments in the hands of the killed": sum(v.may_lose for v in found),
        "happened": dict(sorted(happened.items())),
        "wrong seeds": [v.seed for v in found if v.wrong],
        "nights": [asdict(v) for v in found],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--first", type=int, default=0, help="seed of the first run")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the cluster and the server end too
    found: list[Verdict] = []
    for verdict in all_runs(given.runs, given.first):
        found.append(verdict)
        print(json.dumps(asdict(verdict)), flush=True)
        told = json.dumps(figures(found), indent=1) + "\n"
        given.out.write_text(told, encoding="utf-8")
    return 1 if figures(found)["wrong seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
