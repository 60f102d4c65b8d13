"""What was wrong with a night of benchmarks/chaos_ray.py, held against an undisturbed one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.nights.chaos_ray_site import Night
from manifests.artifact import sha256_of
from manifests.ledger import Ledger
from manifests.results import read_results
from manifests.storage import storage_of

JOBS = 6


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
