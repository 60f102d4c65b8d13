"""One night among faults, until a last quiet run ends it; and what must be true of it then."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks.nights.chaos_stages import Simulated
from benchmarks.nights.chaos_world import PEACE, Actor, WorkerKilled, World, digests, storage_in
from jobs.engine.attempts import Tally
from jobs.engine.driver import Driver
from jobs.engine.executor import Report
from jobs.engine.phases import Failed, Failure, Finished, Order, Phase
from jobs.engine.same_bits import Roll
from jobs.engine.scheduler import Slot, Warm, warmth_of
from jobs.engine.tasks import StageSettings, Task
from jobs.engine.worker import Outcome, ToolCache, execute
from jobs.output.lease_holder import BEATS, Applicant
from jobs.output.results_writer import ResultsWriter
from manifests.fingerprint import fingerprint
from manifests.job import Job
from manifests.ledger import Ledger
from manifests.results import read_results
from pipeline.cutting.cuts import SplitParams
from pipeline.limits import Limits
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace

TERM_S = 30.0
SETTINGS = StageSettings(limits=Limits(), split=SplitParams())
GENERATORS = 2
NIGHTS = 20
"""So many different manifests there are; more runs repeat them with other faults."""


def jobs_of(night: int) -> list[Job]:
    draw = random.Random(night)  # noqa: S311 - the same manifest every time
    scripts = [f"Words {draw.randrange(5)} of night {night}." for _ in range(draw.randrange(2, 6))]
    return [
        Job(job_id=f"job-{index}", portrait_uri="/in/face.png", script=script, row=index + 1)
        for index, script in enumerate(scripts)
    ]


def orders_of(jobs: Sequence[Job]) -> list[Order]:
    return [
        Order(
            job=job,
            request_id=fingerprint("job", job_id=job.job_id, script=job.script),
            preset=ANIMATIC,
            seed=7,
            place=place,
        )
        for place, job in enumerate(jobs)
    ]


class ChaosPool:
    """Slots whose workers die as the world wills; a call runs when its report is asked for."""

    def __init__(self, world: World, actor: Actor, workspace: Workspace) -> None:
        self._world, self._actor, self._workspace = world, actor, workspace
        self._bench = ToolCache()
        self._draw = random.Random(f"{world.seed}/{actor.name}")  # noqa: S311 - repeatable
        self._running: dict[str, Task] = {}
        self._warm: dict[str, Warm] = {}

    def free(self) -> Sequence[Slot]:
        return [slot for slot in self.slots() if slot.worker not in self._running]

    def slots(self) -> Sequence[Slot]:
        names = [(f"generator-{n}", True) for n in range(GENERATORS)] + [("cpu", False)]
        return [
            Slot(worker=name, generates=generates, warm=self._warm.get(name))
            for name, generates in names
        ]

    def size(self) -> int:
        return GENERATORS + 1

    def roll(self) -> Roll:
        return Roll(classes=frozenset({""}))

    def start(self, task: Task, slot: Slot) -> None:
        self._running[slot.worker] = task
        self._warm[slot.worker] = warmth_of(task)

    def reports(self, timeout_s: float) -> Sequence[Report]:
        self._world.sleep(timeout_s)
        if not self._running:
            return []
        worker = self._draw.choice(sorted(self._running))
        task = self._running.pop(worker)
        return [Report(task=task, outcome=self._outcome(task, worker))]

    def close(self) -> None:
        self._running.clear()

    def _outcome(self, task: Task, worker: str) -> Outcome:
        recipe = Simulated(task.step.stage, self._world)
        self._actor.in_worker = True
        try:
            return execute(self._bench, recipe, task.item, self._workspace, task.labels)
        except WorkerKilled:
            self._bench = ToolCache()
            failure = Failure(kind="Preempted", code="preempted", message="the worker was killed")
            return Outcome(result=None, failure=failure, seconds=0.0, worker=worker, host="")
        finally:
            self._actor.in_worker = False


@dataclass(frozen=True, slots=True)
class Watching:
    """Tells the book, and nobody else."""

    book: ResultsWriter

    def job_admitted(self, order: Order) -> None:
        self.book.job_admitted(order)

    def job_moved(self, phase: Phase, tally: Tally) -> None:
        self.book.job_moved(phase, tally)

    def job_over(self, phase: Finished | Failed, tally: Tally) -> None:
        self.book.job_over(phase, tally)

    def tick(self) -> None:
        self.book.tick()


def driver_of(world: World, folder: Path, jobs: Sequence[Job]) -> Callable[[Actor], None]:
    """A whole run as `jobs.run` makes one, from the stored bytes alone."""

    def act(actor: Actor) -> None:
        out = str(folder / "out")
        applicant = Applicant(out=out, term_s=TERM_S)
        while (lease := applicant.apply(world.now_s)) is None:
            world.sleep(1.0)
        actor.epoch = lease.number
        workspace = Workspace(out=out, scratch=folder / "scratch", epoch=lease.number)
        orders = orders_of(jobs)
        book = ResultsWriter(out, jobs, orders, lease.number)
        ledger = Ledger(out)
        driver = Driver(ChaosPool(world, actor, workspace), ledger, SETTINGS, actor.name)

        beaten_s = world.now_s

        def ending() -> bool:
            nonlocal beaten_s
            if world.now_s - beaten_s >= TERM_S / BEATS:
                beaten_s = world.now_s
                lease.beat()
            return lease.lost

        try:
            driver.run(book.open_orders, Watching(book), ending)
        finally:
            book.write()
        ledger.compact(at_least=3)
        lease.release()

    return act


@contextmanager
def simulated_time(world: World) -> Iterator[None]:
    """Waits of the driver and the book pass on the world's clock."""

    def now() -> float:
        return world.now_s

    with (
        patch("jobs.engine.driver.monotonic", now),
        patch("jobs.output.results_writer.monotonic", now),
        patch("jobs.engine.driver.sleep", world.sleep),
        patch("manifests.storage.aside.os.fsync", lambda _: None),  # nobody cuts the power here
    ):
        yield


