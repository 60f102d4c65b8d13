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
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from ray.cluster_utils import Cluster

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = str(ROOT)  # of the workers

from benchmarks.nights.chaos_proxy import Weather, weathered  # noqa: E402
from benchmarks.nights.chaos_ray_site import NODES, Night, Site, disturb  # noqa: E402
from benchmarks.nights.chaos_ray_verdict import Verdict, digests, job_ids, verdict  # noqa: E402
from benchmarks.where import where_it_ran  # noqa: E402
from jobs.examples.portraits import astronaut  # noqa: E402
from manifests.job import Job  # noqa: E402
from manifests.write import write_jobs  # noqa: E402
from tests.s3_server import S3Server, serving  # noqa: E402

RESULT = HERE / "results" / "chaos-ray.json"


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
        **where_it_ran(f"Ray on {NODES + 1} simulated nodes"),
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
    for night in all_runs(given.runs, given.first):
        found.append(night)
        print(json.dumps(asdict(night)), flush=True)
        told = json.dumps(figures(found), indent=1) + "\n"
        given.out.write_text(told, encoding="utf-8")
    return 1 if figures(found)["wrong seeds"] else 0


if __name__ == "__main__":
    sys.exit(main())
