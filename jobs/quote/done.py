"""What an output folder holds already, and what people said there: which rows are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jobs.config import RunConfig
from jobs.engine.phases import Order
from jobs.engine.steering import Steering
from jobs.orders import orders_of
from jobs.output.instruction_files import Watch
from jobs.output.result_rows import settled
from jobs.output.results_writer import results_so_far
from jobs.quote.made import NOTHING_MADE, Made, made_under
from manifests.job import Job
from manifests.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRows:
    """Of some rows: those that are left with what is made of them, and how many ended before, were
    cancelled, are left though they are held, and are made anew."""

    jobs: Sequence[tuple[Job, Made]]
    finished: int = 0
    cancelled: int = 0
    held: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Rows that have ended, and finished segments of open rows."""

    config: RunConfig
    before: Mapping[str, Result]
    made: Mapping[str, Made]
    steering: Steering
    videos: frozenset[str]

    @staticmethod
    def under(out: str, config: RunConfig) -> Done:
        results = results_so_far(out)
        return Done(
            config=config,
            before={r.fingerprint: r for r in results if r.fingerprint},
            made=made_under(out),
            steering=Watch(out)(),
            videos=frozenset(r.job_id for r in results if r.status == "done"),
        )

    def left(self, jobs: Sequence[Job]) -> LeftRows:
        orders = list(orders_of(jobs, self.config, self.steering))
        over = settled(orders, self.before)
        still = [order for order in orders if order.request_id not in over]
        wanted = [order for order in still if not self.steering.cancels(order)]
        return LeftRows(
            jobs=[(self._as_queued(order), self._made(order)) for order in wanted],
            finished=len(orders) - len(still),
            cancelled=len(still) - len(wanted),
            held=sum(self.steering.holds(order) for order in wanted),
            changed=sum(order.job.job_id in self.videos for order in wanted),
        )

    def _made(self, order: Order) -> Made:
        return self.made.get(order.request_id, NOTHING_MADE)

    def _as_queued(self, order: Order) -> Job:
        priority = self.steering.priorities.get(order.job.job_id, order.job.priority)
        return replace(order.job, priority=priority)
