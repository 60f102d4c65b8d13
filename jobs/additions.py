"""What people bring into a run that goes on: rows of further manifests, and videos once more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic

from jobs.config import RunConfig
from jobs.engine.phases import Order
from jobs.engine.steering import Steering
from jobs.orders import as_wanted, orders_of
from jobs.output.instruction_files import Watch
from jobs.output.own_names import apart_from, names_of_jobs, with_own_names
from jobs.output.results_writer import ResultsWriter
from manifests.errors import RushesError, Transient
from manifests.job import Job
from manifests.problems import Invalid, Problem
from manifests.reading.rows import read_rows
from manifests.validate import examine

Note = Callable[[Sequence[str], Mapping[str, int]], None]
"""Is told the manifests of the run, and by how many rows each of the metrics' statuses grew."""

LOGGER = logging.getLogger("rushes.additions")

_AGAIN_S = 10.0
"""Storage in trouble is asked again for a manifest after so long; the rest goes on meanwhile."""


def with_added(out: str, manifests: Sequence[str]) -> list[str]:
    """The manifests of a run, with those that people added to its output folder."""
    added = [uri for uri in Watch(out)().added if uri not in manifests and readable(uri)]
    return [*manifests, *added]


def readable(uri: str) -> bool:
    """Whether an added manifest can be read to its end; says so when it cannot: no night stops
    for it."""
    try:
        for _ in read_rows(uri):
            pass
    except RushesError as error:
        tell_left_out(uri, error)
        return False
    return True


def tell_left_out(uri: str, error: RushesError) -> None:
    LOGGER.warning("%s was added and is left out of this run: %s", uri, error.message)


class RunAdditions:
    """Gives the driver the orders that are new since it last asked."""

    def __init__(
        self,
        results: ResultsWriter,
        bases: Sequence[Order],
        manifests: Sequence[str],
        config: RunConfig,
        steering: Callable[[], Steering],
        note: Note,
    ) -> None:
        self._results = results
        self._config = config
        self._steering = steering
        self._note = note
        self._manifests = list(manifests)
        self._looked_at = set(manifests)
        self._not_before = 0.0
        self._large = {base.preset for base in bases if base.preset.needs_gpu}
        self._bases = {base.job.job_id: base for base in bases}
        seen = steering()
        self._orders = {name: as_wanted(base, seen) for name, base in self._bases.items()}

    def __call__(self) -> list[Order]:
        steering = self._steering()
        new = [uri for uri in steering.added if uri not in self._looked_at]
        return [*(o for uri in new for o in self._added(uri, steering)), *self._again(steering)]

    def _added(self, uri: str, steering: Steering) -> Sequence[Order]:
        """Take the rows of a manifest in, once it can be read."""
        if monotonic() < self._not_before:
            return ()
        try:
            rows, bases = self._read(uri)
            orders = [as_wanted(base, steering) for base in bases]
            kept = self._results.settled(orders)
        except Transient:
            self._not_before = monotonic() + _AGAIN_S
            return ()
        except RushesError as error:
            tell_left_out(uri, error)
            self._looked_at.add(uri)
            return ()
        self._looked_at.add(uri)
        if {base.preset for base in bases if base.preset.needs_gpu} - self._large:
            LOGGER.warning("%s asks for other weights than this run has; run again for it", uri)
            return ()
        self._bases |= {base.job.job_id: base for base in bases}
        self._orders |= {order.job.job_id: order for order in orders}
        self._manifests.append(uri)
        new = self._results.add(rows, orders, kept)
        refused = len(rows) - len(orders)
        self._tell({"waiting": len(new), "invalid": refused, "kept": len(kept)})
        return new

    def _read(self, uri: str) -> tuple[list[Job | Invalid], list[Order]]:
        """The rows of a manifest, and what the valid ones ask for without retakes."""
        found = examine([uri], self._config.known_names)
        rows = [taken(row) if self._results.knows(row.job_id) else row for row in found]
        names = partial(names_of_jobs, [base.job for base in self._bases.values()], self._config)
        rows = apart_from(with_own_names(rows, self._config), names, self._config)
        return rows, list(orders_of([row for row in rows if isinstance(row, Job)], self._config))

    def _again(self, steering: Steering) -> Iterator[Order]:
        """Jobs that are over and wanted otherwise than they were made."""
        for name in {**steering.retakes, **steering.choices}:
            if name not in self._bases:
                continue
            wanted, now = as_wanted(self._bases[name], steering), self._orders[name]
            if wanted.request_id != now.request_id and self._results.over(now):
                was = self._results.renew(now, wanted)
                self._orders[name] = wanted
                self._tell({"waiting": 1, was: -1})
                yield wanted

    def _tell(self, grown: Mapping[str, int]) -> None:
        """Trouble with that is left alone: the rows are in the run."""
        with suppress(RushesError):
            self._note(self._manifests, grown)


def taken(row: Job | Invalid) -> Invalid:
    """A row whose job id another row of the run has."""
    detail = f"{row.job_id} is the id of another row of this run; choose another"
    problem = Problem(
        row=row.row,
        job_id=row.job_id,
        column="job_id",
        code="duplicate_job_id",
        message=f"Row {row.row}, column job_id: {detail}.",
    )
    if isinstance(row, Invalid):
        return replace(row, problems=(*row.problems, problem))
    return Invalid(row=row.row, manifest=row.manifest, job_id=row.job_id, problems=(problem,))