def night(world: World, folder: Path, jobs: Sequence[Job], sittings: int) -> None:
    """Some runs among faults, by one or two drivers, and a last quiet one."""
    draw = random.Random(f"{world.seed}/sittings")  # noqa: S311 - repeatable
    with storage_in(world), simulated_time(world):
        for _ in range(sittings):
            drivers = 2 if draw.random() < 0.7 else 1  # noqa: PLR2004 - often enough
            world.together(*[driver_of(world, folder, jobs) for _ in range(drivers)])
        world.odds = PEACE
        world.together(driver_of(world, folder, jobs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was wrong with a night, all of it empty when all is well; and what it cost."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    differing: tuple[str, ...]
    overwritten: tuple[str, ...]
    """Names that a later epoch had given, and an earlier one gave again."""
    rendered_again: int
    happened: Counter[str]

    @property
    def wrong(self) -> bool:
        return bool(self.lost or self.doubled or self.differing or self.overwritten)


def verdict(world: World, folder: Path, jobs: Sequence[Job], wanted: dict[str, str]) -> Verdict:
    """Hold what is in the folder against the digests of an undisturbed night."""
    out = folder / "out"
    results = list(read_results(str(out)))
    done = Counter(result.job_id for result in results if result.status == "done")
    found, attempts = digests(out), list(Ledger(str(out)).read())
    doubled = [name for name, count in done.items() if count > 1]
    if len(set(attempts)) != len(attempts):
        doubled.append("ledger")
    again: list[str] = []
    latest: dict[str, int] = {}
    for uri, epoch in world.named:
        if epoch < latest.get(uri, 0):
            again.append(uri)
        latest[uri] = max(epoch, latest.get(uri, 0))
    return Verdict(
        lost=tuple(job.job_id for job in jobs if not done[job.job_id])
        + tuple(sorted(wanted.keys() - found.keys())),
        doubled=tuple(doubled),
        differing=tuple(name for name in wanted if found.get(name, wanted[name]) != wanted[name]),
        overwritten=tuple(again),
        rendered_again=sum(count - 1 for count in world.rendered.values()),
        happened=world.happened,
    )


def chaos_run(seed: int, folder: Path, undisturbed: dict[int, dict[str, str]]) -> Verdict:
    """One seeded run; what an undisturbed night of its manifest gives is made once."""
    number = seed % NIGHTS
    jobs = jobs_of(number)
    if number not in undisturbed:
        quiet = folder / f"quiet-{number}"
        night(World(seed=seed, odds=PEACE), quiet, jobs, sittings=0)
        undisturbed[number] = digests(quiet / "out")
    place = folder / f"run-{seed}"
    world = World(seed=seed)
    night(world, place, jobs, sittings=1 + seed % 4)
    found = verdict(world, place, jobs, undisturbed[number])
    if not found.wrong:
        shutil.rmtree(place)
    return found
